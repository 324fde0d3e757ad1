"""What the masks of a prediction measure where they lie now, such as on the grid on which the patient was scanned."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction_record import OutlineRecord, PredictionRecord
from braintumornet.output.measures import Measured, is_of_metastases, measure_masks
from braintumornet.volumes.nifti import read_labels, read_space
from braintumornet.volumes.volume import to_grid_of


def measure_files(record: PredictionRecord, folder: Path, midplane: Sequence[float] | None) -> PredictionRecord:
    """Return a prediction with the measures of its masks as they lie in a folder.

    Volumes and lesions are those of these files. Probabilities of lesions are left out, as a lesion on one grid need
    not be one on another.

    Args:
        record: of the prediction; files that it names which are not in the folder make it impossible.
        folder: with masks of the names that it gives.
        midplane: between the halves of the brain, in the coordinates of these masks; None where it is not known.

    Raises:
        InputError: a mask is missing or damaged, or holds a label that its label scheme does not have.
    """
    outlines, notes = {}, list(record.notes)
    for task, outline in record.segmentation.items():
        measured = _measure(outline, folder, midplane)
        volume_ml = {region: measures.volume_ml for region, measures in measured.regions.items()}
        outlines[task] = outline.model_copy(update={"measures": measured.regions, "volume_ml": volume_ml})
        notes += [note for text in measured.notes if (note := f"{task}: {text}") not in notes]
    plane = None if midplane is None else list(midplane)
    return record.model_copy(update={"segmentation": outlines, "notes": notes, "midplane": plane})


def _measure(outline: OutlineRecord, folder: Path, midplane: Sequence[float] | None) -> Measured:
    masks: dict[str, np.ndarray] = {}
    space = None
    for file in outline.files:
        space = read_space(folder / file.name)
        labels = to_grid_of(read_labels(folder / file.name), space).array  # in the file's own direction
        masks |= zip(file.regions, region_masks(labels, file.coding, file.regions), strict=True)
    if space is None:
        return Measured({})
    return measure_masks(masks, space, midplane, is_of_metastases(outline.where), outline.not_assessed)
