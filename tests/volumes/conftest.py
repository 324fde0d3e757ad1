from collections.abc import Callable

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.volumes.volume import Volume

SHAPE = (10, 12, 9)


def _affine(name: str) -> np.ndarray:
    if name != "oblique":
        affine = nib.orientations.inv_ornt_aff(nib.orientations.axcodes2ornt(tuple(name)), SHAPE)
        affine[:3] = np.diag([1.0, 1.5, 3.0]) @ affine[:3]
        affine[:3, 3] += [-20, 7, 30]
        return affine
    affine = np.eye(4)
    cos, sin = np.cos(0.3), np.sin(0.3)
    affine[:3, :3] = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ np.diag([-1.0, 1.5, -3.0])
    affine[:3, 3] = [-20, 7, 30]
    return affine


@pytest.fixture
def volume_in() -> Callable[[str], Volume]:
    """Make a volume of random values whose axes run as named (`RAS`, `LPS`, ...) or are `oblique`."""

    def make(name: str) -> Volume:
        array = np.random.default_rng(0).normal(100, 20, SHAPE).astype(np.float32)
        return Volume(array, Space(SHAPE, _affine(name)))

    return make


@pytest.fixture
def nifti(tmp_path) -> Callable[..., object]:
    """Write an array as a NIfTI file of 1 mm, without this package; the reader applies `slope`."""

    def write(array: np.ndarray, name: str = "a_t1c.nii.gz", slope: float | None = None):
        image = nib.Nifti1Image(array, np.eye(4))
        if slope is not None:
            image.header.set_slope_inter(slope, 0)
        image.to_filename(tmp_path / name)
        return tmp_path / name

    return write
