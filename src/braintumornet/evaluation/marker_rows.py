"""Class probabilities become rows of the table."""

from collections.abc import Iterable, Sequence

import numpy as np

from braintumornet.evaluation.score_table import MACRO, Score
from braintumornet.metrics.markers import MarkerScores, marker_scores
from braintumornet.statistics.patient_bootstrap import Estimate


def score_markers(
    task: str,
    classes: Sequence[str],
    truths: Sequence[str],
    probabilities: np.ndarray,
    patients: Sequence[str] | None = None,
    answered: Sequence[bool] | None = None,
) -> list[Score]:
    """Score the class probabilities of a cohort, with intervals over patients.

    Args:
        task: name of the task.
        classes: names, in the order of the columns.
        truths: class of each case.
        probabilities: array (cases, classes).
        patients: whose each case is; default one patient per case.
        answered: whether there is an answer; a case without one counts as wrong.

    Returns:
        Rows without a case. Per class: `auc`, `sensitivity`, `specificity`, `cases`, and the confusion matrix as
        `predicted_as_<class>`; for `macro`: `auc`, `balanced_accuracy`, `brier`, `calibration_error`, `cases`; for each
        bin of confidence, such as `confidence 0.8 to 0.9`, `reliability_accuracy`, `reliability_confidence` and
        `reliability_cases`. Each score has rows `..._low` and `..._high`. NaN with a note where it is not defined.

    Raises:
        InputError: an unknown class, or a probability that is no number.
        UsageError: the lengths do not fit.

    Example:
        >>> rows = score_markers("genotype", ["a", "b"], ["a", "b"], np.array([[0.9, 0.1], [0.2, 0.8]]))
        >>> [row.value for row in rows if row.structure == "macro" and row.metric == "auc"]
        [1.0]
    """
    scores = marker_scores(classes, truths, probabilities, patients, answered)
    rows: list[Score] = []
    for name in classes:
        for metric in ("auc", "sensitivity", "specificity"):
            rows += interval_rows(task, name, metric, getattr(scores, metric)[name])
        rows.append(Score("", task, name, "cases", scores.cases[name]))
        rows += [Score("", task, name, f"predicted_as_{said}", n) for said, n in scores.confusion[name].items()]
    rows += interval_rows(task, MACRO, "auc", scores.macro_auc)
    for metric in ("balanced_accuracy", "brier", "calibration_error"):
        rows += interval_rows(task, MACRO, metric, getattr(scores, metric))
    rows.append(Score("", task, MACRO, "cases", len(truths)))
    return [*rows, *_reliability_rows(task, scores)]


def interval_rows(task: str, structure: str, metric: str, estimate: Estimate) -> list[Score]:
    """Return the rows of a value and of the ends of its interval."""
    values = {"": estimate.value, "_low": estimate.low, "_high": estimate.high}
    return [Score("", task, structure, metric + end, value, estimate.note) for end, value in values.items()]


def _reliability_rows(task: str, scores: MarkerScores) -> Iterable[Score]:
    for point in scores.reliability:
        for metric in ("accuracy", "confidence", "cases"):
            structure = f"confidence {point.low:g} to {point.high:g}"
            yield Score("", task, structure, f"reliability_{metric}", getattr(point, metric))
