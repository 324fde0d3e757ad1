"""Predictions of a whole cohort, case after case, onto the disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from braintumornet.core.case import Case, Cohort
from braintumornet.inference.predictor import Predictor
from braintumornet.output.write import write_prediction


def predict_cohort(
    predictor: Predictor, cohort: Cohort, folder: Path, probabilities: bool, advance: Callable[[Case], None]
) -> list[dict[str, Any]]:
    """Predict and write case after case, and return the summaries."""
    about = {task.name: task.about() for task in predictor.config.tasks}
    summaries = []
    for case in cohort:
        summaries.append(write_prediction(predictor.predict(case), folder, about, probabilities))
        advance(case)
    return summaries
