"""The tidy table of a study: one row per value, with the arm that reached it."""

import warnings
from dataclasses import dataclass
from math import isinf, nan
from pathlib import Path

from braintumornet.core.files.csv_file import CsvKind, CsvRow, one_of, read_csv
from braintumornet.core.text.columns import near_misses, say_meant
from braintumornet.core.text.errors import InputError, InputWarning

NEEDED = ("arm", "value")
LARGEST = 1e100  # squares and sums of what is larger are no numbers
OPTIONAL = ("split", "seed", "case_id", "patient_id", "task", "structure", "metric", "note")
_HINT = f"expected a CSV table with the columns arm, value and any of {', '.join(OPTIONAL)}"
SCORES_OF_ARMS = CsvKind("table of scores", _HINT, NEEDED, one_of((*NEEDED, *OPTIONAL)))


@dataclass(frozen=True)
class Row:
    """One value of one arm; a column that the table lacks is "".

    Args:
        line: of the file; the header is 1.
        patient: whose; the case where the table does not say.
        value: NaN where it is not defined.
    """

    line: int
    arm: str
    split: str
    seed: str
    case: str
    patient: str
    task: str
    structure: str
    metric: str
    value: float
    note: str

    @property
    def place(self) -> tuple[str, ...]:
        """What may stand in the table once."""
        return (self.arm, self.split, self.seed, self.patient, self.case, self.task, self.structure, self.metric)


def read_rows(path: Path) -> list[Row]:
    r"""Read the values of several arms; columns that are not known are left aside.

    Raises:
        InputError: the file cannot be read, a column is missing, a value is no number, a row stands there twice.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "scores.csv"
        >>> _ = file.write_text("arm,split,value\nsingle,1,0.70\nmulti,1,0.83\n")
        >>> [(row.arm, row.split, row.value) for row in read_rows(file)]
        [('single', '1', 0.7), ('multi', '1', 0.83)]
    """
    file = read_csv(path, SCORES_OF_ARMS)
    if file.faults:
        msg = f"{path}: {file.faults[0]}"
        raise InputError(msg)
    for text in say_meant(near_misses(file.columns, (*NEEDED, *OPTIONAL))):
        warnings.warn(f"{path}: {text}", InputWarning, stacklevel=2)
    rows = [_read_row(line, path) for line in file.rows]
    _require_once(rows, path)
    return rows


def _read_row(line: CsvRow, path: Path) -> Row:
    if line.fault:
        msg = f"{path}, line {line.number} {line.fault}"
        raise InputError(msg)
    cells = line.cells
    if "arm" not in cells:
        msg = f"{path}, line {line.number} has no arm; say whose value it is"
        raise InputError(msg)
    case = cells.get("case_id", "")
    return Row(
        line=line.number,
        **{name: cells.get(name, "") for name in ("arm", "split", "seed", "task", "structure", "metric", "note")},
        case=case,
        patient=cells.get("patient_id", case),
        value=_read_value(cells.get("value", ""), f"{path}, line {line.number}"),
    )


def _read_value(cell: str, where: str) -> float:
    try:
        value = float(cell) if cell else nan
    except ValueError as error:
        msg = f"{where}: the value {cell!r} is not a number; write nan where a score is not defined"
        raise InputError(msg) from error
    if isinf(value):
        msg = f"{where}: the value is infinite; write nan, or the penalty that your protocol states"
        raise InputError(msg)
    if abs(value) > LARGEST:
        msg = f"{where}: the value {cell} is too large to be a score; correct it, or write nan"
        raise InputError(msg)
    return value


def _require_once(rows: list[Row], path: Path) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row in rows:
        before = seen.setdefault(row.place, row.line)
        if before != row.line:
            what = ", ".join(part for part in row.place if part)
            msg = (
                f"{path}, lines {before} and {row.line} are both {what}; expected one row each: "
                "tell them apart by the columns split, seed or case_id, or remove one"
            )
            raise InputError(msg)
