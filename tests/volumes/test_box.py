import numpy as np
import pytest

from braintumornet.volumes.box import cut_box


@pytest.mark.parametrize("start", [(0, 0, 0), (2, 1, 3), (-2, 3, 1), (4, -1, -3), (-9, 0, 0), (9, 9, 9)])
def test_a_box_is_what_the_padded_array_holds_there(start):
    array = np.random.default_rng(0).normal(size=(2, 6, 5, 7))
    padded = np.pad(array, [(0, 0), (20, 20), (20, 20), (20, 20)])
    x, y, z = np.add(start, 20)
    np.testing.assert_array_equal(cut_box(array, start, (3, 4, 5)), padded[:, x : x + 3, y : y + 4, z : z + 5])


def test_a_box_is_a_copy():
    array = np.zeros((4, 4, 4))
    cut_box(array, (0, 0, 0), (2, 2, 2))[:] = 1
    assert not array.any()
