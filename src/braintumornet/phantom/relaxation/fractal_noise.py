"""Value noise of several octaves: rougher than `smooth_noise`, and of another family."""

import numpy as np

from braintumornet.phantom.smooth_noise import HEAD_REACH_MM, Axes


def fractal_noise(
    rng: np.random.Generator, axes: Axes, cell_mm: float, octaves: int = 3, reach_mm: float = HEAD_REACH_MM
) -> np.ndarray:
    """Draw a field of mean about 0 and standard deviation about 1.

    Uniform numbers on a grid, interpolated linearly; each octave has half the cells and 0.6 of the strength.

    Args:
        rng: random stream; how much is taken from it does not depend on the grid.
        axes: positions of the voxels along each axis, in mm.
        cell_mm: edge of a cell of the coarsest octave.
        octaves: how many.
        reach_mm: the field varies from minus to plus this, and stays what it is at the border beyond.

    Returns:
        float32 array (D, H, W).
    """
    field = np.zeros([axis.size for axis in axes], np.float32)
    power = 0.0
    for octave in range(octaves):
        strength, cell = 0.6**octave, cell_mm / 2**octave
        # a uniform number has variance 1/12; linear weights at one point have squares that sum to 2/3 on average
        field += np.float32(strength / np.sqrt((2 / 3) ** 3 / 12)) * _value_noise(rng, axes, cell, reach_mm)
        power += strength**2
    field /= np.float32(np.sqrt(power))
    return field


def _value_noise(rng: np.random.Generator, axes: Axes, cell_mm: float, reach_mm: float) -> np.ndarray:
    cells = int(np.ceil(2 * reach_mm / cell_mm)) + 1
    field = rng.uniform(-0.5, 0.5, (cells + 1,) * 3).astype(np.float32)
    for axis in axes:
        place = np.clip((axis + reach_mm) / cell_mm, 0, cells - 1e-6)
        weights = np.maximum(1 - np.abs(place[:, None] - np.arange(cells + 1)), 0).astype(np.float32)
        field = np.tensordot(field, weights, axes=(0, 1))  # (a, b, c) -> (b, c, voxels)
    return field
