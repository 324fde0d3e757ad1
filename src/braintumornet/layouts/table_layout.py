"""The reference layout: a cohort table with one case a line."""

from pathlib import Path
from typing import Literal

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.text.errors import UsageError
from braintumornet.layouts.layout import Layout


class TableLayout(Layout):
    """A `cohort.csv`, or a folder that holds one; `core.cohort.manifest` describes its columns."""

    kind: Literal["table"] = "table"

    def refusal(self, path: Path) -> str | None:
        """Ask for a CSV file, or a folder in which one is called `cohort.csv`."""
        there = path.suffix.lower() == ".csv" or (path / TABLE_NAME).is_file()
        return None if there else f"it is no CSV file, and holds no {TABLE_NAME}"

    def read(self, folder: Path, coding: str | None = None, needs_masks: bool = True) -> Cohort:
        """Read a cohort from its table.

        Args:
            folder: the table, or the folder in which it lies as `cohort.csv`.
            coding: None; the table says it itself.
            needs_masks: as `read_manifest`.

        Raises:
            InputError: as `read_manifest`.
            UsageError: a coding is given.
        """
        if coding is not None:
            msg = f"{folder} says in its column 'coding' how masks are to be read; fill it and leave --label-scheme out"
            raise UsageError(msg)
        return read_manifest(folder, needs_masks)
