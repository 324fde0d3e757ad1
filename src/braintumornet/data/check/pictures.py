"""What a case looks like: one axial slice per sequence through the middle of its tumour, in radiological convention."""

from collections.abc import Mapping

import numpy as np

from braintumornet.core.coding import region_masks, told_regions
from braintumornet.core.errors import InputError
from braintumornet.data.check.findings import Picture
from braintumornet.volumes.brain import box_around
from braintumornet.volumes.volume import Volume

SHOWN_REGIONS = ("WT", "TC", "ET")
MOST_PIXELS = 256
MARGIN_MM = 6.0


def take_pictures(
    images: Mapping[str, Volume], brain: np.ndarray, labels: np.ndarray | None, coding: str | None
) -> tuple[Picture, ...]:
    """Return the slice with most tumour of each image, or the one with most brain; contrast is each image's own.

    Args:
        images: sequence -> volume (D, H, W) in RAS+, all on one grid.
        brain: boolean (D, H, W); decides what is shown of the slice.
        labels: int16 (D, H, W), or None.
        coding: of the labels; None shows them all as one.
    """
    if not images:
        return ()
    regions = {} if labels is None or not labels.any() else _regions(labels, coding)
    shown = brain if brain.any() else np.ones_like(brain)
    tumour = labels > 0 if labels is not None and labels.any() else shown
    level = int(tumour.sum(axis=(0, 1)).argmax())
    spacing_mm = next(iter(images.values())).space.spacing_mm
    box = box_around((shown | tumour).any(axis=2, keepdims=True), round(MARGIN_MM / min(spacing_mm[:2])))
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


def _regions(labels: np.ndarray, coding: str | None) -> dict[str, np.ndarray]:
    try:
        told = [r for r, tells in zip(SHOWN_REGIONS, told_regions(coding or "", SHOWN_REGIONS), strict=True) if tells]
        return dict(zip(told, region_masks(labels, coding or "", told), strict=True)) or {"label": labels > 0}
    except InputError:  # no coding, an unknown one, or labels that it does not have
        return {"label": labels > 0}


def _as_grey(pixels: np.ndarray, image: np.ndarray) -> np.ndarray:
    values = image[image != 0]
    low, high = np.percentile(values[:: max(1, values.size // 100_000)], (1, 99.5)) if values.size else (0.0, 1.0)
    grey = 255 * np.clip((pixels - low) / max(high - low, 1e-6), 0, 1)
    return np.where(pixels == 0, 0, grey).astype(np.uint8)
