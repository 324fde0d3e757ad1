"""Smooth random fields and soft edges: what anatomy and tumours are shaped with.

Lengths are relative: a field of view runs from -1 to 1 along each axis, whatever its voxels are. A field is
drawn on a coarse grid and interpolated, so one seed gives one head at any resolution.
"""

import numpy as np
from scipy.interpolate import BSpline

from braintumornet.core.space import Shape

# a cubic B-spline's weights at one point have squares that sum to 151/315 on average
_STANDARD_DEVIATION = (151 / 315) ** 1.5


def axis_positions(voxels: int) -> np.ndarray:
    """Return the positions of the voxel centres along an axis: (voxels,), within -1 and 1."""
    positions: np.ndarray = (np.arange(voxels) + 0.5) * 2 / voxels - 1
    return positions


def voxel_length(shape: Shape) -> float:
    """Return the relative edge length of a voxel, the mean over the axes."""
    return float(np.mean([2 / voxels for voxels in shape]))


def smooth_noise(rng: np.random.Generator, shape: Shape, cells: int) -> np.ndarray:
    """Draw a smooth field of mean 0 and standard deviation about 1.

    Args:
        rng: random stream; how much is taken from it does not depend on the shape.
        shape: voxels of the field (D, H, W).
        cells: cells of the coarse grid along each axis; more give finer noise.

    Returns:
        float32 array (D, H, W).
    """
    knots = np.arange(-3, cells + 4)
    field = rng.standard_normal((cells + 3,) * 3) / _STANDARD_DEVIATION
    for voxels in shape:
        basis = BSpline.design_matrix((axis_positions(voxels) + 1) / 2 * cells, knots, 3).toarray()
        field = np.tensordot(field, basis, axes=(0, 1))  # (a, b, c) -> (b, c, voxels)
    return field.astype(np.float32)


def soft_step(distance: np.ndarray, width: float) -> np.ndarray:
    """Return 0 far below zero, 1 far above and 0.5 at zero; it rises over about twice the width."""
    step: np.ndarray = 0.5 + 0.5 * np.tanh(distance / width)
    return step


def ellipsoid(position: np.ndarray, centre: tuple[float, ...], radii: tuple[float, ...]) -> np.ndarray:
    """Return about how deep each point lies in an ellipsoid; negative outside.

    Args:
        position: coordinates (3, D, H, W).
        centre: of the ellipsoid.
        radii: along the axes.

    Returns:
        array (D, H, W), in the unit of the coordinates.
    """
    squares = sum(((position[axis] - centre[axis]) / radii[axis]) ** 2 for axis in range(3))
    depth: np.ndarray = (1 - np.sqrt(squares)) * min(radii)
    return depth
