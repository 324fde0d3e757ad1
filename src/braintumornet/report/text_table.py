"""A table of texts that a page shows and a CSV file holds, so that both say the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pandas as pd

from braintumornet.core.files.atomic_write import write_text


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: what stands above it.
        group: what stands above several columns together; "" for none.
        kind: `text`, `number` (to the right), `soft` or `verdict`.
    """

    name: str
    group: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class Strip:
    """A difference and its interval on an axis that the rows of a table share; places are shares of the axis.

    Args:
        tone: class of the style sheet.
        at, zero: the difference, and where there is none.
        low, high: ends of the interval; None where there is none.
    """

    tone: str
    at: float
    zero: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class TextTable:
    """A table.

    Args:
        title: what is in it; its file is named after it.
        columns: from left to right.
        rows: cells, as many as there are columns.
        foot: how many of the last rows sum up the others.
        strips: one for each row, or none at all; they are in the page alone.
        axis: place and text of the ticks under the strips.
        note: a line under the table, on the page alone.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: int = 0
    strips: tuple[Strip, ...] = ()
    axis: tuple[tuple[float, str], ...] = ()
    note: str = ""

    @property
    def file_name(self) -> str:
        """The title as a file name."""
        words = re.findall(r"\w+", self.title.lower())
        return f"{'_'.join(words)}.csv"

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Groups from left to right, each with its number of columns; none where no column has one."""
        found = [(group, len(list(own))) for group, own in groupby(column.group for column in self.columns)]
        return found if any(group for group, _ in found) else []


def write_tables(tables: Sequence[TextTable], folder: Path) -> None:
    """Write tables as CSV files, each whole or not at all, and remove those of an earlier page that are not among them.

    Raises:
        InputError: one cannot be written.
    """
    for table in tables:
        header = [f"{column.group} {column.name}".strip() for column in table.columns]
        text = pd.DataFrame(table.rows, columns=header).to_csv(index=False, lineterminator="\n")
        write_text(folder / table.file_name, text)
    names = {table.file_name for table in tables}
    for old in folder.glob("*.csv"):
        if old.name not in names:
            old.unlink()
