"""The one door to data on a disk."""

from pathlib import Path

from braintumornet.core.case import Cohort
from braintumornet.core.cohort_table import TABLE_NAME
from braintumornet.core.text.errors import UsageError
from braintumornet.layouts.brats import BratsLayout
from braintumornet.layouts.layout import Layout
from braintumornet.layouts.table_layout import TableLayout


def read_cohort(path: Path, layout: str | None = None, coding: str | None = None, needs_masks: bool = True) -> Cohort:
    r"""Read a cohort from a table or from a folder of cases.

    Args:
        path: a CSV table, a folder with a `cohort.csv`, or a folder of cases.
        layout: kind of a `Layout`; by itself a table where there is one, else `brats`.
        coding: how the masks' labels are to be read, where the data do not say so themselves.
        needs_masks: False where only the images matter, as for a prediction: masks whose coding nobody says
            are then left out, rather than asked about.

    Raises:
        InputError: the data are not as the layout expects, or the coding of their masks is not known.
        UsageError: nobody knows this layout.

    Example:
        >>> import tempfile
        >>> table = Path(tempfile.mkdtemp()) / "cohort.csv"
        >>> _ = table.write_text("case_id,t1c\na,a_t1c.nii.gz\n")
        >>> [case.id for case in read_cohort(table)]
        ['a']
    """
    reader = _find_layout(path) if layout is None else _named_layout(layout)
    return reader.read(path, coding, needs_masks)


def _find_layout(path: Path) -> Layout:
    is_table = path.suffix.lower() == ".csv" or (path / TABLE_NAME).is_file()
    return TableLayout() if is_table else BratsLayout()


def _named_layout(kind: str) -> Layout:
    try:
        named: Layout = Layout.parse({"kind": kind})
    except ValueError as error:
        msg = f"layout: {error}"
        raise UsageError(msg) from error
    return named
