"""The tidy table of scores: one row per case, task, structure and metric."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from math import nan
from pathlib import Path

import numpy as np

from braintumornet.core.errors import GeometryError, InputError, UsageError
from braintumornet.core.files import write_text
from braintumornet.core.space import Space
from braintumornet.evaluation.empty import find_outcome
from braintumornet.evaluation.markers import Estimate, marker_scores
from braintumornet.evaluation.surface import hd95_mm
from braintumornet.evaluation.voxel import dice, volume_ml

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


def score_regions(
    case_id: str,
    task: str,
    regions: Sequence[str],
    truth: np.ndarray,
    prediction: np.ndarray,
    told: Sequence[bool],
    space: Space,
) -> list[Score]:
    """Score the regions of one case: Dice, HD95 and volumes.

    Args:
        case_id: whose.
        task: name of the task.
        regions: names, in the order of the first axis.
        truth: boolean array (R, D, H, W).
        prediction: boolean array of the same shape.
        told: whether the truth's coding tells each region; those that it does not tell give no row.
        space: grid of both.

    Returns:
        Rows `dice`, `hd95_mm`, `volume_truth_ml`, `volume_prediction_ml` and `volume_difference_ml`
        (prediction minus truth) of each region that was told.

    Raises:
        GeometryError: an array does not fit the regions and the grid.
        UsageError: an array is not boolean, or `told` does not fit the regions.

    Example:
        >>> masks = np.ones((1, 2, 2, 2), bool)
        >>> rows = score_regions("a", "tumour", ["WT"], masks, masks, [True], Space((2, 2, 2), np.eye(4)))
        >>> [(row.metric, row.value) for row in rows[:2]]
        [('dice', 1.0), ('hd95_mm', 0.0)]
    """
    for name, masks in (("truth", truth), ("prediction", prediction)):
        _require_masks(f"case {case_id}, task {task!r}: the {name}", masks, (len(regions), *space.shape))
    if len(told) != len(regions):
        msg = f"case {case_id}, task {task!r}: {len(told)} flags for {len(regions)} regions; give one each"
        raise UsageError(msg)
    return [
        Score(case_id, task, region, metric, value, note)
        for index, region in enumerate(regions)
        if told[index]
        for metric, value, note in _score_region(truth[index], prediction[index], space)
    ]


def _require_masks(what: str, masks: np.ndarray, shape: tuple[int, ...]) -> None:
    if masks.shape != shape:
        msg = f"{what} has shape {masks.shape}; expected {shape} (regions, grid); resample it first"
        raise GeometryError(msg)
    if masks.dtype != np.bool_:
        msg = f"{what} holds {masks.dtype}; expected booleans: decode labels or threshold probabilities first"
        raise UsageError(msg)


def _score_region(truth: np.ndarray, prediction: np.ndarray, space: Space) -> Iterable[tuple[str, float, str]]:
    outcome = find_outcome(truth, prediction)
    note = outcome.note if outcome else ""
    truth_ml, prediction_ml = volume_ml(truth, space), volume_ml(prediction, space)
    yield "dice", dice(truth, prediction), note
    yield "hd95_mm", hd95_mm(truth, prediction, space.spacing_mm), note
    yield "volume_truth_ml", truth_ml, ""
    yield "volume_prediction_ml", prediction_ml, ""
    yield "volume_difference_ml", prediction_ml - truth_ml, ""


def score_markers(
    task: str,
    classes: Sequence[str],
    truths: Sequence[str],
    probabilities: np.ndarray,
    patients: Sequence[str] | None = None,
) -> list[Score]:
    """Score the class probabilities of a cohort: AUC per class and macro, balanced accuracy, their intervals.

    Args:
        task: name of the task.
        classes: names, in the order of the columns.
        truths: class of each case.
        probabilities: array (cases, classes).
        patients: whose each case is; default one patient per case. Intervals are taken over patients.

    Returns:
        Rows without a case: `auc`, `auc_low`, `auc_high` and `cases` per class and for `macro`, and
        `balanced_accuracy` with its interval for `macro`. NaN with a note where a score is not defined.

    Raises:
        InputError: an unknown class, or a probability that is no number.
        UsageError: the lengths do not fit.

    Example:
        >>> rows = score_markers("genotype", ["a", "b"], ["a", "b"], np.array([[0.9, 0.1], [0.2, 0.8]]))
        >>> [row.value for row in rows if row.structure == "macro" and row.metric == "auc"]
        [1.0]
    """
    scores = marker_scores(classes, truths, probabilities, patients)
    rows: list[Score] = []
    for name, auc in scores.auc.items():
        rows += _interval_rows(task, name, "auc", auc)
        rows.append(Score("", task, name, "cases", scores.cases[name]))
    rows += _interval_rows(task, MACRO, "auc", scores.macro_auc)
    rows += _interval_rows(task, MACRO, "balanced_accuracy", scores.balanced_accuracy)
    rows.append(Score("", task, MACRO, "cases", len(truths)))
    return rows


def _interval_rows(task: str, structure: str, metric: str, estimate: Estimate) -> list[Score]:
    values = {"": estimate.value, "_low": estimate.low, "_high": estimate.high}
    return [Score("", task, structure, metric + end, value, estimate.note) for end, value in values.items()]


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
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read {path}: {error}; expected the scores that `btn evaluate` wrote"
        raise InputError(msg) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        found = ",".join(rows[0]) if rows else "an empty file"
        msg = f"{path} is not a table of scores: expected the columns {','.join(COLUMNS)}, found {found}"
        raise InputError(msg)
    return [_read_score(row, f"{path}, row {number}") for number, row in enumerate(rows[1:], start=2) if row]


def _read_score(cells: list[str], where: str) -> Score:
    if len(cells) != len(COLUMNS):
        msg = f"{where} has {len(cells)} cells; expected {len(COLUMNS)}: {','.join(COLUMNS)}"
        raise InputError(msg)
    case_id, task, structure, metric, value, note = cells
    try:
        return Score(case_id, task, structure, metric, float(value), note)
    except ValueError as error:
        msg = f"{where}: the value {value!r} is not a number; write nan where a score is not defined"
        raise InputError(msg) from error


@dataclass(frozen=True)
class Summary:
    """What the cases of one structure come to, with the number of cases behind it.

    Args:
        task: name of the task.
        structure: region.
        truth: which cases: `all`, `with` the structure in the truth, or `without` it.
        cases: how many these are.
        mean_dice: NaN where there is none.
        median_hd95_mm: NaN where there is none.
    """

    task: str
    structure: str
    truth: str
    cases: int
    mean_dice: float
    median_hd95_mm: float


def summarise(scores: Iterable[Score]) -> list[Summary]:
    """Summarise the regions of a cohort: three rows per task and structure, in the order of the table.

    Raises:
        InputError: a case is scored twice, or one of its rows is missing.

    Example:
        >>> metrics = {"dice": 0.8, "hd95_mm": 2.0, "volume_truth_ml": 5.0}
        >>> rows = summarise([Score("a", "tumour", "WT", metric, value) for metric, value in metrics.items()])
        >>> [(row.truth, row.cases, row.mean_dice) for row in rows]
        [('all', 1, 0.8), ('with', 1, 0.8), ('without', 0, nan)]
    """
    tables: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    for score in scores:
        if score.metric in ("dice", "hd95_mm", "volume_truth_ml"):
            values = tables.setdefault((score.task, score.structure), {}).setdefault(score.case_id, {})
            if score.metric in values:
                where = f"case {score.case_id}, {score.task}, {score.structure}"
                msg = f"{where}: {score.metric} stands there twice; summarise one run at a time"
                raise InputError(msg)
            values[score.metric] = score.value
    return [row for (task, structure), cases in tables.items() for row in _summarise(task, structure, cases)]


def _summarise(task: str, structure: str, cases: dict[str, dict[str, float]]) -> Iterable[Summary]:
    for case_id, values in cases.items():
        for metric in ("dice", "hd95_mm", "volume_truth_ml"):
            if metric not in values:
                msg = f"case {case_id}, {task}, {structure}: {metric} is missing; evaluate the case again"
                raise InputError(msg)
    groups = {
        "all": list(cases.values()),
        "with": [values for values in cases.values() if values["volume_truth_ml"] > 0],
        "without": [values for values in cases.values() if values["volume_truth_ml"] == 0],
    }
    for truth, group in groups.items():
        mean_dice = float(np.mean([values["dice"] for values in group])) if group else nan
        median_mm = float(np.median([values["hd95_mm"] for values in group])) if group else nan
        yield Summary(task, structure, truth, len(group), mean_dice, median_mm)
