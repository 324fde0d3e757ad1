"""A prepared case on the disk: one interpolation for each sequence, masks that travel along, and its history."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.prepare.align_sequences import AlignedImages
from braintumornet.prepare.examination import Examination
from braintumornet.prepare.place_brain import PlacedBrain
from braintumornet.prepare.preparation_record import PreparationRecord
from braintumornet.prepare.registration.resample_once import resample_once
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.way_back import carry_labels
from braintumornet.volumes.nifti import read_labels, write_volume
from braintumornet.volumes.volume import Volume, ras_grid

BRAINMASK = "brainmask"
LEAST_GREY_LEVELS = 200
"""Of fewer, rounding to whole numbers would add to the noise."""


def place_images(aligned: AlignedImages, brain: PlacedBrain, settings: PrepareSettings) -> dict[str, Volume]:
    """Return sequence -> image on the grid of the case, with its skull; interpolated once, from the scanned voxels."""
    images = aligned.even if settings.correct_bias else aligned.scanned
    to_sequence = aligned.output_to_sequence_mm(brain.output_to_reference_mm)
    grid = ras_grid(brain.grid)
    return {sequence: resample_once(image, grid, to_sequence[sequence]) for sequence, image in images.items()}


def place_masks(examination: Examination, aligned: AlignedImages, brain: PlacedBrain) -> dict[str, Volume]:
    """Return target -> what somebody drew on one of the images, on the grid of the case.

    Raises:
        InputError: a mask lies on the grid of none of the images, or is none.
    """
    to_sequence = aligned.output_to_sequence_mm(brain.output_to_reference_mm)
    return {
        name: carry_labels(
            read_labels(path), ras_grid(brain.grid), to_sequence[examination.sequence_under(path, aligned.grids)]
        )
        for name, path in examination.masks.items()
    }


def write_case(
    case_id: str,
    images: Mapping[str, Volume],
    masks: Mapping[str, Volume],
    brain: PlacedBrain,
    folder: Path,
) -> None:
    """Write images without what is not brain, masks and brain mask, each file whole or not at all.

    Args:
        case_id: whose.
        images: sequence -> image on the grid of the case.
        masks: target -> labels on it.
        brain: its grid, and its mask if the skull is not kept.
        folder: of the case.

    Raises:
        InputError: a file cannot be written.
    """
    mask = brain.brainmask
    volumes = {**masks, **({} if mask is None else {BRAINMASK: mask})}
    for sequence, image in images.items():
        stripped = image.array if mask is None else image.array * mask.array
        volumes[sequence] = Volume(_as_whole_numbers(stripped), image.space)
    for name, volume in volumes.items():
        write_volume(volume, _file(folder, case_id, name), brain.grid)


def prepared_case(examination: Examination, record: PreparationRecord, folder: Path) -> Case:
    """Return a case that was prepared, as a line of a cohort.

    Args:
        examination: it was made from.
        record: its history.
        folder: of the cohort.
    """
    place, known = folder / examination.case_id, examination.known
    file = partial(_file, place, examination.case_id)
    return Case(
        id=examination.case_id,
        patient_id=examination.patient_id,
        cohort=folder.resolve().name if known is None else known.cohort,
        images={sequence: file(sequence) for sequence in examination.images},
        targets={name: file(name) for name in examination.masks},
        brainmask=file(BRAINMASK) if record.brainmask else None,
        coding=known.coding if known and examination.masks else None,
        pathology=known.pathology if known else None,
        split=known.split if known else None,
        attributes={**(known.attributes if known else {}), "preparation": str(record.verdict)},
    )


def _file(folder: Path, case_id: str, name: str) -> Path:
    return folder / f"{case_id}_{name}.nii.gz"


def _as_whole_numbers(array: np.ndarray) -> np.ndarray:
    """Return an image as scanners write it where that loses no more than the scanner did, else as float32."""
    low, high = float(array.min()), float(array.max())
    if high - low < LEAST_GREY_LEVELS or low < np.iinfo(np.int16).min or high > np.iinfo(np.int16).max:
        return array.astype(np.float32)
    return np.asarray(np.rint(array), np.int16)
