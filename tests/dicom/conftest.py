"""Series on disk for objects that refer to them: classic and enhanced, in every plane."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.dicom.series_grid import SeriesGrid, read_series

from ..prepare.write_dicom import T1C, head_phantom, write_series

PLANES = {"axial": "axial", "sagittal": "sagittal", "coronal": "coronal", "oblique": None}

MakeSeries = Callable[..., SeriesGrid]


@pytest.fixture
def make_series(tmp_path: Path) -> MakeSeries:
    """Write a T1c series of a phantom and read its grid."""

    def make(plane: str = "axial", enhanced: bool = False, **others: object) -> SeriesGrid:
        volume = head_phantom((48, 40, 24), 4.0, oblique_deg=25 if plane == "oblique" else 0)
        folder = tmp_path / f"series-{plane}-{enhanced}"
        write_series(volume, folder, header=T1C, number=4, plane=PLANES[plane], enhanced=enhanced, **others)
        return read_series(folder)

    return make


def ball(space: Space, centre_mm: np.ndarray, radius_mm: float) -> np.ndarray:
    """Return the voxels within a ball, bool (D, H, W)."""
    index = np.indices(space.shape).reshape(3, -1)
    mm = space.affine[:3, :3] @ index + space.affine[:3, 3:]
    return (np.linalg.norm(mm - np.reshape(centre_mm, (3, 1)), axis=0) < radius_mm).reshape(space.shape)


def middle_mm(space: Space) -> np.ndarray:
    """Return the middle of a grid."""
    return space.affine[:3, :3] @ (np.array(space.shape) - 1) / 2 + space.affine[:3, 3]


def lesions(space: Space) -> np.ndarray:
    """Return a shell around a hole, and two lesions apart from it: bool (D, H, W)."""
    middle = middle_mm(space)
    shell = ball(space, middle, 26) & ~ball(space, middle, 12)
    return shell | ball(space, np.add(middle, (45, 20, 10)), 12) | ball(space, np.add(middle, (-45, -20, -12)), 9)
