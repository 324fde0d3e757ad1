"""Where the voxels of a volume lie in the patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from braintumornet.core.text.errors import GeometryError

AFFINE_TOLERANCE_MM = 1e-3
FLOAT32_ROUNDING = 1e-6  # relative; NIfTI-1 stores affines so

Shape = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Space:
    """A voxel grid: its shape and the affine from voxel indices to RAS+ millimetres.

    Two spaces are equal when shapes and atlas agree and no entry of the affines differs by more than 0.001, or by more
    than a thousandth of the smallest voxel edge where that is below 1 mm.

    Args:
        shape: voxels along each axis.
        affine: (4, 4) matrix; voxel centre (i, j, k, 1) to (right, anterior, superior, 1) in mm.
        atlas: name of the atlas that the patient was aligned to, if any.
        header: what the file that was read says of it in its own words and units, for files written on the same grid.

    Example:
        >>> Space((2, 2, 2), np.diag([1.0, 2.0, 3.0, 1.0])).spacing_mm
        (1.0, 2.0, 3.0)
    """

    shape: Shape
    affine: np.ndarray
    atlas: str | None = None
    header: Mapping[str, Any] | None = None

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxel centres along each axis."""
        x, y, z = np.sqrt((self.affine[:3, :3] ** 2).sum(axis=0))
        return float(x), float(y), float(z)

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel in millilitres, also where axes do not meet at right angles."""
        return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000

    @property
    def diagonal_mm(self) -> float:
        """Length of the image's diagonal: the largest distance that two of its voxels can have."""
        return float(np.linalg.norm(np.multiply(self.shape, self.spacing_mm)))

    def corners_mm(self) -> np.ndarray:
        """Return where the centres of the eight outermost voxels lie, (8, 3)."""
        corners = np.array(np.meshgrid(*((0, size - 1) for size in self.shape))).reshape(3, -1)  # (3, 8)
        return np.asarray((self.affine[:3, :3] @ corners).T + self.affine[:3, 3])

    def cut(self, box: Sequence[slice]) -> "Space":
        """Return the grid of a box of its voxels.

        Example:
            >>> print(Space((4, 4, 4), np.diag([2.0, 2.0, 2.0, 1.0])).cut([slice(1, 3)] * 3))
            2 x 2 x 2 voxels of 2 x 2 x 2 mm, first voxel at (2, 2, 2) mm
        """
        affine = self.affine.copy()
        affine[:3, 3] += affine[:3, :3] @ [side.start for side in box]
        d, h, w = (side.stop - side.start for side in box)
        return Space((d, h, w), affine, self.atlas)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space):
            return NotImplemented
        return (
            self.shape == other.shape
            and self.atlas == other.atlas
            and np.allclose(self.affine, other.affine, rtol=0, atol=self._tolerance_mm)
        )

    @property
    def _tolerance_mm(self) -> float:
        rounding_mm = FLOAT32_ROUNDING * float(np.abs(self.affine).max())
        return min(AFFINE_TOLERANCE_MM, max(AFFINE_TOLERANCE_MM * min(self.spacing_mm), rounding_mm))

    __hash__ = None  # type: ignore[assignment]  # equality has a tolerance

    def __str__(self) -> str:
        spacing = " x ".join(f"{mm:g}" for mm in np.round(self.spacing_mm, 3))
        origin = ", ".join(f"{mm:g}" for mm in np.round(self.affine[:3, 3], 2))
        return f"{' x '.join(map(str, self.shape))} voxels of {spacing} mm, first voxel at ({origin}) mm"


def spacing_text(spacing_mm: Sequence[float]) -> str:
    """Return the size of a voxel as people write it.

    Example:
        >>> spacing_text((1.0, 1.0, 5.5))
        '1 x 1 x 5.5 mm'
    """
    return " x ".join(f"{mm:.3g}" for mm in spacing_mm) + " mm"


def require_same_space(found: Space, expected: Space, what: str, reference: str) -> None:
    """Refuse two volumes that do not lie on one grid.

    Raises:
        GeometryError: names both volumes and both grids.
    """
    if found != expected:
        msg = (
            f"{what} and {reference} lie on different grids: {found}; {expected}. Resample one to the other before use."
        )
        raise GeometryError(msg)
