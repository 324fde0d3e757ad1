"""Whether what counts as brain can be a brain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from braintumornet.core.tolerance import lower
from braintumornet.volumes.brain import brain_from_images
from braintumornet.volumes.skull import shows_skull, skull_score

SMALLEST_BRAIN_ML, LARGEST_BRAIN_ML = 300, 2200  # from a newborn's on; a head with its skull has 3,000 and more
OPEN_SHARE = 0.9  # of the voxels of a volume; a brain cut to its own box fills about half of it
BLANK_SHARE = 0.25  # of the brain in which an image shows nothing, or that a brain mask leaves out


@dataclass(frozen=True)
class BrainFacts:
    """What counts as brain in a case.

    Args:
        brain_ml: its volume.
        skull: whether the skull is seen within it.
        open: whether nearly every voxel of the volume counts as brain.
        masked: whether a brain mask says what counts, and not the images' own background.
        blank: sequence -> share of the brain in which it shows nothing, where that is much.
        left_out: share of stripped images that the brain mask leaves out, where that is much.
    """

    brain_ml: float
    skull: bool
    open: bool = False
    masked: bool = False
    blank: Mapping[str, float] = field(default_factory=dict)
    left_out: float = 0.0

    @property
    def plausible_size(self) -> bool:
        """Whether a brain can be as large."""
        return SMALLEST_BRAIN_ML <= self.brain_ml <= LARGEST_BRAIN_ML

    @property
    def holds_more(self) -> bool:
        """Whether more than brain counts as brain."""
        return self.skull or self.brain_ml > LARGEST_BRAIN_ML


def judge_brain(
    images: Mapping[str, np.ndarray], brain: np.ndarray, spacing_mm: tuple[float, float, float], masked: bool = False
) -> BrainFacts:
    """Return what can be told of a brain from the images of a case.

    Args:
        images: sequence -> (D, H, W) in RAS+ orientation, with zero as background.
        brain: boolean (D, H, W), what counts as brain.
        spacing_mm: of the voxels.
        masked: whether a brain mask says what counts.
    """
    shown = {sequence: image for sequence, image in images.items() if image.any()}
    blank = {sequence: float(np.mean(image[brain] == 0)) for sequence, image in shown.items()} if brain.any() else {}
    brain_ml = float(brain.sum() * np.prod(spacing_mm) / 1000)
    large_enough = brain_ml >= lower(SMALLEST_BRAIN_ML)  # a head with its skull is larger than any brain alone
    return BrainFacts(
        brain_ml=brain_ml,
        skull=large_enough and shows_skull(skull_score(image, brain, spacing_mm) for image in shown.values()),
        open=float(brain.mean()) > OPEN_SHARE,
        masked=masked,
        blank={sequence: share for sequence, share in blank.items() if share > BLANK_SHARE},
        left_out=_share_left_out(shown, brain, spacing_mm) if masked else 0.0,
    )


def _share_left_out(
    images: Mapping[str, np.ndarray], brain: np.ndarray, spacing_mm: tuple[float, float, float]
) -> float:
    """Return which share of what images show a brain mask leaves out; 0 where it is little, or they show a head."""
    if not images or not brain.any():
        return 0.0
    shown = brain_from_images(images.values())
    share = float(np.mean(~brain[shown]))
    if share <= BLANK_SHARE or float(shown.sum() * np.prod(spacing_mm) / 1000) > LARGEST_BRAIN_ML:
        return 0.0
    return 0.0 if shows_skull(skull_score(image, shown, spacing_mm) for image in images.values()) else share


class BrainDoubt(NamedTuple):
    """Why what counts as brain can be none.

    Args:
        kind: `skull`, `no-background` or `brain-size`.
        what: was found.
        advice: what to do.
    """

    kind: str
    what: str
    advice: str


def doubt_brain(facts: BrainFacts) -> BrainDoubt | None:
    """Return why what counts as brain can be none; None where it can."""
    ml = f"{facts.brain_ml:.0f} ml"
    volume = f"the brain mask holds {ml}" if facts.masked else f"{ml} count as brain"
    advice = "make the brain mask again" if facts.masked else "strip the skull, or give a brain mask"
    if facts.skull:
        return BrainDoubt("skull", f"the skull is there ({volume})", advice)
    if facts.open and not facts.plausible_size:
        return BrainDoubt("no-background", f"nearly every voxel counts as brain ({ml})", advice)
    if facts.brain_ml > LARGEST_BRAIN_ML:
        what = f"{volume}, more than a brain has (up to {LARGEST_BRAIN_ML} ml)"
        return BrainDoubt("brain-size", what, f"{advice}, or check the voxel size")
    if facts.brain_ml < SMALLEST_BRAIN_ML:
        what = f"{volume}, less than a brain has (from {SMALLEST_BRAIN_ML} ml)"
        return BrainDoubt("brain-size", what, "check the images and the voxel size")
    return None


def describe_blanks(facts: BrainFacts) -> str:
    """Return which images show nothing in much of the brain; blank where none does."""
    if not facts.blank or facts.holds_more:  # what is no brain, one image may well not show
        return ""
    shares = ", ".join(f"{sequence} in {100 * share:.0f} %" for sequence, share in facts.blank.items())
    return f"some of the brain is not shown: zero there are {shares} of its voxels"


def describe_left_out(facts: BrainFacts) -> str:
    """Return how much of stripped images the brain mask leaves out; blank where it is little."""
    if not facts.left_out:
        return ""
    return f"the brain mask leaves out {100 * facts.left_out:.0f} % of what the images show: look at it"
