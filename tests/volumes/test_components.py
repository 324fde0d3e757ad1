import numpy as np

from braintumornet.volumes.components import largest_component, small_components


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


def test_components_below_a_size_are_found_and_counted():
    mask = np.zeros((12, 12, 12), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = True  # two voxels that touch at a corner
    mask[4:6, 4:6, 4:6] = mask[9, 9, :4] = True  # eight and four
    small, count = small_components(mask, voxels=4.5)
    assert count == 2
    assert np.argwhere(small).tolist() == [[0, 0, 0], [1, 1, 1], [9, 9, 0], [9, 9, 1], [9, 9, 2], [9, 9, 3]]
    assert small_components(mask, voxels=0)[1] == small_components(np.zeros_like(mask), voxels=9)[1] == 0
