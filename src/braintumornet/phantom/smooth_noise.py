"""Smooth random fields and soft edges: what anatomy and tumours are shaped with.

A field is drawn on a coarse grid of fixed size in mm and interpolated, so one seed gives one head at any resolution.
"""

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import BSpline

Axes = tuple[np.ndarray, np.ndarray, np.ndarray]  # positions of the voxel centres along each axis, in mm

HEAD_REACH_MM = 128.0  # no head is larger to either side of its centre

# a cubic B-spline's weights at one point have squares that sum to 151/315 on average
_STANDARD_DEVIATION = (151 / 315) ** 1.5


def smooth_noise(rng: np.random.Generator, axes: Axes, cell_mm: float, reach_mm: float = HEAD_REACH_MM) -> np.ndarray:
    """Draw a smooth field of mean 0 and standard deviation about 1.

    Args:
        rng: random stream; how much is taken from it does not depend on the grid.
        axes: positions of the voxels along each axis, in mm.
        cell_mm: edge of a cell of the coarse grid; a smaller one gives finer noise.
        reach_mm: the field varies from minus to plus this, and stays what it is at the border beyond.

    Returns:
        float32 array (D, H, W).
    """
    cells = int(np.ceil(2 * reach_mm / cell_mm))
    knots = np.arange(-3, cells + 4)
    field = rng.standard_normal((cells + 3,) * 3, dtype=np.float32) / np.float32(_STANDARD_DEVIATION)
    for axis in axes:
        place = np.clip((axis + reach_mm) / cell_mm, 0, cells - 1e-6)
        basis = BSpline.design_matrix(place, knots, 3).toarray().astype(np.float32)
        field = np.tensordot(field, basis, axes=(0, 1))  # (a, b, c) -> (b, c, voxels)
    return field


def soft_step(distance: np.ndarray, width: float) -> np.ndarray:
    """Return 0 below minus the width, 1 above the width, and between them a straight rise through 0.5 at zero."""
    step: np.ndarray = np.clip(distance * np.float32(0.5 / width) + np.float32(0.5), 0, 1)
    return step


def radial(position: np.ndarray, centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """Return how far each point lies from the centre of an ellipsoid; 1 at its surface.

    Args:
        position: coordinates (3, D, H, W).
        centre: of the ellipsoid.
        radii: along the axes.
    """
    squares = np.zeros(position.shape[1:], np.float32)
    for coordinate, middle, radius in zip(position, centre, radii, strict=True):
        squares += np.square((coordinate - np.float32(middle)) * np.float32(1 / radius))
    distance: np.ndarray = np.sqrt(squares, out=squares)
    return distance


def ellipsoid(position: np.ndarray, centre: Sequence[float], radii: Sequence[float]) -> np.ndarray:
    """Return about how deep each point (3, D, H, W) lies in an ellipsoid, in mm; negative outside."""
    depth: np.ndarray = (1 - radial(position, centre, radii)) * np.float32(min(radii))
    return depth
