"""Masks and class probabilities become rows of the table."""

from collections.abc import Iterable, Sequence

import numpy as np

from braintumornet.core.errors import GeometryError, UsageError
from braintumornet.core.space import Space
from braintumornet.evaluation.bootstrap import Estimate
from braintumornet.evaluation.empty import find_outcome
from braintumornet.evaluation.markers import marker_scores
from braintumornet.evaluation.surface import hd95_mm
from braintumornet.evaluation.table import MACRO, Score
from braintumornet.evaluation.voxel import dice, volume_ml


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
