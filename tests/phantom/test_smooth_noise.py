import numpy as np
import pytest

from braintumornet.phantom.smooth_noise import Axes, ellipsoid, smooth_noise, soft_step


def axes(voxels: int, step_mm: float) -> Axes:
    positions = (np.arange(voxels) - (voxels - 1) / 2) * step_mm
    return positions, positions, positions


def test_noise_has_mean_zero_and_standard_deviation_one():
    field = smooth_noise(np.random.default_rng(3), axes(60, 3.0), cell_mm=7)
    assert abs(field.mean()) < 0.05
    assert field.std() == pytest.approx(1, abs=0.05)


def test_noise_is_the_same_at_any_resolution():
    coarse = smooth_noise(np.random.default_rng(3), axes(20, 6.0), cell_mm=30)
    fine = smooth_noise(np.random.default_rng(3), axes(60, 2.0), cell_mm=30)
    np.testing.assert_allclose(fine[1::3, 1::3, 1::3], coarse, atol=1e-5)  # the same points of the field


def test_noise_is_the_same_in_a_part_of_the_grid():
    x, y, z = axes(40, 4.0)
    whole = smooth_noise(np.random.default_rng(3), (x, y, z), cell_mm=12)
    part = smooth_noise(np.random.default_rng(3), (x[5:9], y[:7], z[30:]), cell_mm=12)
    np.testing.assert_allclose(whole[5:9, :7, 30:], part, atol=1e-5)


def test_noise_stays_what_it_is_beyond_its_reach():
    field = smooth_noise(np.random.default_rng(3), axes(11, 4.0), cell_mm=5, reach_mm=10)
    np.testing.assert_allclose(field[0], field[1], atol=1e-4)
    assert not np.allclose(field[4], field[5], atol=1e-4)


def test_a_soft_step_is_half_at_zero_and_settles_on_both_sides():
    np.testing.assert_allclose(soft_step(np.array([-9.0, -0.5, 0.0, 9.0]), 1.0), [0, 0.25, 0.5, 1], atol=1e-6)


def test_an_ellipsoid_is_deepest_at_its_centre_and_zero_at_its_surface():
    points = np.array([[1.0, 3.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).reshape(3, 3, 1, 1)
    depth = ellipsoid(points, (1.0, 0.0, 0.0), (2.0, 1.0, 0.5)).ravel()
    np.testing.assert_allclose(depth, [0.5, 0.0, -0.5])
