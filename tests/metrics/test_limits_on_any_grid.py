"""A limit in millimetres means the same on every grid, however its affine is rounded."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.transform import Rotation

from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.metrics.lesion_definition import PRESETS, LesionSettings
from braintumornet.metrics.lesion_matching import match_lesions
from braintumornet.metrics.lesionwise import score_lesions
from braintumornet.metrics.mask_pair import MaskPair
from braintumornet.metrics.surface import SurfaceDice
from braintumornet.scoring.detection_rows import detection_rows
from braintumornet.scoring.masks_of_case import CaseMasks, score_regions
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.volumes.components import small_components

SHAPE = (24, 22, 20)
ANY_SIZE = LesionSettings(ignored_up_to_mm3=0)


def affine(spacing_mm, degrees=(0, 0, 0), dtype=np.float64):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() * spacing_mm
    matrix[:3, 3] = (-91.3, 17.7, 40.1)
    return matrix.astype(dtype).astype(np.float64)


GRIDS = {
    "straight": np.eye(4),
    "a ten-millionth more": affine([1.0000001] * 3),
    "a ten-millionth less": affine([0.9999999] * 3),
    "oblique": affine([1] * 3, (10, 20, 30)),
    **{f"oblique {i}, float32": affine([1] * 3, angles, np.float32)
       for i, angles in enumerate(np.random.default_rng(0).uniform(-180, 180, (8, 3)))},
    "mirrored, float32": affine([1] * 3, (170, 3, -8), np.float32) * [-1, 1, 1, 1],
}  # fmt: skip


@pytest.fixture(params=GRIDS, ids=str)
def space(request):
    return Space(SHAPE, GRIDS[request.param])


def ball():
    return np.linalg.norm(np.indices(SHAPE).T - np.array([10, 10, 9]), axis=-1).T <= 6.2


def row_of(voxels):
    """A lesion of up to 72 voxels, and a far larger one that always counts."""
    mask = np.zeros(SHAPE, bool)
    mask[14:, 14:, 14:] = True
    block = np.zeros((3, 3, 8), bool)
    block.transpose(2, 0, 1).flat[:voxels] = True  # one component, layer by layer
    mask[1:4, 1:4, 1:9] = block
    return mask


@pytest.mark.parametrize("axis", range(3))
def test_a_ball_that_moved_by_the_tolerance_is_right(space, axis):
    pair = MaskPair.cut(ball(), np.roll(ball(), 1, axis), space)
    assert SurfaceDice(tolerance_mm=1).score(pair) == 1
    assert SurfaceDice(tolerance_mm=0.999).score(pair) < 0.8


@pytest.mark.parametrize(
    ("spacing_mm", "axis", "tolerance_mm"),
    [
        ((0.9375, 0.9375, 1.2), 0, 0.9375),
        ((0.9375, 0.9375, 1.2), 2, 1.2),
        ((1, 1, 3.3), 2, 3.3),
        ((0.7, 1, 5), 1, 1),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_the_same_where_voxels_are_no_cubes(spacing_mm, axis, tolerance_mm, seed):
    turned = Space(SHAPE, affine(spacing_mm, np.random.default_rng(seed).uniform(-180, 180, 3), np.float32))
    pair = MaskPair.cut(ball(), np.roll(ball(), 1, axis), turned)
    assert SurfaceDice(tolerance_mm=tolerance_mm).score(pair) == 1


@pytest.mark.parametrize("limit_mm3", [2, 9, 18, 26, 50])
def test_a_lesion_of_just_the_limit_is_ignored_and_a_voxel_more_counts(space, limit_mm3):
    settings = LesionSettings(dilation_mm=1, ignored_up_to_mm3=limit_mm3)
    for voxels, ignored in ((limit_mm3 - 1, 1), (limit_mm3, 1), (limit_mm3 + 1, 0)):
        scores = score_lesions(MaskPair.cut(row_of(voxels), row_of(0), space), settings)
        assert (scores.ignored, len(scores.lesions)) == (ignored, 2 - ignored)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_ignores_the_same_lesions_everywhere(space, preset):
    limit = round(PRESETS[preset].ignored_up_to_mm3)
    counted = [
        len(score_lesions(MaskPair.cut(row_of(voxels), row_of(0), space), PRESETS[preset]).lesions)
        for voxels in (limit, limit + 1)
    ]
    assert counted == [1, 2]


@pytest.mark.parametrize("dilation_mm", [0, 1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_the_truth_grows_by_the_same_voxels(space, dilation_mm, seed, random_blob):
    truth = random_blob(np.random.default_rng(seed))
    space = Space(truth.shape, space.affine)
    eighteen = ndimage.generate_binary_structure(3, 2)
    grown = ndimage.binary_dilation(np.pad(truth, 5), eighteen, dilation_mm) if dilation_mm else np.pad(truth, 5)
    labels, count = ndimage.label(grown, np.ones((3, 3, 3)))
    expected = np.bincount(labels[np.pad(truth, 5)], minlength=count + 1)[1:].tolist()
    settings = LesionSettings(dilation_mm=dilation_mm)
    assert match_lesions(MaskPair.cut(truth, truth, space), settings).lesion_voxels.tolist() == expected


@pytest.mark.parametrize("edge_ml", [0.002, 0.009, 0.018, 0.026, 0.065])
def test_a_lesion_of_just_an_edge_lies_in_the_bin_below(space, edge_ml):
    pair = MaskPair.cut(row_of(round(edge_ml * 1000)), row_of(round(edge_ml * 1000)), space)
    rows = Scores.of(detection_rows("mets", "ET", [score_lesions(pair, ANY_SIZE)], [edge_ml]))
    lesions = {row.lesion: row.value for row in rows if row.metric == "lesions"}
    assert lesions == {"": 2, f"up to {edge_ml:g} ml": 1, f"over {edge_ml:g} ml": 1}


def test_a_tumour_of_just_the_least_volume_stays(space):
    for voxels in range(1, 60):
        limits = (voxels / 1000 / space.voxel_ml, (voxels + 1) / 1000 / space.voxel_ml)
        assert [small_components(row_of(voxels), limit)[1] for limit in limits] == [0, 1], voxels


@pytest.mark.parametrize("seed", range(3))
def test_every_score_is_that_of_the_straight_grid(space, seed, random_blob):
    rng = np.random.default_rng(seed)
    truth, found = random_blob(rng), random_blob(rng)
    settings = ScoreSettings(lesions=LesionSettings(ignored_up_to_mm3=9, bin_edges_ml=(0.01, 0.02)))

    def scores(matrix):
        masks = CaseMasks(["WT"], truth[None], found[None], [True], Space(truth.shape, matrix))
        rows = Scores.of(score_regions("case", "tumour", masks, settings).rows)
        return {(row.structure, row.lesion, row.metric): row.value for row in rows}

    assert scores(space.affine) == pytest.approx(scores(np.eye(4)), rel=1e-5)
