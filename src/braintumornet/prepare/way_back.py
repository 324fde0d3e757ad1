"""From the output grid back to the grid of any original series: masks and probabilities, by the stored transform.

With the matrix of a sequence as the record has it (`output_to_sequence_mm`), the last argument is its inverse. The same
functions carry an outline that was drawn on a series to the output grid, with the matrix as it is.
"""

import warnings

import numpy as np

from braintumornet.core.space import Shape, Space
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.prepare.registration.resample_once import resample_once
from braintumornet.volumes.box import cut_box
from braintumornet.volumes.brain import Box, box_around
from braintumornet.volumes.volume import Volume

_MARGIN_VOXELS = 6  # beyond which the cubic spline of a mask is zero for all that matters


def carry_probabilities(probabilities: Volume, grid: Space, grid_to_volume_mm: np.ndarray) -> Volume:
    """Return probabilities at the voxel centres of another grid.

    Args:
        probabilities: float volume from 0 to 1.
        grid: such as that of an original series.
        grid_to_volume_mm: (4, 4) from a point of the grid to the same point of the volume, RAS+ mm.

    Returns:
        float32 volume from 0 to 1; zero outside the field of view of the first.

    Example:
        >>> even = Volume(np.full((8, 8, 8), 0.25, np.float32), Space((8, 8, 8), np.eye(4)))
        >>> carry_probabilities(even, Space((2, 2, 2), np.eye(4)), np.eye(4)).array.mean().round(6)
        np.float32(0.25)
    """
    return resample_once(probabilities, grid, grid_to_volume_mm)


def carry_labels(labels: Volume, grid: Space, grid_to_labels_mm: np.ndarray) -> Volume:
    """Return labels at the voxel centres of another grid.

    Each label's membership (1 inside, 0 outside) is interpolated by itself, and a voxel takes the label that has most;
    numbers between two labels never arise.

    Args:
        labels: whole numbers, or a boolean mask.
        grid: such as that of an original series.
        grid_to_labels_mm: (4, 4) from a point of the grid to the same point of the labels, RAS+ mm.

    Returns:
        volume of the labels' own type.

    Raises:
        InputError: the labels are no whole numbers.

    Warns:
        InputWarning: a label has voxels, but none on the other grid, because the structure is smaller than a voxel
            there or lies outside.

    Example:
        >>> drawn = Volume(np.pad(np.full((4, 4, 4), 3, np.uint8), 4), Space((12, 12, 12), np.eye(4)))
        >>> coarse = Space((6, 6, 6), np.diag([2.0, 2.0, 2.0, 1.0]))
        >>> np.unique(carry_labels(drawn, coarse, np.eye(4)).array).tolist()
        [0, 3]
    """
    array = labels.array
    if array.dtype.kind not in "biu" and not np.array_equal(array, np.round(array)):
        msg = "holds values that are no whole numbers; expected labels, carry probabilities as probabilities"
        raise InputError(msg)
    carried = Volume(np.zeros(grid.shape, array.dtype), grid)
    values = [value for value in np.unique(array) if value != 0]
    if not values:
        return carried
    inner = _cut_out(labels)
    reached = _box_reached(inner.space, grid, grid_to_labels_mm)
    part = Space(_sizes(reached), _moved_origin(grid, [side.start for side in reached]))
    if min(part.shape) > 0:
        carried.array[reached] = _most_of_each(inner, values, part, grid_to_labels_mm)
    _warn_of_lost(values, carried)
    return carried


def _most_of_each(labels: Volume, values: list[np.generic], part: Space, part_to_labels_mm: np.ndarray) -> np.ndarray:
    """Return the label (D, H, W) of which each voxel has most, the background among them."""
    found = np.zeros(part.shape, labels.array.dtype)
    most = _membership(labels, 0, part, part_to_labels_mm)
    for value in values:
        share = _membership(labels, value, part, part_to_labels_mm)
        found[share > most] = value
        most = np.maximum(most, share)
    return found


def _membership(labels: Volume, value: np.generic | int, grid: Space, grid_to_labels_mm: np.ndarray) -> np.ndarray:
    inside = Volume((labels.array == value).astype(np.float32), labels.space)
    return resample_once(inside, grid, grid_to_labels_mm).array


def _cut_out(labels: Volume) -> Volume:
    """Return the labels' box with background all around it, so that the spline of their edge is whole."""
    box = box_around(labels.array != 0)
    start = [side.start - _MARGIN_VOXELS for side in box]
    x, y, z = (size + 2 * _MARGIN_VOXELS for size in _sizes(box))
    return Volume(cut_box(labels.array, start, (x, y, z)), Space((x, y, z), _moved_origin(labels.space, start)))


def _sizes(box: Box) -> Shape:
    x, y, z = (side.stop - side.start for side in box)
    return x, y, z


def _moved_origin(space: Space, start: list[int]) -> np.ndarray:
    affine = space.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ start
    return affine


def _box_reached(labels: Space, grid: Space, grid_to_labels_mm: np.ndarray) -> Box:
    """Return which box of a grid the labels' box can reach; empty where it lies outside."""
    to_grid = np.linalg.inv(grid_to_labels_mm @ grid.affine)
    index = labels.corners_mm() @ to_grid[:3, :3].T + to_grid[:3, 3]
    low = np.clip(np.floor(index.min(axis=0)) - 1, 0, grid.shape).astype(int)
    high = np.maximum(low, np.clip(np.ceil(index.max(axis=0)) + 2, 0, grid.shape).astype(int))
    x, y, z = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return x, y, z


def _warn_of_lost(values: list[np.generic], carried: Volume) -> None:
    lost = [value for value in values if not (carried.array == value).any()]
    if lost:
        names = ", ".join(f"{value:g}" if value.dtype.kind != "b" else "the mask" for value in lost)
        msg = (
            f"label {names} has no voxel on the grid of {carried.space}: it is smaller than a voxel there, or lies "
            "outside its field of view"
        )
        warnings.warn(msg, InputWarning, stacklevel=3)
