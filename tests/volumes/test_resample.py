import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.resample import at_spacing, resample
from braintumornet.volumes.volume import Volume, to_ras


def world_mm(space: Space) -> np.ndarray:
    """Return the millimetres of every voxel centre, shape (3, D, H, W)."""
    return (
        np.einsum("ab,bijk->aijk", space.affine[:3, :3], np.indices(space.shape))
        + space.affine[:3, 3, None, None, None]
    )


def make_ball(space: Space, radius_mm: float = 7.0) -> Volume:
    centre = world_mm(space).reshape(3, -1).mean(axis=1) + np.array([1.3, -0.7, 2.1])
    distance = np.linalg.norm(world_mm(space) - centre[:, None, None, None], axis=0)
    return Volume((distance < radius_mm).astype(np.float32), space)


def test_the_same_grid_is_exact(volume_in):
    volume = volume_in("oblique")
    same = Space(volume.space.shape, volume.space.affine.copy())
    np.testing.assert_array_equal(resample(volume, same).array, volume.array)
    assert at_spacing(volume.space, volume.space.spacing_mm) is volume.space


@pytest.mark.parametrize("name", ["RAS", "LPS", "oblique"])
@pytest.mark.parametrize("spacing_mm", [(2.0, 2.0, 2.0), (0.7, 1.0, 1.9)])
def test_world_coordinates_are_kept(volume_in, name, spacing_mm):
    space = volume_in(name).space
    target = at_spacing(space, spacing_mm)
    for axis in range(3):
        found = resample(Volume(world_mm(space)[axis], space), target).array
        inside = (slice(3, -3),) * 3 if min(target.shape) > 8 else (slice(1, -1),) * 3
        np.testing.assert_allclose(found[inside], world_mm(target)[axis][inside], atol=1e-6)


def test_the_field_of_view_keeps_its_centre_and_size():
    space = Space((40, 40, 20), np.diag([1.0, 1.0, 3.0, 1.0]))
    target = at_spacing(space, (2.0, 2.0, 2.0))
    assert target.shape == (20, 20, 30)
    assert target.spacing_mm == pytest.approx((2, 2, 2))
    for grid in (space, target):
        np.testing.assert_allclose(world_mm(grid).reshape(3, -1).mean(axis=1), [19.5, 19.5, 28.5])


@pytest.mark.parametrize("factor", [1.0000001, 0.9999999])
def test_what_the_affine_rounds_off_changes_no_grid(factor):
    spacing_mm = (2.0, 0.3, 7.0)
    for size in range(1, 40):
        exact, rounded = (
            at_spacing(Space((size, size, size), np.diag([mm, mm, mm, 1])), spacing_mm) for mm in (1.0, factor)
        )
        assert exact.shape == rounded.shape
    assert at_spacing(exact, tuple(np.multiply(exact.spacing_mm, factor))) is exact


def test_the_same_spacing_is_relative():
    fine = Space((40, 40, 40), np.diag([0.01, 0.01, 0.01, 1.0]))
    assert at_spacing(fine, (0.0108, 0.0108, 0.0108)).shape == (37, 37, 37)


def test_down_then_up_keeps_the_centre_of_mass():
    space = Space((40, 44, 36), np.eye(4))
    ball = make_ball(space)
    there = resample(ball, at_spacing(space, (2.0, 2.0, 2.0)))
    back = resample(there, space)
    shift = np.subtract(ndimage.center_of_mass(back.array), ndimage.center_of_mass(ball.array))
    assert np.abs(shift).max() < 0.5
    assert back.array.sum() == pytest.approx(ball.array.sum(), rel=0.1)


@pytest.mark.parametrize("order", [0, 1])
def test_only_what_another_grid_reaches_is_sampled_and_the_rest_is_zero(order):
    rng = np.random.default_rng(0)
    for _ in range(20):
        affine = np.eye(4)
        affine[:3, :3] = Rotation.from_rotvec(rng.normal(0, 0.3, 3)).as_matrix() * rng.uniform(0.5, 2, 3)
        affine[:3, 3] = rng.normal(0, 8, 3)
        values = rng.random(rng.integers(3, 9, 3), dtype=np.float32) + 1
        large = Space((21, 14, 17), np.diag([1.1, 0.9, 2.0, 1.0]))
        found = resample(Volume(values, Space(values.shape, affine)), large, order).array
        to_small = np.linalg.inv(affine) @ large.affine
        whole = ndimage.affine_transform(
            values, to_small[:3, :3], to_small[:3, 3], large.shape, order=order, mode="grid-constant"
        )
        np.testing.assert_allclose(found, whole, atol=1e-6)


def test_labels_stay_labels():
    space = Space((20, 20, 20), np.eye(4))
    labels = np.random.default_rng(0).choice([0, 1, 4], space.shape).astype(np.int16)
    found = resample(Volume(labels, space), at_spacing(space, (1.5, 1.5, 1.5)), order=0).array
    assert set(np.unique(found)) == {0, 1, 4}
    assert found.dtype == np.int16


def test_outside_the_field_of_view_is_zero(volume_in):
    volume = to_ras(volume_in("RAS"))
    far = volume.space.affine.copy()
    far[:3, 3] += 1000
    assert not resample(volume, Space(volume.space.shape, far)).array.any()


def test_a_grid_that_does_not_fit_into_the_memory_is_refused():
    metres = Space((240, 240, 155), np.diag([1000.0, 1000, 1000, 1]))  # mistaken for millimetres
    with pytest.raises(
        InputError, match="at 1 x 1 x 1 mm an image takes .* GiB, and .* are free: look at the voxel size"
    ):
        at_spacing(metres, (1, 1, 1))


def test_a_grid_of_hardly_a_voxel_is_refused():
    microns = Space((240, 240, 155), np.diag([0.001, 0.001, 0.001, 1]))  # mistaken for millimetres
    with pytest.raises(InputError, match="at 1 x 1 x 1 mm hardly a voxel is left of it: look at the voxel size"):
        at_spacing(microns, (1, 1, 1))
