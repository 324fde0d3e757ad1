"""Where the brain is, and where it lies on the grid that a case is written on."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.align_sequences import AlignedImages
from braintumornet.prepare.atlas import Atlas, align_to_atlas, carry_brainmask, scale_to_atlas
from braintumornet.prepare.examination import Examination
from braintumornet.prepare.history import History
from braintumornet.prepare.output_grid import output_grid
from braintumornet.prepare.quality.atlas_figures import atlas_figures
from braintumornet.prepare.quality.figure import Figure
from braintumornet.prepare.quality.mask_figures import mask_figures
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.stripping.ladder import strip
from braintumornet.prepare.way_back import carry_labels
from braintumornet.volumes.blank_slices import scanned_box
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume, ras_grid


@dataclass(frozen=True, eq=False)
class FoundBrain:
    """The brain in the frame of the reference.

    Args:
        grid: in that frame, in the axis order of its files.
        mask: boolean, on the grid in RAS+ orientation; None where the skull is kept.
        by: what made the mask.
    """

    grid: Space
    mask: Volume | None
    by: str | None


@dataclass(frozen=True, eq=False)
class PlacedBrain:
    """The grid of a prepared case, and what of it is brain.

    Args:
        grid: on which the case is written, in the axis order of its files.
        output_to_reference_mm: (4, 4) from a point of the grid to the same point of the reference, RAS+ mm.
        brainmask: boolean, on the grid in RAS+ orientation; None where the skull is kept.
        by: what made the mask.
    """

    grid: Space
    output_to_reference_mm: np.ndarray
    brainmask: Volume | None
    by: str | None


def find_brain(
    aligned: AlignedImages, examination: Examination, settings: PrepareSettings, atlas: Atlas | None, history: History
) -> FoundBrain:
    """Find the brain in the frame of the reference.

    Args:
        aligned: the images.
        examination: whose brain mask, if the user gave one, comes first.
        settings: what makes the mask, and of what grid.
        atlas: whose mask may be the last resort.
        history: of the case.

    Raises:
        StepFailedError: the mask cannot be that of a brain.
        InputError: what should make the mask cannot.
    """
    reference = aligned.even[aligned.reference]
    source = examination.images[aligned.reference].space or reference.space
    native = output_grid("native" if settings.space == "atlas" else settings.space, reference, source)
    if settings.skullstrip == "none":
        return FoundBrain(native, None, None)
    grid = ras_grid(native)
    to_sequence = aligned.output_to_sequence_mm(np.eye(4))
    with history.step("brain mask", choice=settings.skullstrip) as figures:
        mask = strip(
            aligned.even,
            to_sequence,
            grid,
            settings.skullstrip,
            given=_given_mask(aligned, examination, settings, grid),
            command=settings.skullstrip_command,
            atlas_mask=None if atlas is None else partial(_atlas_mask, aligned, atlas, grid),
        )
        true_mm = not settings.spacing_is_assumed
        seen = {sequence: image.space.cut(scanned_box(image.array)) for sequence, image in aligned.even.items()}
        figures.extend(mask_figures(mask.mask, mask.agreement, seen, to_sequence, true_mm))
    if mask.note:
        history.notes.append(f"brain mask: {mask.note}")
    return FoundBrain(native, mask.mask, mask.by)


def place_brain(
    aligned: AlignedImages, found: FoundBrain, settings: PrepareSettings, atlas: Atlas | None, history: History
) -> PlacedBrain:
    """Decide on which grid a case is written, and bring the brain there: to the atlas where that is wanted.

    Args:
        aligned: the images.
        found: their brain.
        settings: where the case is to lie.
        atlas: needed where it is to lie there.
        history: of the case.

    Raises:
        StepFailedError: the brain lies not as the atlas does.
    """
    if settings.space != "atlas" or atlas is None:
        return PlacedBrain(found.grid, np.eye(4), found.mask, found.by)
    with history.step("atlas", atlas=atlas.name, fit=settings.atlas_fit) as figures:
        matrix, judged = _align(aligned.even[aligned.reference], found.mask, atlas, settings)
        figures.extend(judged)
    placed = None if found.mask is None else carry_labels(found.mask, ras_grid(atlas.grid), matrix)
    return PlacedBrain(atlas.grid, matrix, placed, found.by)


def _align(
    reference: Volume, brain: Volume | None, atlas: Atlas, settings: PrepareSettings
) -> tuple[np.ndarray, list[Figure]]:
    """Return the (4, 4) from the atlas to the reference, and how well it fits."""
    shown = None if brain is None else carry_labels(brain, reference.space, np.eye(4))
    rigid = align_to_atlas(reference, shown, atlas)
    affine = scale_to_atlas(reference, shown, atlas, rigid).matrix
    chosen = affine if settings.atlas_fit == "affine" else rigid.matrix
    if brain is None:
        return chosen, []
    true_mm = not settings.spacing_is_assumed
    return chosen, atlas_figures(brain, atlas.brainmask, rigid.matrix, affine, true_mm)


def _given_mask(
    aligned: AlignedImages, examination: Examination, settings: PrepareSettings, grid: Space
) -> Volume | None:
    if examination.brainmask is None or settings.skullstrip not in ("auto", "given"):
        return None
    sequence = examination.sequence_under(examination.brainmask, aligned.grids)
    drawn = read_labels(examination.brainmask)
    brain = Volume(drawn.array > 0, drawn.space)
    return carry_labels(brain, grid, aligned.reference_to_sequence_mm[sequence])


def _atlas_mask(aligned: AlignedImages, atlas: Atlas, grid: Space) -> Volume:
    """Return the atlas' mask, scaled to the head."""
    reference = aligned.even[aligned.reference]
    rigid = align_to_atlas(reference, None, atlas)
    return carry_brainmask(atlas, grid, scale_to_atlas(reference, None, atlas, rigid).matrix)
