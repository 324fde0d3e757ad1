"""How much sharper an image was on its own grid."""

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.registration.resample_once import resample_once
from braintumornet.volumes.volume import Volume

_SLICES = 8


def sharpness_loss_percent(native: Volume, resampled: Volume, resampled_to_native_mm: np.ndarray) -> float:
    """Return how much of an image's differences between neighbouring voxels its resampling lost, in percent.

    The result is brought back to eight slices of the native image, and the mean difference between neighbours within a
    slice is compared there. It is an upper bound, because coming back interpolates once more. Only voxels that both
    show count, so that a skull-stripped result is compared within the brain.

    Args:
        native: as scanned.
        resampled: the same image on another grid, zero where nothing is shown.
        resampled_to_native_mm: (4, 4) from a point of the second to the same point of the first, RAS+ mm.

    Returns:
        0 for no loss; slightly below it where the spline sharpens.

    Example:
        >>> image = Volume(np.random.default_rng(0).random((16, 16, 16)), Space((16, 16, 16), np.eye(4)))
        >>> round(abs(sharpness_loss_percent(image, image, np.eye(4))), 3)
        0.0
    """
    slices = _some_slices(native)
    back = resample_once(resampled, slices.space, np.linalg.inv(resampled_to_native_mm))
    shown = resample_once(_ones_where_shown(resampled), slices.space, np.linalg.inv(resampled_to_native_mm), order=1)
    both = (shown.array > 0.999) & (slices.array != 0)
    across = int(np.argmax(native.space.spacing_mm))
    before = after = 0.0
    for axis in (axis for axis in range(3) if axis != across):
        pairs = np.take(both, range(1, both.shape[axis]), axis) & np.take(both, range(both.shape[axis] - 1), axis)
        before += float(np.abs(np.diff(slices.array.astype(np.float64), axis=axis))[pairs].sum())
        after += float(np.abs(np.diff(back.array.astype(np.float64), axis=axis))[pairs].sum())
    return 100 * (1 - after / before) if before > 0 else 0.0


def _ones_where_shown(volume: Volume) -> Volume:
    return Volume((volume.array != 0).astype(np.float32), volume.space)


def _some_slices(volume: Volume) -> Volume:
    """Return slices spread over the thickest axis, as an image of its own."""
    axis = int(np.argmax(volume.space.spacing_mm))
    step = max(1, volume.space.shape[axis] // _SLICES)
    first = step // 2
    chosen = [slice(None)] * 3
    chosen[axis] = slice(first, None, step)
    array = volume.array[tuple(chosen)]
    affine = volume.space.affine.copy()
    affine[:3, 3] += affine[:3, axis] * first
    affine[:3, axis] *= step
    return Volume(array, Space((array.shape[0], array.shape[1], array.shape[2]), affine))
