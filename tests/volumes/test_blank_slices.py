import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.volumes.blank_slices import scanned_box, without_blank_slices
from braintumornet.volumes.volume import Volume


def ball(size=24, radius=9.0):
    away = np.linalg.norm(np.indices((size,) * 3) - (size - 1) / 2, axis=0)
    return (away < radius).astype(np.float32)


def test_a_head_that_ends_by_itself_was_seen_whole():
    assert scanned_box(ball()) == (slice(0, 24),) * 3


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_slices_beside_a_head_that_breaks_off_were_not_scanned(axis):
    image = np.moveaxis(ball(), axis, 0)
    image[:10] = 0
    box = scanned_box(np.moveaxis(image, 0, axis))
    assert box[axis] == slice(10, 24)
    assert all(box[other] == slice(0, 24) for other in range(3) if other != axis)


def test_noise_is_no_blank():
    noisy = ball() + np.random.default_rng(0).uniform(0.01, 0.1, (24, 24, 24))
    noisy[:, :, :4] = 0
    assert scanned_box(noisy) == (slice(0, 24), slice(0, 24), slice(4, 24))


def test_an_empty_image_stays_as_it_is():
    assert scanned_box(np.zeros((3, 4, 5))) == (slice(0, 3), slice(0, 4), slice(0, 5))


def test_the_part_lies_where_it_lay():
    array = np.pad(np.ones((2, 2, 2), np.float32), ((0, 0), (0, 0), (3, 0)))
    part = without_blank_slices(Volume(array, Space((2, 2, 5), np.diag([1, 1, 6.0, 1]))))
    assert part.array.shape == (2, 2, 2)
    assert part.space.affine[2, 3] == 18
