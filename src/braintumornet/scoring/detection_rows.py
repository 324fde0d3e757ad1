"""How many lesions of a cohort were found, and how many were made up, by their volume."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf, isnan

from braintumornet.core.scores import Row
from braintumornet.core.tolerance import upper
from braintumornet.metrics.detection import (
    Detection,
    DetectionF1,
    DetectionMetric,
    DetectionPrecision,
    DetectionSensitivity,
    FalseLesions,
)
from braintumornet.metrics.lesionwise import LesionScores

NOTHING_THERE = "not defined: no lesion of this size, and none was made up"
DETECTION = (DetectionSensitivity(), DetectionPrecision(), DetectionF1(), FalseLesions())


def detection_rows(
    task: str,
    region: str,
    cases: Sequence[LesionScores],
    edges_ml: Sequence[float],
    metrics: Sequence[DetectionMetric] = DETECTION,
    assessed: int | None = None,
) -> list[Row]:
    """Return the table of detection of one region over a cohort, in all and in bins of lesion volume.

    A lesion is found where a predicted component touches it. A lesion lies in the bin of its own volume, a false
    one in the bin of the volume that was predicted; an edge belongs to the bin below.

    Args:
        task: name of the task.
        region: name of the region.
        cases: the lesions of each case.
        edges_ml: where volumes are parted.
        metrics: to compute.
        assessed: in how many of the cases lesions were looked for; default all. Those of the others are missed, and
            their cases are not among those over which false ones are averaged.

    Returns:
        Rows `lesions` and of each metric, over all lesions, and for each bin, such as `up to 0.065 ml`.

    Example:
        >>> from braintumornet.metrics.lesionwise import Lesion
        >>> case = LesionScores((Lesion(1.0, 0.9, 0.9, 1.0), Lesion(0.0, 0.2, 0.0, 374.0)), 0, 0.45, 187.5)
        >>> [(row["metric"], row["value"]) for row in detection_rows("mets", "ET", [case], [])][1:3]
        [('detection_sensitivity', 1.0), ('detection_precision', 0.5)]
    """
    lesions = [lesion for case in cases for lesion in case.lesions]
    looked_at = len(cases) if assessed is None else assessed
    bins = {"": Detection.of(lesions, looked_at)}
    for low_ml, high_ml in pairwise((0.0, *edges_ml, inf)) if edges_ml else ():
        low, high = upper(low_ml), upper(high_ml)
        inside = [lesion for lesion in lesions if low < (lesion.truth_ml or lesion.prediction_ml) <= high]
        bins[name_bin(low_ml, high_ml)] = Detection.of(inside, looked_at)
    return [
        {"task": task, "structure": region, "lesion": name, **cells}
        for name, counts in bins.items()
        for cells in _measure(counts, metrics)
    ]


def name_bin(low_ml: float, high_ml: float) -> str:
    """Return the words for a bin of volumes.

    Example:
        >>> name_bin(0.0, 0.1), name_bin(0.1, 1.0), name_bin(1.0, inf)
        ('up to 0.1 ml', '0.1 to 1 ml', 'over 1 ml')
    """
    if low_ml == 0:
        return f"up to {high_ml:g} ml"
    return f"over {low_ml:g} ml" if high_ml == inf else f"{low_ml:g} to {high_ml:g} ml"


def _measure(counts: Detection, metrics: Sequence[DetectionMetric]) -> Iterator[Row]:
    yield {"metric": "lesions", "value": counts.there}
    reason = "no lesion of this size" if counts.there or counts.false else NOTHING_THERE
    for metric in metrics:
        value = metric.measure(counts)
        yield {"metric": metric.name, "value": value, "note": reason if isnan(value) else ""}
