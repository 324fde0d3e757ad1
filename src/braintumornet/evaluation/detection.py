"""How many lesions of a cohort were found, and how many were made up, by their volume."""

from collections.abc import Sequence
from itertools import pairwise
from math import inf, isnan, nan

from braintumornet.core.tolerance import upper
from braintumornet.evaluation.score_table import Score
from braintumornet.metrics.lesionwise import Lesion, LesionScores

NOTHING_THERE = "not defined: no lesion of this size, and none was made up"


def detection_rows(task: str, region: str, cases: Sequence[LesionScores], edges_ml: Sequence[float]) -> list[Score]:
    """Return the table of detection of one region over a cohort, in all and in bins of lesion volume.

    A lesion is found where a predicted component touches it. A lesion lies in the bin of its own volume, a false
    one in the bin of the volume that was predicted; an edge belongs to the bin below.

    Args:
        task: name of the task.
        region: name of the region.
        cases: the lesions of each case.
        edges_ml: where volumes are parted.

    Returns:
        Rows `lesions`, `detection_sensitivity`, `detection_precision`, `detection_f1` and `false_lesions_per_case`
        of the region, and of `<region> up to 0.065 ml` and its other bins.

    Example:
        >>> case = LesionScores((Lesion(1.0, 0.9, 0.9, 1.0), Lesion(0.0, 0.2, 0.0, 374.0)), 0, 0.45, 187.5)
        >>> [(row.metric, row.value) for row in detection_rows("mets", "ET", [case], [])][1:3]
        [('detection_sensitivity', 1.0), ('detection_precision', 0.5)]
    """
    lesions = [lesion for case in cases for lesion in case.lesions]
    rows = _rows(task, region, lesions, len(cases))
    for low_ml, high_ml in pairwise((0.0, *edges_ml, inf)) if edges_ml else ():
        low, high = upper(low_ml), upper(high_ml)
        inside = [lesion for lesion in lesions if low < (lesion.truth_ml or lesion.prediction_ml) <= high]
        rows += _rows(task, f"{region} {name_bin(low_ml, high_ml)}", inside, len(cases))
    return rows


def name_bin(low_ml: float, high_ml: float) -> str:
    """Return the words for a bin of volumes.

    Example:
        >>> name_bin(0.0, 0.1), name_bin(0.1, 1.0), name_bin(1.0, inf)
        ('up to 0.1 ml', '0.1 to 1 ml', 'over 1 ml')
    """
    if low_ml == 0:
        return f"up to {high_ml:g} ml"
    return f"over {low_ml:g} ml" if high_ml == inf else f"{low_ml:g} to {high_ml:g} ml"


def _rows(task: str, structure: str, lesions: Sequence[Lesion], cases: int) -> list[Score]:
    there = sum(lesion.truth_ml > 0 for lesion in lesions)
    false = len(lesions) - there
    found = sum(lesion.truth_ml > 0 and lesion.prediction_ml > 0 for lesion in lesions)
    # nothing predicted where lesions are is no precision of 1: it must not pay to stay silent
    values = {
        "detection_sensitivity": found / there if there else nan,
        "detection_precision": found / (found + false) if found + false else (0.0 if there else nan),
        "detection_f1": 2 * found / (there + found + false) if lesions else nan,
    }
    reason = "no lesion of this size" if lesions else NOTHING_THERE
    return [
        Score("", task, structure, "lesions", there),
        *(Score("", task, structure, name, value, reason if isnan(value) else "") for name, value in values.items()),
        Score("", task, structure, "false_lesions_per_case", false / cases),
    ]
