"""The brain: its mask, its box, and intensities relative to it."""

from collections.abc import Iterable

import numpy as np

from braintumornet.core.text.errors import InputError

Box = tuple[slice, slice, slice]

TRIM_PERCENTILES = (5, 95)
LEAST_SPREAD = 1e-6  # standard deviation over the largest value; less is rounding of float32


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
    advises for glioma). Values are cut at -10 and 10. The unit of the grey levels does not matter.

    Args:
        image: array (D, H, W).
        brain: boolean array of the same shape.

    Returns:
        float32 array (D, H, W).

    Raises:
        InputError: in words that follow the name of the image: it shows the same value in nearly all of the brain.
    """
    scaled = np.zeros(image.shape, dtype=np.float32)
    if brain.any():
        inside, mean, spread = measure_contrast(image[brain])
        scaled[brain] = np.clip((inside - mean) / spread, -10, 10)
    return scaled


def measure_contrast(values: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return grey levels as float64, in which no square is too large or too small, with mean and standard deviation.

    Args:
        values: of the brain's voxels (N,), N > 0; mean and deviation are those between the 5th and 95th percentile.

    Raises:
        InputError: in words that follow the name of the image: nearly all values are the same.
    """
    inside = values.astype(np.float64)
    low, high = np.percentile(inside, TRIM_PERCENTILES)
    trimmed = inside[(inside >= low) & (inside <= high)]
    trimmed = trimmed if trimmed.size else inside  # of two voxels, none lies between the percentiles
    mean, spread = float(trimmed.mean()), float(trimmed.std())
    if spread <= LEAST_SPREAD * float(np.abs(trimmed).max()):
        msg = f"is {np.median(inside):g} in nearly all of the brain, so that it shows nothing; export it again"
        raise InputError(msg)
    return inside, mean, spread
