"""The grid that a prepared case is written on."""

from typing import Literal

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.registration.head_mask import head_mask
from braintumornet.prepare.registration.pyramid import isotropic
from braintumornet.volumes.volume import Volume

BRATS_GRID = Space((240, 240, 155), np.array([[-1.0, 0, 0, 0], [0, -1, 0, 239], [0, 0, 1, 0], [0, 0, 0, 1]]))
"""Of BraTS since 2013: 1 mm, voxel order LPS."""

OutputSpace = Literal["atlas", "native", "original"]

_MARGIN_MM = 5.0
_COARSE_MM = 4.0


def native_grid(reference: Volume, spacing_mm: float = 1.0) -> Space:
    """Return an isotropic RAS+ grid over the head of a patient, whose axes are those of the scanner.

    It covers the head down to 180 mm below the vertex with 5 mm around it, as far as the image goes.

    Args:
        reference: the sequence that the others are brought to, RAS+ orientation.
        spacing_mm: of the grid.

    Example:
        >>> head = np.pad(np.ones((10, 10, 10), np.float32), 5)
        >>> native_grid(Volume(head, Space((20, 20, 20), np.diag([10.0, 10.0, 10.0, 1.0])))).spacing_mm
        (1.0, 1.0, 1.0)
    """
    coarse = head_mask(isotropic(reference, _COARSE_MM), _MARGIN_MM)
    points = np.argwhere(coarse.array) @ coarse.space.affine[:3, :3].T + coarse.space.affine[:3, 3]
    half = _COARSE_MM / 2
    field = reference.space.corners_mm()
    low = np.maximum(points.min(axis=0) - half, field.min(axis=0) - half)
    high = np.minimum(points.max(axis=0) + half, field.max(axis=0) + half)
    low = np.floor(low / spacing_mm) * spacing_mm
    x, y, z = (int(n) for n in np.ceil((high - low) / spacing_mm).astype(int) + 1)
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = low
    return Space((x, y, z), affine)


def output_grid(space: OutputSpace, reference: Volume, original: Space, atlas: Space | None = None) -> Space:
    """Return the grid that a case is written on, in the axis order of its files.

    Args:
        space: `atlas` (that of the atlas), `native` (1 mm isotropic, as the patient lay), or `original` (that of the
            reference itself, on which nothing but the other sequences is interpolated).
        reference: the sequence that the others are brought to, RAS+ orientation.
        original: its grid as its file has it.
        atlas: grid of the atlas; needed for `atlas`.

    Raises:
        ValueError: `atlas` without the grid of one.
    """
    if space == "atlas":
        if atlas is None:
            msg = "the output space 'atlas' needs the grid of an atlas"
            raise ValueError(msg)
        return atlas
    return original if space == "original" else native_grid(reference)
