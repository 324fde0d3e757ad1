import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.evaluation.voxel import dice, volume_ml


def mask(*voxels):
    array = np.zeros((1, 1, 6), bool)
    array[0, 0, list(voxels)] = True
    return array


@pytest.mark.parametrize(
    ("truth", "prediction", "expected"),
    [
        (mask(0, 1), mask(0, 1), 1),
        (mask(0, 1), mask(2, 3), 0),
        (mask(0, 1), mask(1, 2), 0.5),
        (mask(0, 1, 2), mask(2), 0.5),
        (mask(0), mask(0, 1), 2 / 3),
        (mask(0, 1, 2, 3), mask(1, 2, 3, 4, 5), 6 / 9),
    ],
)
def test_dice_by_hand(truth, prediction, expected):
    assert dice(truth, prediction) == pytest.approx(expected, rel=1e-12)
    assert dice(prediction, truth) == dice(truth, prediction)


def test_volume_counts_voxels_of_their_size():
    space = Space((1, 1, 6), np.array([[0, 0, 4.0, 0], [2.0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, 0, 1]]))
    assert volume_ml(mask(1, 2, 5), space) == pytest.approx(3 * 24 / 1000)
