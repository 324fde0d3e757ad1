"""Slices to look at: one per image through the middle of a tumour, in radiological convention."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from braintumornet.volumes.brain import box_around
from braintumornet.volumes.volume import Volume

MOST_PIXELS = 256
MARGIN_MM = 6.0
PLANES = {"axial": 2, "coronal": 1, "sagittal": 0}
"""Name -> the axis of a volume in RAS+ that stands upright on it."""


@dataclass(frozen=True)
class Picture:
    """A slice to look at, cut to the head.

    Rows run from anterior, in a coronal or sagittal slice from superior; columns run from the patient's right, in a
    sagittal slice from anterior.

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
    images: Mapping[str, Volume],
    brain: np.ndarray,
    tumour: np.ndarray,
    regions: Mapping[str, np.ndarray],
    axis: int = PLANES["axial"],
) -> tuple[Picture, ...]:
    """Return the slice with most tumour of each image, or the one with most brain; contrast is each image's own.

    Args:
        images: name -> volume (D, H, W) in RAS+, all on one grid.
        brain: boolean (D, H, W); decides what is shown of the slice.
        tumour: boolean (D, H, W); decides which slice it is.
        regions: name -> boolean (D, H, W); those that reach the slice go with the picture.
        axis: that stands upright on the slices, as in `PLANES`.
    """
    if not images:
        return ()
    shown = brain if brain.any() else np.ones_like(brain)
    searched = tumour if tumour.any() else shown
    across, down = (other for other in range(3) if other != axis)
    level = int(searched.sum(axis=(across, down)).argmax())
    spacing_mm = next(iter(images.values())).space.spacing_mm
    around = (shown | searched).any(axis=axis, keepdims=True)
    box = list(box_around(around, round(MARGIN_MM / min(spacing_mm[across], spacing_mm[down]))))
    step = max(1, -(-max(box[side].stop - box[side].start for side in (across, down)) // MOST_PIXELS))
    box[axis] = slice(level, level + 1)

    def cut(array: np.ndarray) -> np.ndarray:
        # rows run from anterior or superior, columns from the patient's right or anterior
        return array[tuple(box)].squeeze(axis)[::step, ::step].T[::-1, ::-1]

    rows, columns = cut(shown).shape
    size_mm = (rows * step * spacing_mm[down], columns * step * spacing_mm[across])
    cut_regions = {region: cut(mask) for region, mask in regions.items() if mask.take(level, axis).any()}
    return tuple(
        Picture(name, as_grey(cut(image.array), image.array), size_mm, cut_regions) for name, image in images.items()
    )


def as_grey(pixels: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return a part of an image as uint8, black to white from the 1st to the 99.5th percentile of the whole.

    Args:
        pixels: the part, of any shape; zero is black.
        image: the whole.
    """
    values = image[image != 0]
    sample = values[:: max(1, values.size // 100_000)].astype(np.float64)
    low, high = np.percentile(sample, (1, 99.5)) if sample.size else (0.0, 1.0)
    width = high - low if high > low else 1.0  # one value everywhere is shown black
    grey = 255 * np.clip((pixels.astype(np.float64) - low) / width, 0, 1)
    return np.where(pixels == 0, 0, grey).astype(np.uint8)
