"""What the cases were like that a network learned from, and what is unlike them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.space import Space, spacing_text
from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.core.tolerance import lower, upper
from braintumornet.data.store.case_images import CaseImages, Spacing
from braintumornet.volumes.brain_plausibility import BrainFacts, describe_blanks, describe_left_out, doubt_brain
from braintumornet.volumes.nifti import read_space
from braintumornet.volumes.volume import ras_grid

LIKE = 1.1  # up to this ratio two sizes count as alike
RARE = 0.25  # share of the cases below which a network has hardly learned of something


@dataclass(frozen=True)
class Range:
    """Smallest, middle and largest of some numbers."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: Collection[float]) -> "Range":
        """Return the range of some numbers, at least one."""
        return cls(min(values), median(values), max(values))

    def holds(self, value: float) -> bool:
        """Say whether a number is within the range, or no more than 10 % from it."""
        return lower(self.low / LIKE) <= value <= upper(self.high * LIKE)

    @property
    def is_wide(self) -> bool:
        """Whether its ends are more than 10 % apart."""
        return self.high > upper(self.low * LIKE)


@dataclass(frozen=True)
class TrainingProfile:
    """What the cases were like that a network learned from.

    Args:
        cases: how many.
        spacing_mm: size of the voxels that it saw, along right, anterior, superior.
        brain_ml: volume of what counted as brain.
        with_skull: share of the cases whose skull was there.
    """

    cases: int
    spacing_mm: tuple[Range, Range, Range]
    brain_ml: Range
    with_skull: float

    @classmethod
    def of(cls, spaces: Sequence[Space], facts: Sequence[BrainFacts]) -> "TrainingProfile":
        """Return what the cases with these working grids and brains were like, at least one."""
        x, y, z = (Range.of(sizes) for sizes in zip(*(space.spacing_mm for space in spaces), strict=True))
        skulls = sum(one.skull for one in facts) / len(facts)
        return cls(len(spaces), (x, y, z), Range.of([one.brain_ml for one in facts]), skulls)

    @classmethod
    def read(cls, notes: Mapping[str, Any]) -> "TrainingProfile":
        """Return what `as_notes` gave."""
        x, y, z = (Range(**size) for size in notes["spacing_mm"])
        return cls(notes["cases"], (x, y, z), Range(**notes["brain_ml"]), notes["with_skull"])

    def as_notes(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    def working_spacing(self, spacing_mm: Spacing) -> Spacing | None:
        """Return at which spacing a case is to be shown to the network; None where its own will do.

        Only axes along which the voxels differ by more than 10 % from all that it learned from are changed.

        Example:
            >>> one = Range(1.0, 1.0, 1.0)
            >>> TrainingProfile(1, (one, one, one), Range(1300, 1300, 1300), 0.0).working_spacing((1.05, 1.0, 5.0))
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
        >>> describe_ranges([Range(1, 1, 1), Range(1, 1, 1), Range(3, 4, 5)])
        '1 x 1 x (3 to 5) mm'
    """
    sizes = (f"({size.low:.3g} to {size.high:.3g})" if size.is_wide else f"{size.middle:.3g}" for size in spacing_mm)
    return " x ".join(sizes) + " mm"


def choose_spacing(
    case: Case, sequences: Sequence[str], spacing_mm: Spacing | None, learned: TrainingProfile | None
) -> Spacing | None:
    """Return the working spacing of a case; None where it is that of its files.

    Args:
        case: whose images may lie on any grid.
        sequences: in the order of the image's channels.
        spacing_mm: as the configuration has it, which counts first.
        learned: what the network learned from; None where that is not known.

    Raises:
        InputError: the first image cannot be read.
    """
    first = next((case.images[sequence] for sequence in sequences if sequence in case.images), None)
    if spacing_mm is not None or learned is None or first is None:
        return spacing_mm
    try:
        return learned.working_spacing(ras_grid(read_space(first)).spacing_mm)
    except BrainTumorNetError as error:
        msg = f"case {case.id}: {error}"
        raise type(error)(msg) from error


def describe_resampling(images: CaseImages, learned: TrainingProfile | None) -> list[str]:
    """Return what a reader must know of voxels that were not of a size that the network learned from."""
    own, working = ras_grid(images.native_space).spacing_mm, images.space.spacing_mm
    if learned is None or np.allclose(own, working, rtol=1e-3):
        return []
    return [
        f"voxels of {spacing_text(own)}, and the network learned from {learned.describe_spacing()}: resampled to "
        f"{spacing_text(working)}, and the answer back"
    ]


def describe_case(facts: BrainFacts, learned: TrainingProfile | None) -> list[str]:
    """Return what a reader of a prediction must know of a case's brain.

    What the network learned from is no fault: a network of heads with their skulls may be shown such a head.

    Args:
        facts: of the case.
        learned: from what; None where that is not known.
    """
    said = [_describe_brain(facts, learned), describe_blanks(facts), describe_left_out(facts)]
    return [text for text in said if text]


def _describe_brain(facts: BrainFacts, learned: TrainingProfile | None) -> str:
    doubt = doubt_brain(facts)
    beware = "outlines and volumes may be badly wrong"
    if learned is not None and not facts.skull and learned.with_skull > 1 - RARE:
        return f"the skull was stripped, and the network learned from heads with it: {beware}"
    if doubt is None or (learned is not None and _knows(learned, facts)):
        return ""
    against = ""
    if learned is not None and facts.skull:
        against = f", and the network learned {'mostly ' if learned.with_skull else ''}from brains without it"
    return f"{doubt.what}{against}: {beware}; {doubt.advice}"


def _knows(learned: TrainingProfile, facts: BrainFacts) -> bool:
    """Say whether a network learned from heads whose skull was there, too, or from brains as large or small."""
    return learned.with_skull >= RARE if facts.skull else learned.brain_ml.holds(facts.brain_ml)
