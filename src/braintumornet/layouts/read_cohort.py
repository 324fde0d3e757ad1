"""The one door to data on a disk."""

from collections.abc import Callable
from pathlib import Path

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.layouts.layout import Layout
from braintumornet.layouts.table_layout import TableLayout


def read_cohort(
    path: Path,
    layout: str | None = None,
    coding: str | None = None,
    needs_masks: bool = True,
    unpack_to: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Cohort:
    r"""Read a cohort from a table or from a folder of cases.

    Args:
        path: a CSV table, a folder with a `cohort.csv`, or a folder of cases.
        layout: kind of a `Layout`; default: a table where there is one, else the one whose own the data are.
        coding: how the masks' labels are to be read, where the data do not say so themselves.
        needs_masks: False where only the images matter, as for a prediction: masks whose coding nobody says
            are then left out, rather than asked about.
        unpack_to: folder for single sequences, where the data hold several in one file; default: that is refused.
        progress: called with cases done and cases in all, where files are written.

    Raises:
        InputError: no layout knows the data or several do, they are not as the layout expects, or the coding of their
            masks is not known.
        UsageError: nobody knows this layout.

    Example:
        >>> import tempfile
        >>> table = Path(tempfile.mkdtemp()) / "cohort.csv"
        >>> _ = table.write_text("case_id,t1c\na,a_t1c.nii.gz\n")
        >>> [case.id for case in read_cohort(table)]
        ['a']
    """
    reader = _find_layout(path) if layout is None else _named_layout(layout)
    if unpack_to is None:
        return reader.read(path, coding, needs_masks)
    return reader.unpack(path, unpack_to, coding, needs_masks, progress)


def _find_layout(path: Path) -> Layout:
    table = TableLayout()
    if table.refusal(path) is None:  # it says itself what the cohort is, whatever else lies beside it
        return table
    if not path.exists():
        msg = f"{path} does not exist; expected a table cohort.csv or a folder of cases"
        raise InputError(msg)
    layouts = {kind: _named_layout(kind) for kind in sorted(Layout.kinds())}
    refusals = {kind: layout.refusal(path) for kind, layout in layouts.items()}
    own = [kind for kind, refusal in refusals.items() if refusal is None]
    if len(own) == 1:
        return layouts[own[0]]
    if own:
        msg = f"{path} can be read as {' or as '.join(own)}; say which by --layout (btn import) or layout= (Python)"
    else:
        told = "; ".join(f"{kind}: {refusal}" for kind, refusal in refusals.items())
        msg = f"{path} can be read in no known layout. {told}"
    raise InputError(msg)


def _named_layout(kind: str) -> Layout:
    try:
        named: Layout = Layout.parse({"kind": kind})
    except ValueError as error:
        msg = f"layout: {error}"
        raise UsageError(msg) from error
    return named
