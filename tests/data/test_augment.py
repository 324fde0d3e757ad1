"""Drawing and applying are apart: the same parameters give the same patch."""

import numpy as np
import pytest

from braintumornet.data.augment import Augmentation, draw_augmentation, vary_intensity
from braintumornet.data.settings import AugmentSettings

STRONG = AugmentSettings(
    flip=(0.5, 0.5, 0.5),
    turn=1.0,
    rotation_degrees=30,
    scale=(0.8, 1.2),
    shift_sd=0.3,
    gain_sd=0.3,
    gamma_sd=0.3,
    noise_sd=0.3,
    blur_voxels=1.0,
)


@pytest.fixture
def image() -> np.ndarray:
    image = np.random.default_rng(0).normal(size=(2, 8, 8, 8)).astype(np.float32)
    image[:, :2] = 0
    return image


def draw(seed: int, settings: AugmentSettings = STRONG) -> Augmentation:
    return draw_augmentation(np.random.default_rng(seed), settings, sequences=2)


def test_the_same_parameters_give_the_same_patch(image: np.ndarray) -> None:
    augmentation = draw(1)
    assert np.array_equal(vary_intensity(image, augmentation), vary_intensity(image, augmentation))


def test_the_defaults_change_nothing(image: np.ndarray) -> None:
    augmentation = draw(1, AugmentSettings())
    assert np.array_equal(augmentation.matrix, np.eye(3))
    assert np.array_equal(vary_intensity(image, augmentation), image)


def test_what_is_not_brain_stays_zero(image: np.ndarray) -> None:
    varied = vary_intensity(image, draw(2))
    assert np.all(varied[:, :2] == 0)
    assert not np.allclose(varied[:, 2:], image[:, 2:])


def test_the_input_is_not_changed(image: np.ndarray) -> None:
    before = image.copy()
    vary_intensity(image, draw(3))
    assert np.array_equal(image, before)


def test_the_matrix_turns_and_scales_within_its_limits() -> None:
    for seed in range(30):
        factor = np.cbrt(abs(np.linalg.det(draw(seed).matrix)))
        assert 1 / 1.2 - 1e-9 <= factor <= 1 / 0.8 + 1e-9


def test_gain_and_shift_are_as_drawn(image: np.ndarray) -> None:
    augmentation = draw(4, AugmentSettings(gain_sd=0.3, shift_sd=0.3))
    expected = image[1, 4] * augmentation.gain[1] + augmentation.shift[1]
    np.testing.assert_allclose(vary_intensity(image, augmentation)[1, 4], expected, rtol=1e-5)


def test_gamma_bends_but_keeps_mean_and_spread(image: np.ndarray) -> None:
    augmentation = draw(5, AugmentSettings(gamma_sd=0.3))
    varied = vary_intensity(image, augmentation)
    assert not np.allclose(varied[:, 2:], image[:, 2:], atol=1e-3)
    for before, after in zip(image[:, 2:], varied[:, 2:], strict=True):
        assert after.mean() == pytest.approx(before.mean(), abs=1e-4)
        assert after.std() == pytest.approx(before.std(), rel=1e-4)
