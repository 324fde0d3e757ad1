import numpy as np
import pytest

from braintumornet.phantom.fields import axis_positions, ellipsoid, smooth_noise, soft_step


def test_voxel_centres_lie_symmetrically_in_the_field_of_view():
    np.testing.assert_allclose(axis_positions(4), [-0.75, -0.25, 0.25, 0.75])


def test_noise_has_mean_zero_and_standard_deviation_one():
    field = smooth_noise(np.random.default_rng(3), (40, 40, 40), cells=20)
    assert abs(field.mean()) < 0.05
    assert field.std() == pytest.approx(1, abs=0.05)


def test_noise_is_the_same_at_any_resolution():
    coarse = smooth_noise(np.random.default_rng(3), (16, 24, 32), cells=4)
    fine = smooth_noise(np.random.default_rng(3), (48, 72, 96), cells=4)
    np.testing.assert_allclose(fine[1::3, 1::3, 1::3], coarse, atol=1e-5)  # the same points of the field


def test_a_soft_step_is_half_at_zero_and_settles_on_both_sides():
    np.testing.assert_allclose(soft_step(np.array([-9.0, 0.0, 9.0]), 1.0), [0, 0.5, 1], atol=1e-6)


def test_an_ellipsoid_is_deepest_at_its_centre_and_zero_at_its_surface():
    points = np.array([[1.0, 3.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).reshape(3, 3, 1, 1)
    depth = ellipsoid(points, (1.0, 0.0, 0.0), (2.0, 1.0, 0.5)).ravel()
    np.testing.assert_allclose(depth, [0.5, 0.0, -0.5])
