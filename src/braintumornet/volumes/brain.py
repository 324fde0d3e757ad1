"""The brain: its mask, its box, and intensities relative to it."""

from collections.abc import Iterable

import numpy as np

Box = tuple[slice, slice, slice]

TRIM_PERCENTILES = (5, 95)


def brain_from_images(images: Iterable[np.ndarray]) -> np.ndarray:
    """Return the voxels at which any skull-stripped image is not zero."""
    brain: np.ndarray = np.logical_or.reduce([image != 0 for image in images])
    return brain


def box_around(mask: np.ndarray, margin: int = 0) -> Box:
    """Return the smallest box (half-open slices) that holds a mask.

    It is widened by a margin of voxels and cut at the volume's edge. An empty mask gives the whole volume.

    Example:
        >>> box_around(np.pad(np.ones((2, 3, 4)), 1))
        (slice(1, 3, None), slice(1, 4, None), slice(1, 5, None))
    """
    if not mask.any():
        x, y, z = mask.shape
        return slice(0, x), slice(0, y), slice(0, z)
    front = np.any(mask, axis=0)  # slab by slab, which is the fast direction
    slices = []
    for axis, profile in enumerate((np.any(mask, axis=(1, 2)), np.any(front, axis=1), np.any(front, axis=0))):
        occupied = np.flatnonzero(profile)
        start, stop = int(occupied[0]) - margin, int(occupied[-1]) + 1 + margin
        slices.append(slice(max(0, start), min(mask.shape[axis], stop)))
    return slices[0], slices[1], slices[2]


def normalise(image: np.ndarray, brain: np.ndarray) -> np.ndarray:
    """Z-score an image within the brain; zero outside.

    Mean and standard deviation are those of the brain's voxels between the 5th and the 95th percentile, so
    that a large bright tumour or a few outliers do not shift the healthy tissue (the trimming that DeepMedic
    advises for glioma). Values are cut at -10 and 10.

    Args:
        image: array (D, H, W).
        brain: boolean array of the same shape.

    Returns:
        float32 array (D, H, W).
    """
    inside = image[brain]
    if inside.size == 0:
        return np.zeros_like(image, dtype=np.float32)
    low, high = np.percentile(inside, TRIM_PERCENTILES)
    trimmed = inside[(inside >= low) & (inside <= high)]
    scaled = (image - trimmed.mean()) / max(float(trimmed.std()), 1e-6)
    return np.where(brain, np.clip(scaled, -10, 10), 0).astype(np.float32)
