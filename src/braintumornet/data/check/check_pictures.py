"""What a case looks like: its sequences with the contours of its mask, whatever is wrong with the mask's coding."""

from collections.abc import Mapping

import numpy as np

from braintumornet.core.cohort.label_scheme import annotated_regions, region_masks
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.pictures import Picture, take_slices
from braintumornet.volumes.volume import Volume

SHOWN_REGIONS = ("WT", "TC", "ET")


def take_pictures(
    images: Mapping[str, Volume], brain: np.ndarray, labels: np.ndarray | None, coding: str | None
) -> tuple[Picture, ...]:
    """Return a slice of each image with the contours of the mask.

    Args:
        images: sequence -> volume (D, H, W) in RAS+, all on one grid.
        brain: boolean (D, H, W); decides what is shown of the slice.
        labels: int16 (D, H, W), or None.
        coding: of the labels; None shows them all as one.
    """
    if labels is None or not labels.any():
        return take_slices(images, brain, np.zeros_like(brain), {})
    return take_slices(images, brain, labels > 0, _regions(labels, coding))


def _regions(labels: np.ndarray, coding: str | None) -> dict[str, np.ndarray]:
    try:
        told = [
            r for r, tells in zip(SHOWN_REGIONS, annotated_regions(coding or "", SHOWN_REGIONS), strict=True) if tells
        ]
        return dict(zip(told, region_masks(labels, coding or "", told), strict=True)) or {"label": labels > 0}
    except InputError:  # no coding, an unknown one, or labels that it does not have
        return {"label": labels > 0}
