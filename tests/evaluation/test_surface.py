import numpy as np
import pytest
import torch
from monai.metrics import compute_hausdorff_distance
from scipy.ndimage import gaussian_filter

from braintumornet.evaluation.surface import hd95_mm
from braintumornet.evaluation.voxel import dice

SPACING_MM = (1.0, 0.7, 3.3)


def random_blob(rng):
    """A mask of 0.2 to 40 % of the voxels, in several pieces, some of them at the volume's edge."""
    field = gaussian_filter(rng.standard_normal((14, 12, 10)), rng.uniform(0.5, 2))
    return field > np.quantile(field, rng.uniform(0.6, 0.998))


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
def test_two_voxels_a_known_distance_apart(voxel, expected_mm):
    truth, prediction = np.zeros((2, 6, 6, 6), bool)
    truth[0, 0, 0] = prediction[voxel] = True
    assert hd95_mm(truth, prediction, SPACING_MM) == pytest.approx(expected_mm, rel=1e-12)


def test_the_larger_direction_counts_and_the_percentile_is_interpolated():
    truth, prediction = np.zeros((2, 1, 1, 11), bool)
    truth[..., 0], prediction[...] = True, True
    # one way 0 mm; the other way 0, 1, ..., 10 mm, of which the 95th percentile is 9.5
    assert hd95_mm(truth, prediction, (1, 1, 1)) == pytest.approx(9.5)
    assert hd95_mm(prediction, truth, (1, 1, 1)) == pytest.approx(9.5)


def test_the_inside_of_a_mask_is_no_border():
    cube = np.zeros((9, 9, 9), bool)
    cube[2:7, 2:7, 2:7] = True
    hollow = cube.copy()
    hollow[4, 4, 4] = False  # the hole's six neighbours are border voxels, 1 mm inside the cube's 98
    distances_mm = [0.0] * 98 + [1.0] * 6
    assert hd95_mm(cube, hollow, (1, 1, 1)) == pytest.approx(np.percentile(distances_mm, 95))


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy:FutureWarning")  # MONAI's own call
@pytest.mark.parametrize("seed", range(30))
def test_equal_to_monai(seed):
    rng = np.random.default_rng(seed)
    truth, prediction, spacing_mm = random_blob(rng), random_blob(rng), tuple(rng.uniform(0.3, 4, 3))
    tensors = [torch.from_numpy(mask)[None, None].float() for mask in (prediction, truth)]
    expected_mm = compute_hausdorff_distance(*tensors, include_background=True, percentile=95, spacing=spacing_mm)
    assert hd95_mm(truth, prediction, spacing_mm) == pytest.approx(expected_mm.item(), rel=1e-5)


@pytest.mark.parametrize("seed", range(30))
def test_emptying_a_prediction_never_helps_where_there_is_something(seed):
    rng = np.random.default_rng(seed)
    truth, prediction = random_blob(rng), random_blob(rng)
    nothing = np.zeros_like(truth)
    assert dice(truth, nothing) <= dice(truth, prediction)
    assert hd95_mm(truth, nothing, SPACING_MM) > hd95_mm(truth, prediction, SPACING_MM)


def test_even_opposite_corners_are_better_than_nothing():
    truth, prediction, nothing = np.zeros((3, 5, 4, 3), bool)
    truth[0, 0, 0] = prediction[-1, -1, -1] = True
    assert hd95_mm(truth, nothing, SPACING_MM) > hd95_mm(truth, prediction, SPACING_MM)
