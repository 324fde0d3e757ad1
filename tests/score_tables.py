"""Tables of scores, made of rows or of answers."""

from collections.abc import Mapping, Sequence

import numpy as np

from braintumornet.core.scores import Scores
from braintumornet.metrics.marker_answers import MarkerAnswers
from braintumornet.scoring import marker_rows


def make_rows(case_id: str, task: str, structure: str, values: Mapping[str, float], note: str = "") -> list[dict]:
    """The rows of a case: metric -> value."""
    where = {"case_id": case_id, "task": task, "structure": structure, "note": note}
    return [{**where, "metric": metric, "value": value} for metric, value in values.items()]


def score_markers(
    task: str,
    classes: Sequence[str],
    truths: Sequence[str],
    probabilities: np.ndarray,
    patients: Sequence[str] | None = None,
    answered: Sequence[bool] | None = None,
) -> Scores:
    """The scores of a cohort's class probabilities."""
    answers = MarkerAnswers.of(classes, truths, probabilities, patients, answered)
    return Scores.of(marker_rows.score_markers(task, classes, answers))
