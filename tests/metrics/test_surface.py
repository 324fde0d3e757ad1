import numpy as np
import pytest
import torch
from monai.metrics import compute_hausdorff_distance, compute_surface_dice

from braintumornet.metrics.surface import Hd95, SurfaceDice
from braintumornet.metrics.surface_distances import BorderDistances

SPACING_MM = (1.0, 0.7, 3.3)


def hd95_mm(pair):
    return Hd95().score(pair)


@pytest.mark.parametrize(
    ("voxel", "expected_mm"),
    [
        ((0, 0, 0), 0),
        ((0, 0, 2), 6.6),
        ((3, 0, 0), 3),
        ((0, 5, 0), 3.5),
        ((3, 2, 4), np.hypot(3, np.hypot(1.4, 13.2))),
    ],
)
def test_two_voxels_a_known_distance_apart(voxel, expected_mm, pair):
    truth, prediction = np.zeros((2, 6, 6, 6), bool)
    truth[0, 0, 0] = prediction[voxel] = True
    assert hd95_mm(pair(truth, prediction, SPACING_MM)) == pytest.approx(expected_mm, rel=1e-12)


def test_the_larger_direction_counts_and_the_percentile_is_interpolated(pair):
    truth, prediction = np.zeros((2, 1, 1, 11), bool)
    truth[..., 0], prediction[...] = True, True
    # one way 0 mm; the other way 0, 1, ..., 10 mm, of which the 95th percentile is 9.5
    assert hd95_mm(pair(truth, prediction, (1, 1, 1))) == pytest.approx(9.5)
    assert hd95_mm(pair(prediction, truth, (1, 1, 1))) == pytest.approx(9.5)


def test_the_inside_of_a_mask_is_no_border(pair):
    cube = np.zeros((9, 9, 9), bool)
    cube[2:7, 2:7, 2:7] = True
    hollow = cube.copy()
    hollow[4, 4, 4] = False  # the hole's six neighbours are border voxels, 1 mm inside the cube's 98
    distances_mm = [0.0] * 98 + [1.0] * 6
    assert hd95_mm(pair(cube, hollow, (1, 1, 1))) == pytest.approx(np.percentile(distances_mm, 95))


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")  # MONAI's own call
@pytest.mark.parametrize("seed", range(30))
def test_hd95_equals_monai(seed, random_blob, pair):
    rng = np.random.default_rng(seed)
    truth, prediction, spacing_mm = random_blob(rng), random_blob(rng), tuple(rng.uniform(0.3, 4, 3))
    tensors = [torch.from_numpy(mask)[None, None].float() for mask in (prediction, truth)]
    expected_mm = compute_hausdorff_distance(*tensors, include_background=True, percentile=95, spacing=spacing_mm)
    assert hd95_mm(pair(truth, prediction, spacing_mm)) == pytest.approx(expected_mm.item(), rel=1e-5)


@pytest.mark.parametrize("tolerance_mm", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(10))
def test_surface_dice_equals_monai(seed, tolerance_mm, random_blob, pair):
    rng = np.random.default_rng(seed)
    truth, prediction, spacing_mm = random_blob(rng), random_blob(rng), tuple(rng.uniform(0.3, 4, 3))
    tensors = [torch.from_numpy(mask)[None, None] for mask in (prediction, truth)]
    expected = compute_surface_dice(*tensors, [tolerance_mm], include_background=True, spacing=spacing_mm)
    found = SurfaceDice(tolerance_mm=tolerance_mm).score(pair(truth, prediction, spacing_mm))
    assert found == pytest.approx(expected.item(), rel=1e-5)


@pytest.mark.parametrize(("tolerance_mm", "expected"), [(1.9, 0), (2, 1)])
def test_a_shift_counts_once_it_is_over_the_tolerance(tolerance_mm, expected, pair):
    truth, prediction = np.zeros((2, 5, 5, 5), bool)
    truth[1, 2, 2] = prediction[2, 2, 2] = True
    assert SurfaceDice(tolerance_mm=tolerance_mm).score(pair(truth, prediction, (2.0, 1.0, 1.0))) == expected


@pytest.mark.parametrize("seed", range(10))
def test_distances_of_parts_are_those_of_the_parts_alone(seed):
    rng = np.random.default_rng(seed)
    truth_mm, prediction_mm = rng.normal(size=(2, 60, 3))
    of_truth, of_prediction = rng.random((2, 60)) < 0.3
    parts = BorderDistances.between(truth_mm[of_truth], prediction_mm[of_prediction])
    whole = BorderDistances.between(truth_mm, prediction_mm)
    assert whole.hd95_of_parts_mm(of_truth, of_prediction) == parts.hd95_mm()
