import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, draw_head
from braintumornet.phantom.varied.varied_scan import (
    draw_falloff,
    draw_shift,
    draw_stripping,
    draw_varied_acquisition,
    moved,
)


@pytest.fixture(scope="module")
def head():
    space = Space((40, 48, 40), np.diag([4.0, 4.0, 4.0, 1.0]))
    return draw_head(np.random.default_rng(0), space, 50, BRAIN_SIZE_MM)


def test_a_shift_moves_an_image_by_so_many_mm(head):
    image = np.zeros((40, 48, 40), np.float32)
    image[20, 24, 20] = 1
    motion = np.eye(4)
    spacing = head.axes[0][1] - head.axes[0][0]
    motion[0, 3] = -2 * spacing  # each voxel takes what lies two voxels to the left
    assert np.unravel_index(moved(image, head, motion).argmax(), image.shape) == (22, 24, 20)


def test_shifts_are_small_and_rigid():
    for seed in range(20):
        motion = draw_shift(np.random.default_rng(seed), apart=True)
        np.testing.assert_allclose(motion[:3, :3] @ motion[:3, :3].T, np.eye(3), atol=1e-12)
        assert np.abs(motion[:3, 3]).max() <= 1.5
    assert np.array_equal(draw_shift(np.random.default_rng(1), apart=False), np.eye(4))


def test_noise_and_bias_stay_within_what_is_said():
    drawn = [draw_varied_acquisition(np.random.default_rng(seed), "north") for seed in range(200)]
    assert all(0.01 <= taken.noise <= 0.06 and 0.02 <= taken.bias <= 0.35 for taken in drawn)
    assert 0.3 < np.mean([taken.slice_mm > 0 for taken in drawn]) < 0.6


def test_a_mask_without_variation_is_the_brain(head):
    depth = np.linspace(-8, 8, 40, dtype=np.float32)[:, None, None] * np.ones((40, 48, 40), np.float32)
    assert np.array_equal(draw_stripping(np.random.default_rng(1), head, depth, varied=False).mask, depth > 0)
    extra = [draw_stripping(np.random.default_rng(seed), head, depth, varied=True).mask.sum() for seed in range(30)]
    assert min(extra) < (depth > 0).sum() < max(extra)


def test_signal_falls_towards_the_neck_in_a_third_of_the_examinations(head):
    z = head.position[2]
    lowest = np.unravel_index(z.argmin(), z.shape)
    falls = []
    for seed in range(60):
        fields = list(draw_falloff(np.random.default_rng(seed), head).values())
        assert all((field[z > 10] == 1).all() for field in fields)
        assert all(field.min() == field[lowest] for field in fields)
        left = [float(field[lowest]) for field in fields]
        falls.append(min(left) < 1)
        assert min(left) > 0.35
        assert not falls[-1] or len(set(left)) == 4  # no two sequences lose alike
    assert 0.2 < np.mean(falls) < 0.5
