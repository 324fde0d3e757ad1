"""Smooth fields over a patch: cubic B-splines with few control points, evaluated in torch on any device.

Along an axis the first voxel's centre lies at the start of the first cell and the last voxel's at the end of the last
one; `cells` cells have `cells + 3` control points.
"""

import numpy as np
import torch
from scipy.interpolate import BSpline

from braintumornet.core.space import Shape


def count_cells(extent_mm: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Return how many cells of about this size fill each axis, one at least: int (3,)."""
    return np.maximum(1, np.round(extent_mm / spacing_mm)).astype(int)


def linear_knots(cells: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return the control points of a linear function.

    Args:
        cells: (3,).
        faces: (3,) what each axis adds at the last voxel; it takes as much away at the first.

    Returns:
        array (a, b, c).
    """
    axes = [face * (2 * np.arange(-1, n + 2) / n - 1) for n, face in zip(cells, faces, strict=True)]
    return np.asarray(axes[0][:, None, None] + axes[1][:, None] + axes[2])


class SmoothField:
    """Fields over a patch, evaluated block by block so that they need not be held whole.

    Args:
        knots: control points (N, a, b, c).
        shape: voxels (D, H, W) of the patch.
        device: where to evaluate.
    """

    def __init__(self, knots: np.ndarray, shape: Shape, device: torch.device) -> None:
        points = torch.from_numpy(knots).to(device, torch.float32)
        self._planes, rows, columns = (
            _basis(voxels, count - 3).to(device) for voxels, count in zip(shape, knots.shape[1:], strict=True)
        )
        self._coarse = torch.einsum("nabc,hb,wc->anhw", points, rows, columns)

    def block(self, planes: slice, rows: slice = slice(None)) -> torch.Tensor:
        """Return some planes and rows of the fields: float32 (N, planes, rows, W)."""
        field: torch.Tensor = torch.einsum("da,anhw->ndhw", self._planes[planes], self._coarse[:, :, rows])
        return field


def _basis(voxels: int, cells: int) -> torch.Tensor:
    """Return the weight of each control point at each voxel: float32 (voxels, cells + 3)."""
    positions = np.linspace(0, cells, voxels) if voxels > 1 else np.array([cells / 2])
    matrix = BSpline.design_matrix(positions, np.arange(-3, cells + 4), 3).toarray()
    return torch.from_numpy(matrix.astype(np.float32))
