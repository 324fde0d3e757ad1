"""Where the voxels of a grid lie in a head."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Shape, Space
from braintumornet.phantom.smooth_noise import Axes, smooth_noise
from braintumornet.volumes.brain import Box

Triple = Sequence[float] | np.ndarray

BRAIN_SIZE_MM = (150.0, 182.0, 150.0)  # a large brain, tilted: right-left, posterior-anterior, inferior-superior
HEAD_SIZE_MM = (190.0, 224.0, 214.0)  # the same with skull and scalp


@dataclass(frozen=True, eq=False)
class Head:
    """An individual's head on a grid.

    The template's coordinates run right, anterior and superior in mm from the middle of an adult's brain.

    Args:
        axes: positions of the voxels along each axis of the grid, in mm of the head.
        voxel_mm: mean edge of a voxel, in mm of the head.
        position: where each voxel lies in the template (3, D, H, W).
    """

    axes: Axes
    voxel_mm: float
    position: np.ndarray

    @cached_property
    def _extent(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The least and the largest template coordinate in each slice, along each axis."""
        other = ((1, 2), (0, 2), (0, 1))
        return [(c.min(axis=o), c.max(axis=o)) for c, o in zip(self.position, other, strict=True)]

    def box(self, centre: Triple, reach_mm: Triple | float) -> Box:
        """Return a box that holds every voxel within a distance of a point of the template along each axis."""
        slices = []
        reaches = np.broadcast_to(reach_mm, 3)
        for (least, largest), middle, reach in zip(self._extent, centre, reaches, strict=True):
            near = np.flatnonzero((largest >= middle - reach) & (least <= middle + reach))
            slices.append(slice(int(near[0]), int(near[-1]) + 1) if near.size else slice(0, 0))
        return slices[0], slices[1], slices[2]

    def cut(self, box: Box) -> "Head":
        """Return the part of the head in a box."""
        x, y, z = (axis[part] for axis, part in zip(self.axes, box, strict=True))
        return Head((x, y, z), self.voxel_mm, self.position[(slice(None), *box)])

    def moved(self, position: np.ndarray) -> "Head":
        """Return the head with its voxels elsewhere in the template (3, D, H, W)."""
        return Head(self.axes, self.voxel_mm, position)


def shape_for_head(spacing_mm: float, skull: bool = False) -> Shape:
    """Return how many voxels of a size hold any head, whole multiples of 8, at least 24.

    Example:
        >>> shape_for_head(1.0)
        (152, 184, 152)
    """
    needed = HEAD_SIZE_MM if skull else BRAIN_SIZE_MM
    x, y, z = (max(24, 8 * int(np.ceil(size / spacing_mm / 8))) for size in needed)
    return x, y, z


def draw_head(rng: np.random.Generator, space: Space, age_years: float, needed_mm: Sequence[float]) -> Head:
    """Draw an individual's head: its tilt, its size, its shape.

    Args:
        rng: random stream.
        space: the grid, axes along those of the patient, its centre at 0 mm.
        age_years: a child's head is smaller.
        needed_mm: field of view that a head needs; a smaller one gets a smaller head.
    """
    fit = min(1.0, float(np.min(np.multiply(space.shape, space.spacing_mm) / np.asarray(needed_mm))))
    axes = [
        (np.arange(voxels) - (voxels - 1) / 2) * spacing / fit
        for voxels, spacing in zip(space.shape, space.spacing_mm, strict=True)
    ]
    turn = Rotation.from_euler("xyz", rng.normal(0, 2.5, 3).clip(-6, 6), degrees=True).as_matrix()
    growth = 1 - 0.10 * float(np.exp(-age_years / 4))
    size = growth * rng.normal(1, 0.025, 3).clip(0.93, 1.05) * float(np.clip(rng.normal(1, 0.02), 0.95, 1.04))
    matrix = (turn / size[:, None]).astype(np.float32)
    position = np.empty((3, *space.shape), np.float32)
    x, y, z = np.ix_(*(axis.astype(np.float32) for axis in axes))
    for axis, (of_x, of_y, of_z) in enumerate(matrix):
        position[axis] = of_x * x + of_y * y + of_z * z
        position[axis] += np.float32(1.6) * smooth_noise(rng, (axes[0], axes[1], axes[2]), 42)
    return Head((axes[0], axes[1], axes[2]), float(np.mean(space.spacing_mm)) / fit, position)
