"""Class probabilities become rows of the table."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from braintumornet.core.scores import Row
from braintumornet.metrics.calibration import reliability
from braintumornet.metrics.marker_answers import MACRO, MarkerAnswers, MarkerMetric
from braintumornet.metrics.markers import (
    Auc,
    BalancedAccuracy,
    Brier,
    CalibrationError,
    MarkerSensitivity,
    Specificity,
)
from braintumornet.statistics.patient_bootstrap import Estimate

MARKER_METRICS = (Auc(), MarkerSensitivity(), Specificity(), BalancedAccuracy(), Brier(), CalibrationError())


def score_markers(
    task: str, classes: Sequence[str], answers: MarkerAnswers, metrics: Sequence[MarkerMetric] = MARKER_METRICS
) -> list[Row]:
    """Score the class probabilities of a cohort, with intervals over patients.

    Args:
        task: name of the task.
        classes: in the order in which their rows come.
        answers: to the marker.
        metrics: to compute.

    Returns:
        Rows without a case. Per class, and for `macro`: the metrics that tell something of it, each with rows
        `..._low` and `..._high`, and `cases`; per class also the confusion matrix as `predicted_as_<class>`; for each
        bin of confidence, such as `confidence 0.8 to 0.9`, `reliability_accuracy`, `reliability_confidence` and
        `reliability_cases`. NaN with a note where a score is not defined.

    Example:
        >>> import numpy as np
        >>> answers = MarkerAnswers.of(["a", "b"], ["a", "b"], np.array([[0.9, 0.1], [0.2, 0.8]]))
        >>> rows = score_markers("genotype", ["a", "b"], answers)
        >>> [row["value"] for row in rows if (row["structure"], row["metric"]) == ("macro", "auc")]
        [1.0]
    """
    measured = {metric.name: metric.measure(answers) for metric in metrics}
    cells = [*chain.from_iterable(_class_rows(name, answers, measured) for name in classes)]
    cells += [*interval_rows(MACRO, measured), {"structure": MACRO, "metric": "cases", "value": len(answers.truth)}]
    return [{"task": task, **each} for each in (*cells, *_reliability_rows(answers))]


def interval_rows(structure: str, measured: Mapping[str, Mapping[str, Estimate]]) -> Iterator[Row]:
    """Yield the rows of values of a structure, and of the ends of their intervals.

    Args:
        structure: class, or `macro`.
        measured: metric -> structure -> value.
    """
    for metric, found in measured.items():
        if structure in found:
            estimate = found[structure]
            for end, value in {"": estimate.value, "_low": estimate.low, "_high": estimate.high}.items():
                yield {"structure": structure, "metric": metric + end, "value": value, "note": estimate.note}


def _class_rows(name: str, answers: MarkerAnswers, measured: Mapping[str, Mapping[str, Estimate]]) -> Iterator[Row]:
    yield from interval_rows(name, measured)
    yield {"structure": name, "metric": "cases", "value": answers.cases[name]}
    for said, number in answers.confusion[name].items():
        yield {"structure": name, "metric": f"predicted_as_{said}", "value": number}


def _reliability_rows(answers: MarkerAnswers) -> Iterator[Row]:
    for interval, point in reliability(answers.confidence, answers.correct).items():
        for name, value in point.items():
            yield {"structure": interval, "metric": f"reliability_{name}", "value": value}
