import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError
from braintumornet.volumes.volume import Volume, ras_grid, to_grid_of, to_ras

DIRECTIONS = ["RAS", "LAS", "LPS", "PIR", "oblique"]


def value_at(volume: Volume, mm: np.ndarray) -> float:
    index = np.linalg.inv(volume.space.affine) @ [*mm, 1]
    return volume.array[tuple(np.rint(index[:3]).astype(int))]


@pytest.mark.parametrize("name", DIRECTIONS)
def test_every_voxel_keeps_its_value_and_place(volume_in, name):
    volume = volume_in(name)
    turned = to_ras(volume)
    assert nib.aff2axcodes(turned.space.affine) == ("R", "A", "S")
    for index in [(0, 0, 0), (9, 0, 0), (2, 7, 5), (9, 11, 8)]:
        mm = (volume.space.affine @ [*index, 1])[:3]
        assert value_at(turned, mm) == volume.array[index]


@pytest.mark.parametrize("name", DIRECTIONS)
def test_there_and_back_is_exact(volume_in, name):
    volume = volume_in(name)
    back = to_grid_of(to_ras(volume), volume.space)
    np.testing.assert_array_equal(back.array, volume.array)
    assert back.space == volume.space


@pytest.mark.parametrize("name", DIRECTIONS)
def test_ras_grid_is_the_grid_of_to_ras(volume_in, name):
    volume = volume_in(name)
    assert ras_grid(volume.space) == to_ras(volume).space


def test_another_grid_is_refused(volume_in):
    volume = volume_in("RAS")
    shifted = Space(volume.space.shape, volume.space.affine + np.eye(4)[[3, 3, 3, 3]])
    with pytest.raises(GeometryError, match=r"cannot be written on .* resample it first"):
        to_grid_of(volume, shifted)


def test_array_and_grid_must_have_one_shape():
    with pytest.raises(GeometryError, match=r"\(2, 2, 2\) voxels does not fit the grid of \(2, 2, 3\)"):
        Volume(np.zeros((2, 2, 2)), Space((2, 2, 3), np.eye(4)))
