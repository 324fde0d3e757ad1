"""Which value of a figure is a pass, which one somebody should look at, and which one is a failure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite

from braintumornet.prepare.quality.figure import Figure, Verdict
from braintumornet.volumes.brain_plausibility import LARGEST_BRAIN_ML, SMALLEST_BRAIN_ML

RING_POSES = 12
ANY = (-inf, inf)


def at_most(highest: float) -> tuple[float, float]:
    """Return the range of all values up to one."""
    return -inf, highest


def at_least(lowest: float) -> tuple[float, float]:
    """Return the range of all values from one on."""
    return lowest, inf


@dataclass(frozen=True)
class Limits:
    """The limits of one figure.

    Args:
        passes: lowest and highest value that is a pass.
        looks: lowest and highest value that is no failure; `ANY` where the figure alone never is one.
        advice: what a person should look at where it is no pass.
        unit: of the values; blank for a plain number.
        needs_mm: whether it is meaningless where the size of the voxels is assumed.
    """

    passes: tuple[float, float]
    looks: tuple[float, float]
    advice: str
    unit: str = ""
    needs_mm: bool = False

    def verdict(self, value: float) -> Verdict:
        """Return what a value says; one that is no number is a failure unless the figure never is one."""
        if self.passes[0] <= value <= self.passes[1]:
            return Verdict.PASS
        return Verdict.LOOK if self.looks == ANY or self.looks[0] <= value <= self.looks[1] else Verdict.FAIL

    def __str__(self) -> str:
        looks = ", else look" if self.looks == ANY else f", look {_range(self.looks)}"
        return f"pass {_range(self.passes)}{looks}"


LIMITS: Mapping[str, Limits] = {
    "cycle consistency": Limits(
        at_most(0.5),
        at_most(2),
        "there and back again ends elsewhere: look at the checkerboard",
        "mm",
    ),
    "agreement of starts": Limits(
        at_most(3), ANY, "another pose matches nearly as well: look at the checkerboard", "mm"
    ),
    "local optimum": Limits(
        at_least(RING_POSES),
        at_least(RING_POSES - 1),
        "a pose some mm or degrees away matches better: look at the checkerboard",
        f"of {RING_POSES}",
    ),
    "distance to optimum": Limits(
        at_most(1), at_most(2), "the match would be better elsewhere: look at the checkerboard", "mm"
    ),
    "motion": Limits(at_most(10), ANY, "far from where the scanner says it is: look at the checkerboard", "mm"),
    "rotation": Limits(at_most(10), ANY, "far from how the scanner says it lies: look at the checkerboard", "degrees"),
    "mask agreement": Limits(
        at_least(0.95), at_least(0.90), "the sequences show different brains: look at outline and checkerboard"
    ),
    "brain volume": Limits(
        (700, 2000),
        (SMALLEST_BRAIN_ML, LARGEST_BRAIN_ML),
        "small or large for a brain: look at the outline and the voxel size",
        "ml",
        needs_mm=True,
    ),
    "brain cut off": Limits(
        at_most(0.02), ANY, "the brain reaches the edge of the image: see whether what is cut off matters"
    ),
    "brain in one piece": Limits(at_least(0.99), at_least(0.95), "the mask has several pieces: look at the outline"),
    "atlas overlap, rigid": Limits(
        at_least(0.82),
        at_least(0.70),
        "brain and atlas lie apart or differ in shape: look at the outline",
        needs_mm=True,
    ),
    "atlas overlap, affine": Limits(
        at_least(0.90), at_least(0.82), "the mask has not the shape of a brain: look at the outline"
    ),
    "scale to atlas": Limits(
        (0.65, 1.35), (0.30, 1.6), "small or large against the atlas: look at the voxel size", needs_mm=True
    ),
    "handedness": Limits(
        at_least(0.05), at_least(-0.05), "mirrored, it matches as well or better: see whether left is left"
    ),
}
"""Figure -> its limits; how they were found is told in docs/measurements.md."""


def judge(name: str, value: float | None, sequence: str | None = None) -> Figure:
    """Return a figure with the verdict of its limits.

    Args:
        name: one of `LIMITS`.
        value: in the unit of the limits; None or no finite number where it could not be measured, which is no pass.
        sequence: of the image that it is about.

    Example:
        >>> figure = judge("cycle consistency", 0.7, "t2f")
        >>> figure.verdict, figure.limits
        ('look', 'pass ≤ 0.5, look ≤ 2')
    """
    limits = LIMITS[name]
    if value is None or not isfinite(value):
        verdict, number, note = Verdict.LOOK, None, f"could not be measured: {limits.advice.split(': ')[-1]}"
    else:
        verdict, number = limits.verdict(value), float(value)
        note = "" if verdict is Verdict.PASS else limits.advice
    return Figure(
        name=name,
        sequence=sequence,
        value=number,
        unit=limits.unit,
        verdict=verdict.value,
        limits=str(limits),
        note=note,
    )


def not_assessed(name: str, why: str, sequence: str | None = None) -> Figure:
    """Return a figure that the examination does not allow.

    Args:
        name: one of `LIMITS`.
        why: such as `the size of the voxels is assumed`.
        sequence: of the image that it would be about.
    """
    unit = LIMITS[name].unit
    return Figure(name=name, sequence=sequence, value=None, unit=unit, verdict=Verdict.NOT_ASSESSED.value, note=why)


def _range(limits: tuple[float, float]) -> str:
    low, high = limits
    if low == -inf:
        return f"≤ {high:g}"
    return f"≥ {low:g}" if high == inf else f"{low:g} to {high:g}"
