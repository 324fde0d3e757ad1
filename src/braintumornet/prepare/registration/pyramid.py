"""Coarser copies of an image; a slice axis is never made coarser than the slices are."""

import numpy as np
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.volumes.resample import at_spacing
from braintumornet.volumes.volume import Volume

_BRIGHTEST = 99.5  # percentile; vessels and fat above it would leave the brain few bins of the histogram
_SD_OF_SPACING = 0.4  # standard deviation of the blur that a voxel of that size has


def clipped(volume: Volume) -> Volume:
    """Return an image without its brightest half percent, which is cut to the 99.5th percentile; float32."""
    array = volume.array.astype(np.float32, copy=False)
    visible = array[array > np.percentile(array, 50)] if array.size else array
    if visible.size == 0:
        return Volume(array, volume.space)
    return Volume(np.minimum(array, np.percentile(visible, _BRIGHTEST)), volume.space)


def isotropic(volume: Volume, spacing_mm: float) -> Volume:
    """Return an image on an isotropic grid over the same field of view, smoothed along axes that become coarser."""
    blur = _SD_OF_SPACING * np.sqrt(np.maximum(spacing_mm**2 - np.square(volume.space.spacing_mm), 0))
    smooth = ndimage.gaussian_filter(volume.array, blur / volume.space.spacing_mm, truncate=3, mode="nearest")
    grid = at_spacing(volume.space, (spacing_mm,) * 3)
    to_index = np.linalg.inv(volume.space.affine) @ grid.affine
    array = ndimage.affine_transform(
        smooth, to_index[:3, :3], to_index[:3, 3], output_shape=grid.shape, order=1, mode="nearest"
    )
    return Volume(array, Space(grid.shape, grid.affine, volume.space.atlas))


def smoothed(volume: Volume, sd_mm: float) -> Volume:
    """Return an image smoothed in mm along the axes that are finer than the smoothing, so not across thick slices."""
    spacing = np.asarray(volume.space.spacing_mm)
    sd = np.where(spacing <= 1.5 * sd_mm, sd_mm / spacing, 0)
    return Volume(ndimage.gaussian_filter(volume.array, sd, truncate=3, mode="nearest"), volume.space)


def thinned(volume: Volume, spacing_mm: float) -> Volume:
    """Return every n-th voxel along the axes that are finer than a spacing; take it of a smoothed image."""
    steps = np.maximum(1, (spacing_mm * 1.001 // np.asarray(volume.space.spacing_mm)).astype(int))
    x, y, z = (int(step) for step in steps)
    affine = volume.space.affine.copy()
    affine[:3, :3] *= steps
    array = np.ascontiguousarray(volume.array[::x, ::y, ::z])
    return Volume(array, Space((array.shape[0], array.shape[1], array.shape[2]), affine, volume.space.atlas))


def cropped(volume: Volume, mask: Volume) -> Volume:
    """Return the box of an image in which a mask lies, and 10 mm around it, so that nothing outside is smoothed.

    Args:
        volume: any image.
        mask: boolean, on any grid; an empty one keeps the whole image.
    """
    if not mask.array.any():
        return volume
    points = np.argwhere(mask.array)
    low, high = points.min(axis=0), points.max(axis=0)
    box = Space((2, 2, 2), mask.space.affine @ _scaled_and_moved(high - low, low))
    to_index = np.linalg.inv(volume.space.affine)
    index = box.corners_mm() @ to_index[:3, :3].T + to_index[:3, 3]
    around = 10 / np.asarray(volume.space.spacing_mm)
    start = np.clip(np.floor(index.min(axis=0) - around), 0, np.subtract(volume.space.shape, 1)).astype(int)
    stop = np.clip(np.ceil(index.max(axis=0) + around) + 1, start + 1, volume.space.shape).astype(int)
    array = volume.array[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    affine = volume.space.affine @ _scaled_and_moved(np.ones(3), start)
    return Volume(array, Space((array.shape[0], array.shape[1], array.shape[2]), affine, volume.space.atlas))


def _scaled_and_moved(scale: np.ndarray, by: np.ndarray) -> np.ndarray:
    matrix = np.diag([*scale.tolist(), 1.0])
    matrix[:3, 3] = by
    return matrix
