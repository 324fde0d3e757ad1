import numpy as np

from braintumornet.volumes.components import largest_component


def test_only_the_largest_remains():
    mask = np.zeros((12, 12, 12), dtype=bool)
    mask[1:3, 1:3, 1:3] = True
    mask[6:9, 6:9, 6:9] = True
    expected = np.zeros_like(mask)
    expected[6:9, 6:9, 6:9] = True
    np.testing.assert_array_equal(largest_component(mask), expected)


def test_voxels_that_touch_at_a_corner_belong_together():
    mask = np.zeros((5, 5, 5), dtype=bool)
    mask[[0, 1, 2], [0, 1, 2], [0, 1, 2]] = True
    mask[4, 0, 4] = mask[4, 0, 3] = True
    assert largest_component(mask).sum() == 3


def test_an_empty_mask_stays_empty():
    empty = np.zeros((4, 4, 4), dtype=bool)
    assert not largest_component(empty).any()
    assert largest_component(empty).dtype == bool
