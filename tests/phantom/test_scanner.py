import numpy as np
import pytest

from braintumornet.phantom.scanner import Acquisition, between_slices, blurred, digitised, draw_coverage

AXES = (np.arange(24.0), np.arange(20.0), np.arange(30.0))


def taken(**changes: float) -> Acquisition:
    plain = {"gain": 1000, "noise": 0.02, "blur_mm": 0.8, "slice_mm": 5.0, "slice_axis": 2, "bias": 0.05, "grain": 0}
    return Acquisition(**{**plain, **changes})


def test_blur_keeps_what_is_even_and_the_mean_of_what_is_not():
    np.testing.assert_allclose(blurred(np.ones((24, 20, 30), np.float32), AXES, taken()), 1, rtol=1e-5)
    point = np.zeros((24, 20, 30), np.float32)
    point[12, 10, 15] = 1
    assert blurred(point, AXES, taken()).sum() == pytest.approx(1, rel=1e-4)


def test_thick_slices_blur_along_their_axis_only():
    point = np.zeros((24, 20, 30), np.float32)
    point[12, 10, 15] = 1
    seen = blurred(point, AXES, taken(blur_mm=0.0))
    assert np.count_nonzero(seen[12, 10] > 0.01) >= 5
    assert np.count_nonzero(seen[:, 10, 15]) == 1


def test_between_slices_nothing_new_is_seen():
    ramp = np.broadcast_to(AXES[2], (24, 20, 30)).astype(np.float32)
    np.testing.assert_allclose(between_slices(ramp, AXES, taken())[..., :26], ramp[..., :26], atol=1e-4)
    uneven = np.zeros((24, 20, 30), np.float32)
    uneven[..., 7] = 1  # between the slices at 5 and 10 mm
    assert between_slices(uneven, AXES, taken()).max() == 0


def test_noise_has_the_standard_deviation_asked_for():
    levels = digitised(np.random.default_rng(2), np.ones(20000, np.float32), taken())
    assert levels.dtype == np.int16
    assert levels.mean() == pytest.approx(1000, rel=0.01)
    assert levels.std() == pytest.approx(20, rel=0.05)


def test_coverage_is_cut_now_and_then_and_never_through_the_core():
    brain = np.zeros((30, 30, 30), bool)
    brain[3:27, 3:27, 3:27] = True
    core = np.zeros_like(brain)
    core[4:8, 4:8, 20:26] = True
    covered = [np.broadcast_to(draw_coverage(np.random.default_rng(s), brain, core), brain.shape) for s in range(200)]
    lost = [1 - (brain & part).sum() / brain.sum() for part in covered]
    assert 5 < np.count_nonzero(lost) < 40
    assert max(lost) < 0.25
    assert all(part[core].all() for part in covered)
    assert all(np.abs(np.diff(part.astype(int), axis=axis)).sum() <= 900 for part in covered for axis in range(3))
