"""An image from its own grid to the final one in a single interpolation, by all its transforms together.

Tools that write each step's result and read it again interpolate twice or three times, and blur each time.
"""

import numpy as np
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.volumes.volume import Volume

CUBIC = 3


def resample_once(volume: Volume, grid: Space, grid_to_volume_mm: np.ndarray, order: int = CUBIC) -> Volume:
    """Return an image at the voxel centres of another grid.

    A cubic B-spline goes through the image's own grey levels; what it would overshoot beside sharp edges is cut to the
    lowest and highest level that the image has. Half a voxel beyond the outermost voxel centres still belongs to the
    field of view; beyond, it is zero. Labels lose their meaning here, see `way_back`.

    Args:
        volume: float or integer image.
        grid: the grid wanted.
        grid_to_volume_mm: (4, 4) from a point of the grid to the same point of the image, RAS+ mm.
        order: of the B-spline: 3 cubic, 1 linear, 0 nearest voxel (for masks).

    Returns:
        float32 volume on the grid; of the image's own type where the order is 0.

    Example:
        >>> image = Volume(np.arange(27, dtype=np.float32).reshape(3, 3, 3), Space((3, 3, 3), np.eye(4)))
        >>> resample_once(image, Space((1, 1, 2), np.eye(4)), np.eye(4)).array.ravel().round(3)
        array([0., 1.], dtype=float32)
    """
    to_index = np.linalg.inv(volume.space.affine) @ grid_to_volume_mm @ grid.affine
    turn, shift = to_index[:3, :3], to_index[:3, 3]
    inside = ndimage.affine_transform(
        np.ones(volume.space.shape, np.uint8), turn, shift, output_shape=grid.shape, order=0, mode="grid-constant"
    )
    if order == 0:
        nearest = ndimage.affine_transform(
            volume.array, turn, shift, output_shape=grid.shape, order=0, mode="nearest", prefilter=False
        )
        return Volume(np.where(inside, nearest, 0).astype(volume.array.dtype), grid)
    values = volume.array.astype(np.float32)
    array = ndimage.affine_transform(values, turn, shift, output_shape=grid.shape, order=order, mode="nearest")
    return Volume(np.clip(array, values.min(), values.max()) * inside, grid)
