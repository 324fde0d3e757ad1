"""Slices to look at: one axial slice per image through the middle of a tumour, in radiological convention."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from braintumornet.volumes.brain import box_around
from braintumornet.volumes.volume import Volume

MOST_PIXELS = 256
MARGIN_MM = 6.0


@dataclass(frozen=True)
class Picture:
    """An axial slice to look at, cut to the head, rows from anterior and columns from the patient's right.

    Args:
        name: sequence.
        pixels: uint8 (rows, columns).
        size_mm: height and width of the slice.
        regions: region, or `label` where no coding is known -> boolean (rows, columns).
    """

    name: str
    pixels: np.ndarray
    size_mm: tuple[float, float]
    regions: Mapping[str, np.ndarray]


def take_slices(
    images: Mapping[str, Volume], brain: np.ndarray, tumour: np.ndarray, regions: Mapping[str, np.ndarray]
) -> tuple[Picture, ...]:
    """Return the slice with most tumour of each image, or the one with most brain; contrast is each image's own.

    Args:
        images: name -> volume (D, H, W) in RAS+, all on one grid.
        brain: boolean (D, H, W); decides what is shown of the slice.
        tumour: boolean (D, H, W); decides which slice it is.
        regions: name -> boolean (D, H, W); those that reach the slice go with the picture.
    """
    if not images:
        return ()
    shown = brain if brain.any() else np.ones_like(brain)
    searched = tumour if tumour.any() else shown
    level = int(searched.sum(axis=(0, 1)).argmax())
    spacing_mm = next(iter(images.values())).space.spacing_mm
    box = box_around((shown | searched).any(axis=2, keepdims=True), round(MARGIN_MM / min(spacing_mm[:2])))
    step = max(1, -(-max(box[0].stop - box[0].start, box[1].stop - box[1].start) // MOST_PIXELS))

    def cut(array: np.ndarray) -> np.ndarray:
        # rows run from anterior, columns from the patient's right
        return array[box[0], box[1], level][::step, ::step].T[::-1, ::-1]

    rows, columns = cut(shown).shape
    size_mm = (rows * step * spacing_mm[1], columns * step * spacing_mm[0])
    cut_regions = {region: cut(mask) for region, mask in regions.items() if mask[:, :, level].any()}
    return tuple(
        Picture(name, _as_grey(cut(image.array), image.array), size_mm, cut_regions) for name, image in images.items()
    )


def _as_grey(pixels: np.ndarray, image: np.ndarray) -> np.ndarray:
    values = image[image != 0]
    sample = values[:: max(1, values.size // 100_000)].astype(np.float64)
    low, high = np.percentile(sample, (1, 99.5)) if sample.size else (0.0, 1.0)
    width = high - low if high > low else 1.0  # one value everywhere is shown black
    grey = 255 * np.clip((pixels.astype(np.float64) - low) / width, 0, 1)
    return np.where(pixels == 0, 0, grey).astype(np.uint8)
