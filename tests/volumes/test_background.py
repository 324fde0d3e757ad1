"""A background that is one value becomes zero; nothing else changes."""

import numpy as np
import pytest

from braintumornet.volumes.background import clear_background


@pytest.fixture
def head() -> np.ndarray:
    """A ball of tissue that reaches no face, with zero around it."""
    inside = np.linalg.norm(np.indices((24, 24, 24)) - 11.5, axis=0) < 9
    return np.where(inside, np.random.default_rng(1).integers(20, 200, (24, 24, 24)), 0).astype(np.float32)


def surrounded(head: np.ndarray, value: float | np.ndarray) -> np.ndarray:
    return np.where(head == 0, value, head).astype(np.float32)


def test_a_background_of_zero_stays_as_it_is(head):
    cleared = clear_background(head)
    assert cleared.array is head
    assert cleared.found == ""


@pytest.mark.parametrize("value", [-0.5, -1024, 1, 500])
def test_another_constant_becomes_zero(head, value):
    cleared = clear_background(surrounded(head, value))
    assert cleared.found == f"is {value:g}, not zero"
    np.testing.assert_array_equal(cleared.array != 0, head != 0)
    inside = head != 0
    np.testing.assert_allclose(cleared.array[inside], head[inside] - value, atol=1e-4)


def test_tissue_with_the_value_of_the_background_stays_tissue(head):
    cleared = clear_background(surrounded(head, 100))
    assert (head[10:14, 10:14, 10:14] == 100).any()
    assert np.all(cleared.array[10:14, 10:14, 10:14] != 0)


def test_the_least_z_score_of_a_whole_image_is_its_background(head):
    cleared = clear_background((head - head.mean()) / head.std())
    np.testing.assert_array_equal(cleared.array != 0, head != 0)


def test_z_scores_within_the_brain_stay_as_they_are(head):
    inside = head != 0
    scores = np.where(inside, (head - head[inside].mean()) / head[inside].std(), 0).astype(np.float32)
    assert clear_background(scores).array is scores


def test_values_that_are_no_numbers_around_the_head_become_zero(head):
    cleared = clear_background(surrounded(head, np.nan))
    assert cleared.found == "is not a number, not zero"
    np.testing.assert_array_equal(cleared.array, head)


def test_values_that_are_no_numbers_within_the_head_stay(head):
    head[12, 12, 12] = np.nan
    assert np.isnan(clear_background(head).array).sum() == 1


def test_what_resampling_leaves_of_an_empty_background_becomes_zero(head):
    dust = np.random.default_rng(2).uniform(-1e-3, 1e-3, head.shape)
    cleared = clear_background((head + dust).astype(np.float32))
    assert cleared.found == "is within 0.001 of 0"
    np.testing.assert_array_equal(cleared.array != 0, head != 0)


def test_the_noise_of_a_scanner_stays(head):
    noisy = np.abs(head + np.random.default_rng(3).normal(0, 4, head.shape)).astype(np.float32)
    assert clear_background(noisy).array is noisy


@pytest.mark.parametrize("most", [0, 1, 3])
def test_whole_numbers_of_a_scanner_s_noise_are_no_constant(head, most):
    counts = np.random.default_rng(4).choice([most, 4, 5, 6], p=[0.55, 0.15, 0.15, 0.15], size=head.shape)
    noisy = surrounded(head, counts)
    assert clear_background(noisy).array is noisy


@pytest.mark.filterwarnings("error")
def test_infinite_values_around_the_head_stay_for_others_to_refuse(head):
    endless = surrounded(head, np.inf)
    assert clear_background(endless).array is endless


def test_a_frame_of_one_voxel_becomes_zero_with_what_it_frames(head):
    cleared = clear_background(np.pad(head, 1, constant_values=500))
    assert cleared.found == "is 500, not zero"
    np.testing.assert_array_equal(cleared.array != 0, np.pad(head, 1) != 0)


def test_a_frame_around_the_frame_becomes_zero_too(head):
    framed = np.pad(surrounded(head, -1024), 4)
    cleared = clear_background(framed)
    assert cleared.found == "is -1024, not zero"
    np.testing.assert_array_equal(cleared.array != 0, np.pad(head, 4) != 0)


def test_an_image_cut_to_the_brain_has_its_background_in_the_corners(head):
    cut = surrounded(head, -1024)[3:21, 3:21, 3:21]
    np.testing.assert_array_equal(clear_background(cut).array != 0, head[3:21, 3:21, 3:21] != 0)


def test_an_image_of_one_value_stays_as_it_is():
    image = np.full((8, 8, 8), 7, np.float32)
    assert clear_background(image).array is image
    assert clear_background(np.full((8, 8, 8), np.nan, np.float32)).found == "is not a number, not zero"
