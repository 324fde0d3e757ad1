"""The tidy table of a study: one row per value, with the arm that reached it."""

import csv
import io
from dataclasses import dataclass
from math import isinf, nan
from pathlib import Path

from braintumornet.core.errors import InputError
from braintumornet.core.names import suggest

NEEDED = ("arm", "value")
OPTIONAL = ("split", "seed", "case_id", "patient_id", "task", "structure", "metric", "note")


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
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        lines = [(reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        msg = f"cannot read {path}: {reason}; expected a CSV table with the columns arm and value"
        raise InputError(msg) from error
    columns = [column.strip() for column in reader.fieldnames or ()]
    for needed in NEEDED:
        if needed not in columns:
            found = suggest(needed, columns) if columns else "the file is empty"
            msg = f"{path} has no column {needed!r} ({found}); expected arm, value and any of {', '.join(OPTIONAL)}"
            raise InputError(msg)
    rows = [_read_row(number, line, path) for number, line in lines]
    _require_once(rows, path)
    return rows


def _read_row(number: int, line: dict[str, str], path: Path) -> Row:
    if None in line:  # where the csv module puts cells beyond the last column
        msg = f"{path}, line {number} has more cells than there are columns; quote cells with commas"
        raise InputError(msg)
    cells = {column.strip(): (cell or "").strip() for column, cell in line.items()}
    if not cells["arm"]:
        msg = f"{path}, line {number} has no arm; say whose value it is"
        raise InputError(msg)
    case, patient = cells.get("case_id", ""), cells.get("patient_id", "")
    return Row(
        line=number,
        **{name: cells.get(name, "") for name in ("arm", "split", "seed", "task", "structure", "metric", "note")},
        case=case,
        patient=patient or case,
        value=_read_value(cells["value"], f"{path}, line {number}"),
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
