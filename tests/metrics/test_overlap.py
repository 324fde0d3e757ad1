import numpy as np
import pytest
import torch
from monai.metrics import compute_dice

from braintumornet.core.space import Space
from braintumornet.metrics.mask_pair import MaskPair
from braintumornet.metrics.overlap import Precision, PredictionVolume, Sensitivity, TruthVolume, VolumeDifference, dice


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


@pytest.mark.parametrize(
    ("truth", "prediction", "sensitivity", "precision"),
    [
        (mask(0, 1), mask(0, 1), 1, 1),
        (mask(0, 1), mask(2), 0, 0),
        (mask(0, 1, 2, 3), mask(3), 0.25, 1),
        (mask(3), mask(0, 1, 2, 3), 1, 0.25),
        (mask(0, 1), mask(1, 2, 3), 0.5, 1 / 3),
    ],
)
def test_sensitivity_and_precision_by_hand(truth, prediction, sensitivity, precision):
    pair = MaskPair(truth, prediction, Space(truth.shape, np.eye(4)))
    assert [Sensitivity().score(pair), Precision().score(pair)] == [sensitivity, precision]


@pytest.mark.parametrize("seed", range(10))
def test_dice_equals_monai(seed, random_blob):
    rng = np.random.default_rng(seed)
    truth, prediction = random_blob(rng), random_blob(rng)
    expected = compute_dice(*(torch.from_numpy(mask)[None, None] for mask in (prediction, truth)))
    assert dice(truth, prediction) == pytest.approx(expected.item(), rel=1e-6)


def test_volume_counts_voxels_of_their_size():
    space = Space((1, 1, 6), np.array([[0, 0, 4.0, 0], [2.0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, 0, 1]]))
    pair = MaskPair(mask(1, 2, 5), mask(2), space)
    volumes = [metric.score(pair) for metric in (TruthVolume(), PredictionVolume(), VolumeDifference())]
    assert volumes == pytest.approx([3 * 24 / 1000, 24 / 1000, -2 * 24 / 1000])
