"""An array and where it lies; inside the house always in RAS+ orientation."""

from dataclasses import dataclass

import nibabel.orientations as orient
import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError


@dataclass(frozen=True)
class Volume:
    """A 3-D array (D, H, W) on a grid.

    Args:
        array: voxel values.
        space: its grid; same shape as the array.

    Raises:
        GeometryError: array and grid differ in shape.
    """

    array: np.ndarray
    space: Space

    def __post_init__(self) -> None:
        if self.array.shape != self.space.shape:
            msg = f"an array of {self.array.shape} voxels does not fit the grid of {self.space.shape}"
            raise GeometryError(msg)


def to_ras(volume: Volume) -> Volume:
    """Return the volume with its axes turned to run right, anterior, superior; no voxel is changed."""
    return _reorient(volume, orient.axcodes2ornt(("R", "A", "S")))


def to_grid_of(volume: Volume, space: Space) -> Volume:
    """Permute and flip a volume's axes to run as those of another description of the same grid.

    Raises:
        GeometryError: the two are not the same grid.
    """
    turned = _reorient(volume, orient.io_orientation(space.affine))
    if turned.space.shape != space.shape or not np.allclose(turned.space.affine, space.affine, atol=1e-3):
        msg = f"a volume on {turned.space} cannot be written on {space}; resample it first"
        raise GeometryError(msg)
    return Volume(turned.array, space)


def _reorient(volume: Volume, wanted: np.ndarray) -> Volume:
    transform, space = _turn(volume.space, wanted)
    return Volume(np.ascontiguousarray(orient.apply_orientation(volume.array, transform)), space)


def _turn(space: Space, wanted: np.ndarray) -> tuple[np.ndarray, Space]:
    """Return how axes are permuted and flipped to run as wanted, and the grid whose axes are."""
    transform = orient.ornt_transform(orient.io_orientation(space.affine), wanted)
    x, y, z = (space.shape[axis] for axis in np.argsort(transform[:, 0]))
    return transform, Space((x, y, z), space.affine @ orient.inv_ornt_aff(transform, space.shape), space.atlas)


def ras_grid(space: Space) -> Space:
    """Return the description of a grid in RAS+ orientation: what `to_ras` does, without an array."""
    return _turn(space, orient.axcodes2ornt(("R", "A", "S")))[1]


def axis_directions(space: Space) -> str:
    """Return where the axes of a grid run, such as `RAS` or `LPS`.

    Example:
        >>> axis_directions(Space((2, 2, 2), np.diag([-1.0, -1.0, 1.0, 1.0])))
        'LPS'
    """
    return "".join(orient.aff2axcodes(space.affine))
