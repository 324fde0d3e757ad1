import numpy as np
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.volumes.brain import TRIM_PERCENTILES, box_around, brain_from_images, normalise


@pytest.fixture
def brain() -> np.ndarray:
    centred = np.indices((20, 20, 20)) - 9.5
    return np.linalg.norm(centred, axis=0) < 8


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).gamma(9, 30, (20, 20, 20)).astype(np.float32)


def test_the_trimmed_brain_has_mean_0_and_deviation_1(image, brain):
    inside = normalise(image, brain)[brain]
    low, high = np.percentile(inside, TRIM_PERCENTILES)
    trimmed = inside[(inside >= low) & (inside <= high)]
    assert trimmed.mean() == pytest.approx(0, abs=1e-3)
    assert trimmed.std() == pytest.approx(1, abs=1e-3)


def test_outside_the_brain_is_zero(image, brain):
    scaled = normalise(image, brain)
    assert not scaled[~brain].any()
    assert scaled.dtype == np.float32


def test_scale_and_shift_of_the_intensities_do_not_matter(image, brain):
    np.testing.assert_allclose(normalise(image * 7 + 300, brain), normalise(image, brain), atol=1e-3)


def test_a_few_outliers_do_not_shift_the_rest(image, brain):
    spoilt = image.copy()
    spoilt[9, 9, :4] = 1e6
    np.testing.assert_allclose(normalise(spoilt, brain)[10:], normalise(image, brain)[10:], atol=0.02)
    assert normalise(spoilt, brain).max() == 10


@pytest.mark.parametrize("factor", [1e-30, 1e-9, 1e21, 1e35])
def test_the_unit_of_the_grey_levels_does_not_matter(image, brain, factor):
    scaled = normalise((image * np.float64(factor)).astype(np.float32), brain)
    np.testing.assert_allclose(scaled, normalise(image, brain), atol=1e-5)
    np.testing.assert_array_equal(normalise(image * np.float32(2.0**-90), brain), normalise(image, brain))


def test_a_small_spread_about_a_large_value_counts(image, brain):
    np.testing.assert_allclose(normalise(image + 100_000, brain), normalise(image, brain), atol=1e-3)


@pytest.mark.parametrize("value", [0.0, 5.0, 1e-20, 1e21])
def test_an_image_without_contrast_is_refused(image, brain, value):
    flat = np.full_like(image, value)
    flat[0] = 7  # outside the brain
    flat[9, 9, 9] = 2 * value
    with pytest.raises(InputError, match="in nearly all of the brain, so that it shows nothing") as raised:
        normalise(flat, brain)
    assert str(raised.value).startswith(f"is {value:g} in")


def test_a_brain_of_two_voxels_is_numbers(image, brain):
    few = np.zeros_like(brain)
    few[9, 9, 9:11] = True
    np.testing.assert_allclose(np.abs(normalise(image, few)[few]), 1)


def test_an_image_without_brain_is_zero(image, brain):
    assert not normalise(image, np.zeros_like(brain)).any()


def test_the_brain_is_where_any_image_is_not_zero():
    images = [np.array([0, 1, 0, -1]), np.array([0, 0, 2, 1])]
    assert brain_from_images(images).tolist() == [False, True, True, True]


def test_the_box_is_the_smallest_that_holds_the_mask():
    mask = np.zeros((10, 10, 10), dtype=bool)
    mask[2, 3, 4] = mask[5, 3, 8] = True
    assert box_around(mask) == (slice(2, 6), slice(3, 4), slice(4, 9))
    assert mask[box_around(mask)].sum() == mask.sum()


def test_the_margin_is_cut_at_the_edge():
    mask = np.zeros((10, 10, 10), dtype=bool)
    mask[2, 3, 8] = True
    assert box_around(mask, margin=3) == (slice(0, 6), slice(0, 7), slice(5, 10))


def test_an_empty_mask_gives_the_whole_volume():
    assert box_around(np.zeros((3, 4, 5), dtype=bool)) == (slice(0, 3), slice(0, 4), slice(0, 5))
