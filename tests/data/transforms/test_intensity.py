"""Intensities change as drawn; what is not brain stays zero."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from braintumornet.data.data_settings import AugmentSettings
from braintumornet.data.transforms.augment import Augmentation, draw_augmentation
from braintumornet.data.transforms.intensity import bend_, blur_, coarsen, vary_intensity_

EXTENT_MM = np.full(3, 16.0)
STRONG = AugmentSettings(
    blur_voxels=1.0,
    low_resolution=2.0,
    thick_slices=3.0,
    gamma_sd=0.3,
    contrast_sd=0.3,
    gain_sd=0.3,
    shift_sd=0.3,
    linear_bias_sd=0.3,
    bias_field_sd=0.3,
    noise_sd=0.3,
)


@pytest.fixture
def image() -> Tensor:
    image = np.random.default_rng(0).normal(size=(2, 16, 16, 16)).astype(np.float32)
    image[:, :4] = 0
    return torch.from_numpy(image)


def draw(seed: int, settings: AugmentSettings = STRONG) -> Augmentation:
    return draw_augmentation(np.random.default_rng(seed), settings, np.array([True, True]), EXTENT_MM)


def vary(image: Tensor, augmentation: Augmentation) -> Tensor:
    varied = image.clone()
    vary_intensity_(varied, augmentation)
    return varied


NOTHING = draw(0, AugmentSettings())
KEYS = sorted(set(STRONG.model_fields_set) - {"low_resolution", "thick_slices"})


@pytest.mark.parametrize("key", [*KEYS, "low_resolution", "thick_slices"])
def test_each_variation_changes_something_and_replays_exactly(key: str, image: Tensor) -> None:
    augmentation = draw(2, AugmentSettings(**{key: getattr(STRONG, key), "probability": {"blur": 1.0}}))
    varied = vary(image, augmentation)
    assert torch.equal(varied, vary(image, augmentation))
    assert not torch.allclose(varied[:, 4:], image[:, 4:], atol=1e-3)
    assert not varied[:, :4].any()


def test_everything_together_replays_exactly_and_leaves_zeros(image: Tensor) -> None:
    varied = vary(image, draw(1))
    assert torch.equal(varied, vary(image, draw(1)))
    assert not varied[:, :4].any()
    assert torch.isfinite(varied).all()


def test_nothing_drawn_changes_nothing(image: Tensor) -> None:
    assert torch.equal(vary(image, NOTHING), image)


def test_gain_and_shift_are_as_drawn(image: Tensor) -> None:
    augmentation = draw(4, AugmentSettings(gain_sd=0.3, shift_sd=0.3))
    expected = image[1, 4:] * augmentation.gain[1] + augmentation.shift[1]
    torch.testing.assert_close(vary(image, augmentation)[1, 4:], expected.float())


def test_contrast_stretches_around_the_mean(image: Tensor) -> None:
    image[:, 4:] += 0.7
    varied = vary(image, replace(NOTHING, contrast=np.array([1.5, 1.0])))
    inside = varied[0, 4:]
    assert float(inside.mean()) == pytest.approx(float(image[0, 4:].mean()), abs=1e-5)
    assert float(inside.std()) == pytest.approx(1.5 * float(image[0, 4:].std()), rel=1e-5)
    assert torch.equal(varied[1], image[1])


def test_gamma_bends_but_keeps_mean_and_spread(image: Tensor) -> None:
    varied = vary(image, draw(5, AugmentSettings(gamma_sd=0.3)))
    for before, after in zip(image[:, 4:], varied[:, 4:], strict=True):
        assert not torch.allclose(after, before, atol=1e-2)
        assert float(after.mean()) == pytest.approx(float(before.mean()), abs=1e-4)
        assert float(after.std()) == pytest.approx(float(before.std()), rel=1e-4)
        assert float(after.flatten()[before.flatten().argsort()].diff().min()) > -1e-6  # the order stays


def test_gamma_of_a_bright_patch_starts_at_its_darkest_voxel() -> None:
    bright = torch.tensor([0.0, 2.0, 3.0, 4.0]).view(1, 1, 4)
    bend_(bright, (bright > 0).float(), 2.0)
    _, first, second, third = bright.flatten()  # 0, 1, 4 before mean and SD are restored
    assert float((third - first) / (second - first)) == pytest.approx(4, rel=1e-4)


def test_gamma_leaves_an_empty_patch_alone() -> None:
    empty = torch.zeros(1, 4, 4, 4)
    assert not vary(empty, replace(NOTHING, gamma=np.array([1.4]), contrast=np.array([1.2]))).any()


@pytest.mark.parametrize("sd_voxels", [0.2, 0.6, 1.0, 1.9])
def test_blur_is_gaussian(sd_voxels: float, image: Tensor) -> None:
    expected = ndimage.gaussian_filter(image[0].numpy(), sd_voxels, truncate=2.0)
    blur_(image[0], sd_voxels, torch.empty_like(image[0]))
    np.testing.assert_allclose(image[0], expected, atol=1e-5)


def test_blur_of_fewer_voxels_than_it_reaches_keeps_the_sum() -> None:
    thin = torch.rand(1, 3, 9)
    before = float(thin.sum())
    blur_(thin, 1.0, torch.empty_like(thin))
    assert float(thin.sum()) == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize("axis", range(3))
def test_thick_slices_leave_a_linear_course_and_average_the_rest(axis: int) -> None:
    edges = [1.0, 1.0, 1.0]
    edges[axis] = 4.0
    line = torch.arange(16.0).view([-1 if a == axis else 1 for a in range(3)]).expand(16, 16, 16)
    inside = coarsen(line, tuple(edges)).movedim(axis, 0)[2:-2]
    torch.testing.assert_close(inside, line.movedim(axis, 0)[2:-2])
    comb = (line % 4 == 0).float()
    torch.testing.assert_close(coarsen(comb, tuple(edges)), torch.full_like(comb, 0.25))


def test_larger_voxels_average_what_they_hold(image: Tensor) -> None:
    coarse = coarsen(image[0, 4:], (2.0, 2.0, 2.0))
    assert float(coarse.mean()) == pytest.approx(float(image[0, 4:].mean()), abs=0.02)
    assert float(coarse.std()) < 0.5 * float(image[0, 4:].std())


def test_drift_is_linear_from_face_to_face(image: Tensor) -> None:
    augmentation = draw(6, AugmentSettings(linear_bias_sd=0.3))
    added = (vary(image, augmentation) - image)[0, 4:].numpy()
    steps = [np.diff(added, axis=axis) for axis in range(3)]
    for step in steps:
        np.testing.assert_allclose(step, step.mean(), atol=1e-5)
    added_at_centre = added[3:5, 7:9, 7:9].mean()  # planes 7 and 8 of 16
    assert added_at_centre == pytest.approx(0, abs=1e-5)


def test_drift_is_as_large_as_said() -> None:
    ones = torch.ones(1, 3, 3, 3)
    faces = []
    for seed in range(300):
        drawn = draw_augmentation(
            np.random.default_rng(seed), AugmentSettings(linear_bias_sd=0.2), np.array([True]), EXTENT_MM
        )
        faces.append(float(vary(ones, drawn)[0, 2, 1, 1]) - 1)
    assert np.std(faces) == pytest.approx(0.2, rel=0.1)


def test_a_bias_field_is_smooth() -> None:
    ones = torch.ones(1, 32, 32, 32)
    drawn = draw_augmentation(
        np.random.default_rng(1), AugmentSettings(bias_field_sd=0.3), np.array([True]), np.full(3, 128.0)
    )
    field = vary(ones, drawn)[0] - 1
    assert float(field.std()) > 0.05
    assert float(field.diff(dim=0).abs().max()) < 0.3 * float(field.max() - field.min())


def test_noise_differs_between_voxels_and_sequences() -> None:
    ones = torch.ones(2, 24, 24, 24)
    noise = vary(ones, replace(NOTHING, noise_sd=0.2)) - 1
    assert float(noise.std()) == pytest.approx(0.2, rel=0.02)
    first, second = noise.flatten(1)
    assert abs(float(torch.corrcoef(torch.stack([first, second]))[0, 1])) < 0.03
    assert abs(float(torch.corrcoef(torch.stack([first[1:], first[:-1]]))[0, 1])) < 0.03
    other = vary(ones, replace(NOTHING, noise_sd=0.2, noise_seed=NOTHING.noise_seed + 1)) - 1
    assert abs(float(torch.corrcoef(torch.stack([first, other[0].flatten()]))[0, 1])) < 0.03


def test_a_dropped_sequence_is_empty_and_the_others_are_not_touched(image: Tensor) -> None:
    varied = vary(image, replace(NOTHING, dropped=np.array([False, True])))
    assert torch.equal(varied[0], image[0])
    assert not varied[1].any()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device that torch can use on this machine")
def test_the_accelerator_does_the_same(image: Tensor) -> None:
    quiet = replace(draw(1), noise_sd=0.0)  # its random numbers are its own
    found = vary(image.cuda(), quiet).cpu()
    torch.testing.assert_close(found, vary(image, quiet), atol=1e-4, rtol=1e-4)
    assert torch.equal(*(vary(image.cuda(), draw(1)) for _ in range(2)))
