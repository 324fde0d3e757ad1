"""A case's images as a network sees them: stacked, z-scored, cut to the brain's box."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.space import Space, require_same_space
from braintumornet.core.text.errors import prefix_errors, require
from braintumornet.volumes.brain import Box, box_around, brain_from_images, normalise
from braintumornet.volumes.brain_plausibility import BrainFacts, judge_brain
from braintumornet.volumes.head_image import HeadImage, read_head
from braintumornet.volumes.nifti import read_labels, read_volume
from braintumornet.volumes.nifti_affine import find_doubts
from braintumornet.volumes.resample import at_spacing, resample
from braintumornet.volumes.volume import Volume

MARGIN_VOXELS = 4

Spacing = tuple[float, float, float]


@dataclass(frozen=True)
class CaseImages:
    """The input of a network for one case.

    Args:
        case_id: whose.
        image: float32 (S, D, H, W); zero outside the brain and for absent sequences.
        present: bool (S,), which sequences the case has.
        brain: bool (D, H, W).
        space: grid of these arrays: RAS+, at the working spacing, cut to the box of brain and labels.
        native_space: grid of the case's files, in their own orientation.
        facts: whether what counts as brain can be one; None where nobody looked.
        notes: what a reader of a prediction must know of the files.
    """

    case_id: str
    image: np.ndarray
    present: np.ndarray
    brain: np.ndarray
    space: Space
    native_space: Space
    facts: BrainFacts | None = None
    notes: tuple[str, ...] = ()


def read_case(
    case: Case, sequences: Sequence[str], spacing_mm: Spacing | None = None, masks: Sequence[str] = ()
) -> tuple[CaseImages, dict[str, np.ndarray]]:
    """Read a case's images and the masks wanted.

    Args:
        case: at least one of the sequences must be there.
        sequences: in the order of the image's channels.
        spacing_mm: working spacing; default the files' own.
        masks: targets to read; those that the case lacks have no entry.

    Returns:
        The images and, on the same grid, target -> int16 labels (D, H, W).

    Raises:
        InputError: a file is missing or damaged, or no sequence is there.
        GeometryError: the files lie on different grids.
    """
    with prefix_errors(f"case {case.id}: "):
        return _read_case(case, sequences, spacing_mm, masks)


def images_in_memory(
    case_id: str,
    images: Mapping[str, np.ndarray],
    brain: np.ndarray,
    labels: np.ndarray,
    space: Space,
    wanted: Sequence[str],
) -> tuple[CaseImages, np.ndarray]:
    """Return images that were never written as `read_case` gives those that were, and their labels on the same grid.

    Args:
        case_id: whose.
        images: sequence -> skull-stripped image (D, H, W), already at the working spacing.
        brain: bool (D, H, W).
        labels: whole numbers (D, H, W).
        space: grid of these arrays: RAS+.
        wanted: names of the sequences, in the order of the channels.

    Raises:
        InputError: the brain is empty, or an image shows nothing.
    """
    found = _find_brain(images, brain)
    box = box_around(found | (labels > 0), MARGIN_VOXELS)
    present = np.array([sequence in images for sequence in wanted])
    stacked = _stack(images, found, wanted, box)
    result = CaseImages(case_id, stacked, present, found[box], space.cut(box), space)
    return result, np.ascontiguousarray(labels[box])


def _read_case(
    case: Case, sequences: Sequence[str], spacing_mm: Spacing | None, masks: Sequence[str]
) -> tuple[CaseImages, dict[str, np.ndarray]]:
    there = [sequence for sequence in sequences if sequence in case.images]
    require(there, f"has none of the sequences {', '.join(sequences)}; it has {', '.join(case.images) or 'no image'}")
    first = case.images[there[0]].name
    heads = {sequence: read_head(case.images[sequence]) for sequence in there}
    native, full = heads[there[0]].native, heads[there[0]].volume.space
    for sequence, head in heads.items():
        require_same_space(head.volume.space, full, case.images[sequence].name, first)
    working = at_spacing(full, spacing_mm) if spacing_mm else full
    images = {sequence: resample(head.volume, working).array for sequence, head in heads.items()}
    own_labels = {name: _read_mask(case, name, full, first) for name in masks if name in case.targets}
    labels = {name: resample(mask, working, order=0).array for name, mask in own_labels.items()}
    own = {sequence: head.volume.array for sequence, head in heads.items()}
    mask = _read_brain_mask(case, full, first)
    brain = _find_brain(images, None if mask is None else resample(mask, working, order=0).array)
    box = box_around(np.logical_or.reduce([brain, *(mask > 0 for mask in labels.values())]), MARGIN_VOXELS)
    stacked = _stack(images, brain, sequences, box)
    present = np.array([sequence in there for sequence in sequences])
    space = working.cut(box)
    own_brain = brain if working is full else _find_brain(own, None if mask is None else mask.array)
    facts = judge_brain(own, own_brain, full.spacing_mm, masked=mask is not None)  # a skull is thin: the finest voxels
    doubts = [doubt.text for doubt in find_doubts({s: head.native for s, head in heads.items()})]
    notes = (*doubts, *_describe_backgrounds(heads))
    result = CaseImages(case.id, stacked, present, brain[box], space, native, facts, notes)
    return result, {name: np.ascontiguousarray(mask[box]) for name, mask in labels.items()}


def _describe_backgrounds(heads: Mapping[str, HeadImage]) -> tuple[str, ...]:
    return tuple(
        f"{sequence}: the background {head.background}; taken as zero"
        for sequence, head in heads.items()
        if head.background
    )


def _read_mask(case: Case, target: str, full: Space, reference: str) -> Volume:
    mask = read_labels(case.targets[target])
    require_same_space(mask.space, full, f"the mask {case.targets[target].name}", reference)
    return mask


def _read_brain_mask(case: Case, full: Space, reference: str) -> Volume | None:
    if case.brainmask is None:
        return None
    volume = read_volume(case.brainmask)
    require_same_space(volume.space, full, f"the brain mask {case.brainmask.name}", reference)
    return volume


def _find_brain(images: Mapping[str, np.ndarray], mask: np.ndarray | None) -> np.ndarray:
    brain = brain_from_images(images.values()) if mask is None else mask > 0.5
    require(brain.any(), "has an empty brain: the brain mask, or every image, is zero everywhere")
    return brain


def _stack(images: Mapping[str, np.ndarray], brain: np.ndarray, sequences: Sequence[str], box: Box) -> np.ndarray:
    shape = brain[box].shape
    stacked = np.zeros((len(sequences), *shape), dtype=np.float32)
    for channel, sequence in enumerate(sequences):
        if sequence in images:
            with prefix_errors(f"{sequence} "):
                stacked[channel] = normalise(images[sequence], brain)[box]
    return stacked
