"""What the cases were like that a network learned from, and what is unlike them."""

from collections.abc import Iterable, Sequence

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.input_profile import InputProfile
from braintumornet.core.space import Space, spacing_text
from braintumornet.core.text.errors import prefix_errors
from braintumornet.core.training_profile import Range, TrainingProfile
from braintumornet.data.store.case_images import CaseImages, Spacing
from braintumornet.uncertainty.image_features import Features, measure_images
from braintumornet.uncertainty.unlike_training import notice_unlike, profile_images
from braintumornet.volumes.brain_plausibility import BrainFacts, describe_blanks, describe_left_out, doubt_brain
from braintumornet.volumes.nifti import read_space
from braintumornet.volumes.volume import ras_grid

RARE = 0.25  # share of the cases below which a network has hardly learned of something


def profile_of(spaces: Sequence[Space], facts: Sequence[BrainFacts]) -> TrainingProfile:
    """Return what the cases with these working grids and brains were like, at least one."""
    return TrainingProfile(
        cases=len(spaces),
        spacing_mm=[Range.of(sizes) for sizes in zip(*(space.spacing_mm for space in spaces), strict=True)],
        brain_ml=Range.of([one.brain_ml for one in facts]),
        with_skull=sum(one.skull for one in facts) / len(facts),
    )


def profile_inputs(cases: Iterable[CaseImages], sequences: Sequence[str]) -> InputProfile | None:
    """Return what the images of training cases were like; None where they are too few to tell.

    Args:
        cases: as the network saw them.
        sequences: in the order of the image's channels.
    """
    return profile_images([_measure(case, sequences) for case in cases])


def describe_unlike(images: CaseImages, sequences: Sequence[str], known: InputProfile | None) -> list[str]:
    """Return what a reader must know of images that are unlike those that the network learned from.

    Args:
        images: as the network sees them.
        sequences: in the order of the image's channels.
        known: what the training cases were like; None where that is not known.
    """
    said = notice_unlike(_measure(images, sequences), known) if known is not None else ""
    return [said] if said else []


def _measure(images: CaseImages, sequences: Sequence[str]) -> dict[str, Features]:
    there = {name: images.image[channel] for channel, name in enumerate(sequences) if images.present[channel]}
    return measure_images(there, images.brain, images.space.spacing_mm)


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
    with prefix_errors(f"case {case.id}: "):
        return learned.working_spacing(ras_grid(read_space(first)).spacing_mm)


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
