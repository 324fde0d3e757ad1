import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.prepare.registration.resample_once import resample_once
from braintumornet.prepare.registration.rigid_motion import rotation_about, shift
from braintumornet.prepare.registration.sharpness import sharpness_loss_percent
from braintumornet.volumes.volume import Volume, to_ras

GRID = Space((20, 22, 18), np.diag([1.0, 1.0, 1.5, 1.0]))
TURN = shift(np.array([1.3, -0.4, 2.0])) @ rotation_about((3, 8, -5), np.array([10.0, 11, 13]))


@pytest.fixture(scope="module")
def image() -> Volume:
    rng = np.random.default_rng(0)
    return Volume((100 + 20 * rng.standard_normal(GRID.shape)).astype(np.float32), GRID)


def test_the_grid_of_the_image_gives_the_image(image):
    np.testing.assert_allclose(resample_once(image, GRID, np.eye(4)).array, image.array, rtol=1e-5)


def test_a_matrix_leads_from_the_grid_to_the_image(image):
    found = resample_once(image, GRID, shift(np.array([2.0, 0, 0])))
    np.testing.assert_allclose(found.array[:-2], image.array[2:], rtol=1e-5)
    assert not found.array[-2:].any()  # outside the field of view


def test_slices_of_other_axis_orders_lie_where_they_lay(image):
    flip = np.array([[-1.0, 0, 0, 19], [0, -1, 0, 21], [0, 0, 1, 0], [0, 0, 0, 1]])
    lps = Volume(np.ascontiguousarray(image.array[::-1, ::-1]), Space(GRID.shape, GRID.affine @ flip))
    for other in (lps, to_ras(lps)):
        np.testing.assert_allclose(
            resample_once(other, GRID, TURN).array, resample_once(image, GRID, TURN).array, rtol=1e-4, atol=1e-3
        )


def test_overshoot_is_cut_to_the_grey_levels_of_the_image():
    step = Volume(np.where(np.arange(20)[:, None, None] < 10, 0, 1000) * np.ones(GRID.shape), GRID)
    found = resample_once(step, GRID, TURN).array
    assert found.min() == 0
    assert found.max() == 1000


def test_half_a_slice_beyond_the_outermost_centre_is_still_seen():
    thick = Volume(np.full((6, 6, 4), 7.0), Space((6, 6, 4), np.diag([1.0, 1.0, 5.0, 1.0])))
    column = resample_once(thick, Space((1, 1, 24), shift(np.array([3.0, 3.0, -4.0]))), np.eye(4)).array.ravel()
    seen_mm = np.flatnonzero(column) - 4  # centres at 0, 5, 10, 15 mm
    assert (seen_mm.min(), seen_mm.max()) == (-2, 17)
    np.testing.assert_allclose(column[column > 0], 7, rtol=1e-5)


def test_a_mask_keeps_its_type_and_values(image):
    labels = Volume((image.array > 110).astype(np.uint8) * 4, GRID)
    found = resample_once(labels, GRID, TURN, order=0)
    assert found.array.dtype == np.uint8
    assert set(np.unique(found.array)) == {0, 4}


def test_one_interpolation_keeps_more_than_three():
    from scipy import ndimage

    rng = np.random.default_rng(1)
    space = Space((40, 40, 40), np.eye(4))
    native = Volume(
        (50 + 10 * ndimage.gaussian_filter(rng.standard_normal(space.shape), 0.7)).astype(np.float32), space
    )
    centre = np.full(3, 20.0)
    turn = rotation_about((5, -4, 7), centre)
    once = resample_once(native, space, turn)
    steps = native
    for part in (
        rotation_about((5, 0, 0), centre),
        rotation_about((0, -4, 0), centre),
        rotation_about((0, 0, 7), centre),
    ):
        steps = resample_once(steps, space, part, order=1)
    together = (
        rotation_about((5, 0, 0), centre) @ rotation_about((0, -4, 0), centre) @ rotation_about((0, 0, 7), centre)
    )
    loss = sharpness_loss_percent(native, once, turn)
    assert 0 <= loss < 8
    assert sharpness_loss_percent(native, steps, together) > 2 * loss
    assert sharpness_loss_percent(native, Volume(np.zeros(space.shape), space), turn) == 0  # nothing to compare
