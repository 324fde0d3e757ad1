"""The images of a case and what was predicted on them, on one grid."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.label_scheme import region_masks, tissues_of
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.space import Space, require_same_space
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.brain import brain_from_images
from braintumornet.volumes.head_image import read_head
from braintumornet.volumes.nifti import read_labels, read_space
from braintumornet.volumes.volume import Volume, axis_directions


@dataclass(frozen=True)
class CaseVolumes:
    """What the page of a case shows, in RAS+ orientation.

    Args:
        space: the grid of everything here.
        images: sequence -> float32 (D, H, W).
        masks: task -> region -> boolean (D, H, W); a region that holds another comes before it.
        left_out: why an image is not here, in sentences.
        from_head: whether the axial slices of the files are numbered from the head, not from the feet.
    """

    space: Space
    images: Mapping[str, Volume]
    masks: Mapping[str, Mapping[str, np.ndarray]]
    left_out: tuple[str, ...] = ()
    from_head: bool = False

    def slice_number(self, level: int) -> int:
        """Return the number that an axial slice has in the files, counted from 0."""
        return self.space.shape[2] - 1 - level if self.from_head else level

    @property
    def head(self) -> np.ndarray:
        """Where an image is not zero; where there is no image, where a mask is."""
        found = [image.array for image in self.images.values()]
        return brain_from_images(found or [np.zeros(self.space.shape, bool), *map(self.tumour, self.masks)])

    def tumour(self, task: str) -> np.ndarray:
        """Return all regions of a task together, boolean (D, H, W)."""
        whole = np.zeros(self.space.shape, dtype=bool)
        for mask in self.masks[task].values():
            whole |= mask
        return whole


def read_case_volumes(
    record: PredictionRecord, folder: PredictionFolder, images: Mapping[str, Path]
) -> CaseVolumes | None:
    """Read the masks of a prediction and the images that lie on their grid; None where there are neither.

    Args:
        record: of the prediction.
        folder: where its masks lie.
        images: sequence -> file. One that cannot be read, or lies on another grid, is left out and said to be.

    Raises:
        InputError: a mask cannot be read.
        GeometryError: two masks lie on different grids.
    """
    masks, space = _read_masks(record, folder)
    found: dict[str, Volume] = {}
    left_out: list[str] = []
    for sequence, path in images.items():
        try:
            image = read_head(path).volume
        except InputError:
            left_out.append(f"{sequence} is not shown: its file cannot be read.")
            continue
        space = space or image.space
        if image.space == space:
            found[sequence] = image
        else:
            left_out.append(f"{sequence} is not shown: it lies on another grid than the masks.")
    if space is None:
        return None
    files = [folder.path / file.name for outline in record.segmentation.values() for file in outline.files]
    from_head = "I" in axis_directions(read_space(files[0] if files else images[next(iter(found))]))
    return CaseVolumes(space, found, masks, tuple(left_out), from_head)


def _read_masks(
    record: PredictionRecord, folder: PredictionFolder
) -> tuple[dict[str, dict[str, np.ndarray]], Space | None]:
    masks: dict[str, dict[str, np.ndarray]] = {}
    space: Space | None = None
    for task, outline in record.segmentation.items():
        regions: dict[str, np.ndarray] = {}
        for file in outline.files:
            labels = read_labels(folder.path / file.name)
            space = space or labels.space
            require_same_space(labels.space, space, f"the mask {file.name}", "the masks before it")
            regions |= zip(file.regions, region_masks(labels.array, file.coding, file.regions), strict=True)
        outermost_first = sorted(regions, key=lambda region: -len(tissues_of(region)))
        masks |= {task: {region: regions[region] for region in outermost_first}} if regions else {}
    return masks, space
