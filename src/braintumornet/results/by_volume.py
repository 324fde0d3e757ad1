"""How good the arms are by the size of what there was to find."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, isfinite, log, nan
from statistics import mean

from braintumornet.results.outcome import DICE
from braintumornet.statistics.arm_scores import Row

MOST_BINS = 5
FEWEST_CASES = 4  # of a bin
VOLUME = "volume_truth_ml"
EVERY_SIZE = "all"


@dataclass(frozen=True)
class SizePoint:
    """The cases of about one size, as an arm outlines them.

    Args:
        low_ml, high_ml: smallest and largest of them.
        middle_ml: geometric mean of their volumes.
        cases: how many.
        dice: mean over the cases, of the mean over the splits and seeds that tested each.
    """

    arm: str
    low_ml: float
    high_ml: float
    middle_ml: float
    cases: int
    dice: float


def dice_by_size(rows: Sequence[Row], task: str, structure: str) -> list[SizePoint]:
    """Return the Dice of each arm by the true volume, in bins that hold about as many cases each.

    Cases without the structure are left aside: they have no size.

    Example:
        >>> row = lambda metric, value: Row(0, "multi-task", "1", "0", "a", "a", "tumour", "WT", metric, value, "")
        >>> (point,) = dice_by_size([row("dice", 0.8), row("volume_truth_ml", 4.0)], "tumour", "WT")
        >>> round(point.middle_ml, 6), point.cases, point.dice
        (4.0, 1, 0.8)
    """
    own = [row for row in rows if (row.task, row.structure) == (task, structure)]
    volumes = {row.case: row.value for row in own if row.metric == VOLUME and row.value > 0}
    order = sorted(volumes, key=lambda case: (volumes[case], case))
    bins = max(1, min(MOST_BINS, len(order) // FEWEST_CASES))
    ends = [round(len(order) * number / bins) for number in range(bins + 1)]
    points = []
    for arm in dict.fromkeys(row.arm for row in own):
        dice = _by_case(own, arm)
        for first, last in pairwise(ends):
            inside = [case for case in order[first:last] if case in dice]
            if inside:
                ml = [volumes[case] for case in inside]
                middle = exp(mean(map(log, ml)))
                points.append(SizePoint(arm, min(ml), max(ml), middle, len(inside), mean(dice[c] for c in inside)))
    return points


def _by_case(rows: Sequence[Row], arm: str) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for row in rows:
        if row.arm == arm and row.metric == DICE and isfinite(row.value):
            found.setdefault(row.case, []).append(row.value)
    return {case: mean(values) for case, values in found.items()}


@dataclass(frozen=True)
class DetectionPoint:
    """The lesions of one bin of volume, as an arm finds them.

    Args:
        size: such as `0.065 to 0.52 ml`, or `all`.
        lesions: how many there were, over all splits and seeds.
        found: share of them; NaN where there were none.
        false_per_case: lesions made up, mean over splits and seeds.
    """

    arm: str
    size: str
    lesions: int
    found: float
    false_per_case: float


def detection_by_size(rows: Sequence[Row], task: str, structure: str) -> list[DetectionPoint]:
    """Return how many lesions of a structure each arm finds, by their size; none where that was not counted."""
    names = [row.structure for row in rows if row.task == task and row.metric == "lesions" and not row.case]
    sizes = {name: _size(name, structure) for name in dict.fromkeys(names)}
    points = []
    for arm in dict.fromkeys(row.arm for row in rows):
        for name, size in sizes.items():
            own = [r for r in rows if not r.case and (r.arm, r.task, r.structure) == (arm, task, name)]
            if size and own:
                points.append(_detect(arm, size, own))
    return points


def _size(name: str, structure: str) -> str:
    """Return the size that a row's name speaks of; "" where it is about another structure."""
    if name == structure:
        return EVERY_SIZE
    return name.removeprefix(f"{structure} ") if name.startswith(f"{structure} ") else ""


def _detect(arm: str, size: str, rows: Sequence[Row]) -> DetectionPoint:
    by_metric: dict[str, dict[tuple[str, str], float]] = {}
    for row in rows:
        by_metric.setdefault(row.metric, {})[row.split, row.seed] = row.value
    lesions = by_metric["lesions"]
    sensitivity = by_metric["detection_sensitivity"]
    total = sum(lesions.values())
    found = sum(number * sensitivity[place] for place, number in lesions.items() if number)
    false = mean(by_metric["false_lesions_per_case"].values())
    return DetectionPoint(arm, size, round(total), found / total if total else nan, false)
