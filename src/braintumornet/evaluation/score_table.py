"""The tidy table of scores: one row per case, task, structure and metric."""

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from braintumornet.core.files.csv_file import CsvKind, CsvRow, one_of, read_csv
from braintumornet.core.files.whole_files import write_text
from braintumornet.core.text.errors import InputError

MACRO = "macro"


@dataclass(frozen=True)
class Score:
    """One row of the table.

    Args:
        case_id: whose; "" where the row is about a whole cohort.
        task: name of the task.
        structure: region or class; `macro` for the mean over classes.
        metric: what was measured, its unit in the name.
        value: the number; NaN where it is not defined.
        note: what a reader must know, such as "empty in truth: false alarm".
    """

    case_id: str
    task: str
    structure: str
    metric: str
    value: float
    note: str = ""


COLUMNS = tuple(field.name for field in fields(Score))
SCORES = CsvKind("table of scores", "expected the scores that `btn evaluate` wrote", ("value",), one_of(COLUMNS))


def write_scores(scores: Iterable[Score], path: Path) -> None:
    """Write scores as a CSV table, whole or not at all; reading it again gives the same rows."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(astuple(score) for score in scores)
    write_text(path, text.getvalue())


def read_scores(path: Path) -> list[Score]:
    """Read a table of scores.

    Raises:
        InputError: the file is missing, has other columns, or holds a value that is not a number.
    """
    file = read_csv(path, SCORES)
    if file.faults or set(file.columns) != set(COLUMNS):
        found = file.faults[0] if file.faults else f"found {','.join(file.columns) or 'an empty file'}"
        msg = f"{path} is not a table of scores: expected the columns {','.join(COLUMNS)}, {found}"
        raise InputError(msg)
    return [_read_score(row, f"{path}, line {row.number}") for row in file.rows]


def _read_score(row: CsvRow, where: str) -> Score:
    if row.fault:
        msg = f"{where} {row.fault}"
        raise InputError(msg)
    case_id, task, structure, metric, value, note = (row.cells.get(column, "") for column in COLUMNS)
    try:
        return Score(case_id, task, structure, metric, float(value), note)
    except ValueError as error:
        msg = f"{where}: the value {value!r} is not a number; write nan where a score is not defined"
        raise InputError(msg) from error
