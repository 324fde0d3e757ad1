import numpy as np

from braintumornet.phantom.relaxation.fractal_noise import fractal_noise


def axes(spacing_mm):
    return tuple(np.arange(-60, 60, spacing_mm) for _ in range(3))


def test_mean_and_standard_deviation_are_about_0_and_1():
    fields = [fractal_noise(np.random.default_rng(seed), axes(4.0), 20) for seed in range(6)]
    assert abs(np.mean(fields)) < 0.1
    assert 0.85 < np.std(fields) < 1.15


def test_the_same_field_at_any_resolution():
    coarse = fractal_noise(np.random.default_rng(1), axes(8.0), 20)
    fine = fractal_noise(np.random.default_rng(1), axes(4.0), 20)
    np.testing.assert_allclose(fine[::2, ::2, ::2], coarse, atol=1e-4)


def test_more_octaves_are_rougher():
    smooth, rough = (fractal_noise(np.random.default_rng(2), axes(2.0), 24, octaves) for octaves in (1, 4))
    assert np.abs(np.diff(rough, axis=0)).mean() > 1.5 * np.abs(np.diff(smooth, axis=0)).mean()
