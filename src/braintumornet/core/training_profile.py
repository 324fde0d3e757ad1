"""What the cases were like that a network learned from, as its run says it."""

from collections.abc import Collection, Iterable, Sequence
from statistics import median
from typing import Annotated

from pydantic import Field

from braintumornet.core.json_record import Record
from braintumornet.core.tolerance import lower, upper

LIKE = 1.1  # up to this ratio two sizes count as alike


class Range(Record):
    """Smallest, middle and largest of some numbers."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Collection[float]) -> "Range":
        """Return the range of some numbers, at least one."""
        return cls(low=min(values), middle=median(values), high=max(values))

    def holds(self, value: float) -> bool:
        """Say whether a number is within the range, or no more than 10 % from it."""
        return lower(self.low / LIKE) <= value <= upper(self.high * LIKE)

    @property
    def is_wide(self) -> bool:
        """Whether its ends are more than 10 % apart."""
        return self.high > upper(self.low * LIKE)


class TrainingProfile(Record):
    """What the cases were like that a network learned from.

    Args:
        cases: how many.
        spacing_mm: size of the voxels that it saw, along right, anterior, superior.
        brain_ml: volume of what counted as brain.
        with_skull: share of the cases whose skull was there.
    """

    cases: Annotated[int, Field(ge=0)]
    spacing_mm: Sequence[Range] = Field(min_length=3, max_length=3)
    brain_ml: Range
    with_skull: float

    def working_spacing(self, spacing_mm: Sequence[float]) -> tuple[float, float, float] | None:
        """Return at which spacing a case is to be shown to the network; None where its own will do.

        Only axes along which the voxels differ by more than 10 % from all that it learned from are changed.

        Example:
            >>> one, brain = Range.of([1.0]), Range.of([1300.0])
            >>> profile = TrainingProfile(cases=1, spacing_mm=(one, one, one), brain_ml=brain, with_skull=0.0)
            >>> profile.working_spacing((1.05, 1.0, 5.0))
            (1.05, 1.0, 1.0)
        """
        sizes = zip(spacing_mm, self.spacing_mm, strict=True)
        x, y, z = (mm if known.holds(mm) else known.middle for mm, known in sizes)
        return None if (x, y, z) == tuple(spacing_mm) else (x, y, z)

    def describe_spacing(self) -> str:
        """Return the voxels that it saw, such as `1 x 1 x (3 to 5) mm`."""
        return describe_ranges(self.spacing_mm)


def describe_ranges(spacing_mm: Iterable[Range]) -> str:
    """Return sizes of voxels as people write them.

    Example:
        >>> describe_ranges([Range.of([1]), Range.of([1]), Range.of([3, 5])])
        '1 x 1 x (3 to 5) mm'
    """
    sizes = (f"({size.low:.3g} to {size.high:.3g})" if size.is_wide else f"{size.middle:.3g}" for size in spacing_mm)
    return " x ".join(sizes) + " mm"
