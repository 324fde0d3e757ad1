"""Whether the arms' probabilities of a marker are right as often as they say, over all splits."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from braintumornet.statistics.arm_scores import Row

METRICS = ("reliability_cases", "reliability_confidence", "reliability_accuracy")


@dataclass(frozen=True)
class ReliabilityPoint:
    """The answers of an arm that were about as sure.

    Args:
        bin: such as `confidence 0.8 to 0.9`.
        cases: how many, over all splits and seeds.
        confidence: mean probability of the most probable class.
        accuracy: share of cases in which that class is right.
    """

    arm: str
    task: str
    bin: str
    cases: int
    confidence: float
    accuracy: float


def pool_reliability(rows: Sequence[Row]) -> list[ReliabilityPoint]:
    """Return the reliability curve of each arm and marker; every answer of every split and seed counts the same.

    Example:
        >>> rows = [
        ...     Row(0, "multi-task", split, "0", "", "", "genotype", "confidence 0.8 to 0.9", metric, value, "")
        ...     for split, values in {"1": (3, 0.8, 1.0), "2": (1, 0.9, 0.0)}.items()
        ...     for metric, value in zip(METRICS, values)
        ... ]
        >>> (point,) = pool_reliability(rows)
        >>> point.cases, round(point.confidence, 3), point.accuracy
        (4, 0.825, 0.75)
    """
    bins: dict[tuple[str, str, str], dict[tuple[str, str], dict[str, float]]] = {}
    for row in rows:
        if row.metric in METRICS:
            place = bins.setdefault((row.arm, row.task, row.structure), {})
            place.setdefault((row.split, row.seed), {})[row.metric] = row.value
    points = []
    for (arm, task, name), networks in sorted(bins.items(), key=lambda each: each[0][2]):
        weights = [values[METRICS[0]] for values in networks.values()]
        confidence, accuracy = (
            fsum(weight * values[metric] for weight, values in zip(weights, networks.values(), strict=True))
            / fsum(weights)
            for metric in METRICS[1:]
        )
        points.append(ReliabilityPoint(arm, task, name, round(sum(weights)), confidence, accuracy))
    return points
