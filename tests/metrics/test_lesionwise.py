"""Every rule of the scores per lesion, on masks that can be counted by hand."""

import numpy as np
import pytest
from scipy import ndimage

from braintumornet.core.text.errors import UsageError
from braintumornet.metrics.lesion_definition import PRESETS, LesionSettings, parse_lesions
from braintumornet.metrics.lesion_matching import match_lesions
from braintumornet.metrics.lesionwise import Lesion, score_lesions
from braintumornet.metrics.surface import Hd95

SHAPE = (12, 12, 40)
ANY_SIZE = LesionSettings(ignored_up_to_mm3=0)
GLIOMA, MENINGIOMA, METASTASES = (PRESETS[f"brats2023-{name}"] for name in ("gli", "men", "met"))


def cubes(*starts, size=4):
    """Cubes along the last axis; one of size 4 has 64 voxels."""
    array = np.zeros(SHAPE, bool)
    for start in starts:
        array[4 : 4 + size, 4 : 4 + size, start : start + size] = True
    return array


NOTHING = cubes()


@pytest.mark.parametrize(("found", "dice"), [(cubes(2, 20), 1), (cubes(2), 0.5), (NOTHING, 0)])
def test_each_lesion_counts_once(found, dice, pair):
    assert score_lesions(pair(cubes(2, 20), found), ANY_SIZE).dice == dice


def test_a_large_lesion_counts_no_more_than_a_small_one(pair):
    truth, found = cubes(20), cubes()
    truth[:, :, :10] = found[:, :, :10] = True
    assert score_lesions(pair(truth, found), ANY_SIZE).dice == 0.5


def test_a_missed_lesion_costs_the_penalty(pair):
    scores = score_lesions(pair(cubes(2, 20), cubes(2)), ANY_SIZE)
    assert [lesion.hd95_mm for lesion in scores.lesions] == [0, 374]
    assert scores.hd95_mm == 187


def test_a_false_lesion_costs_the_penalty_whatever_its_size(pair):
    found = cubes(2)
    found[0, 0, 39] = True
    scores = score_lesions(pair(cubes(2), found), GLIOMA)
    assert scores.lesions == (Lesion(0.064, 0.064, 1, 0), Lesion(0, 0.001, 0, 374))
    assert (scores.dice, scores.hd95_mm) == (0.5, 187)


@pytest.mark.parametrize(
    ("settings", "gap", "lesions"),
    [(GLIOMA, 6, 1), (GLIOMA, 7, 2), (MENINGIOMA, 2, 1), (MENINGIOMA, 3, 2), (LesionSettings(dilation_mm=0), 1, 2)],
)
def test_components_are_one_lesion_where_their_grown_masks_touch(settings, gap, lesions, pair):
    truth = cubes(2, 6 + gap)
    assert len(score_lesions(pair(truth, truth), settings).lesions) == lesions


def test_a_merged_lesion_is_compared_without_what_it_grew(pair):
    (lesion,) = score_lesions(pair(cubes(2, 8), cubes(2)), GLIOMA).lesions
    assert lesion.truth_ml == pytest.approx(0.128)
    assert lesion.dice == pytest.approx(2 * 64 / (128 + 64))


def test_one_prediction_over_two_lesions_answers_both(pair):
    found = cubes(2, 20)
    found[5, 5, 2:24] = True  # a bridge of 14 more voxels
    scores = score_lesions(pair(cubes(2, 20), found), METASTASES)
    assert [lesion.dice for lesion in scores.lesions] == [pytest.approx(2 * 64 / (64 + 142))] * 2
    assert [lesion.prediction_ml for lesion in scores.lesions] == [pytest.approx(0.142)] * 2


def test_two_predictions_on_one_lesion_are_taken_together(pair):
    truth, found = cubes(2), cubes(2)
    found[:, :, 3] = False  # 16 voxels in front and 32 behind
    (lesion,) = score_lesions(pair(truth, found), METASTASES).lesions
    assert lesion.dice == pytest.approx(2 * 48 / (64 + 48))


@pytest.mark.parametrize(("gap", "outcome"), [(3, "a bad match"), (4, "missed and false")])
def test_a_prediction_beside_a_lesion_answers_it_within_the_dilation(gap, outcome, pair):
    truth, found = cubes(2, size=4), np.zeros(SHAPE, bool)
    found[5, 5, 5 + gap] = True
    lesions = score_lesions(pair(truth, found), GLIOMA).lesions
    bad = Lesion(0.064, 0.001, 0, pytest.approx(Hd95().score(pair(truth, found))))
    missed = (Lesion(0.064, 0, 0, 374), Lesion(0, 0.001, 0, 374))
    assert lesions == ((bad,) if outcome == "a bad match" else missed)


@pytest.mark.parametrize(("voxels", "counted"), [(50, 0), (51, 1)])
def test_lesions_up_to_the_threshold_do_not_count(voxels, counted, pair):
    small = np.zeros(SHAPE, bool)
    small[4:8, 4:8, 30:34].flat[:voxels] = True
    block = np.zeros(64, bool)
    block[:voxels] = True
    small[4:8, 4:8, 30:34] = block.reshape(4, 4, 4)
    scores = score_lesions(pair(small | cubes(2), cubes(2)), GLIOMA)
    assert (len(scores.lesions), scores.ignored) == (1 + counted, 1 - counted)
    assert scores.dice == 1 / (1 + counted)


def test_a_prediction_of_a_lesion_too_small_to_count_is_not_false(pair):
    truth = cubes(2) | cubes(20, size=3)  # 64 and 27 voxels
    assert score_lesions(pair(truth, truth), GLIOMA).lesions == (Lesion(0.064, 0.064, 1, 0),)


def test_the_threshold_is_a_volume_and_not_a_number_of_voxels(pair):
    truth = cubes(2, size=3)  # 27 voxels of 2 mm3
    assert len(score_lesions(pair(truth, truth, (1.0, 1.0, 2.0)), GLIOMA).lesions) == 1


@pytest.mark.parametrize(
    ("truth", "found", "dice", "hd95_mm"),
    [
        (NOTHING, NOTHING, 1, 0),
        (NOTHING, cubes(2), 0, 374),
        (NOTHING, cubes(2, 20), 0, 374),
        (cubes(2), NOTHING, 0, 374),
        (cubes(2, size=3), cubes(2, size=3), 1, 0),  # found, but too small to count
        (cubes(2, size=3), cubes(20), 0, 374),
        (cubes(2, size=3), NOTHING, 0, 374),  # BraTS gives 1 and 0: there an empty answer would be the better one
    ],
)
def test_where_no_lesion_counts(truth, found, dice, hd95_mm, pair):
    scores = score_lesions(pair(truth, found), GLIOMA)
    assert (scores.dice, scores.hd95_mm) == (dice, hd95_mm)


@pytest.mark.parametrize(("neighbours", "lesions"), [(6, 3), (18, 2), (26, 1)])
def test_neighbours_decide_what_is_one_component(neighbours, lesions, pair):
    truth = np.zeros(SHAPE, bool)
    truth[4, 4, 4] = truth[5, 5, 4] = truth[6, 6, 5] = True  # joined by an edge, and by a corner
    settings = LesionSettings(neighbours=neighbours, dilation_mm=0, ignored_up_to_mm3=0)
    assert len(score_lesions(pair(truth, truth), settings).lesions) == lesions


def test_the_penalty_may_be_the_diagonal(pair):
    scores = score_lesions(pair(cubes(2), NOTHING), LesionSettings(hd95_penalty_mm=None))
    assert scores.hd95_mm == pytest.approx(np.linalg.norm(SHAPE))


def test_a_match_costs_no_more_than_a_miss(pair):
    found = cubes(2)
    found[4, 4, 2:40] = True
    assert score_lesions(pair(cubes(2), found), LesionSettings(hd95_penalty_mm=5)).hd95_mm == 5


@pytest.mark.parametrize("dilation", range(4))
@pytest.mark.parametrize("seed", range(4))
def test_growing_by_mm_is_the_definition_s_steps_at_1_mm(seed, dilation, random_blob, pair):
    truth = random_blob(np.random.default_rng(seed))
    settings = LesionSettings(dilation_mm=dilation)
    eighteen = ndimage.generate_binary_structure(3, 2)
    grown = ndimage.binary_dilation(np.pad(truth, 5), eighteen, dilation) if dilation else np.pad(truth, 5)
    labels, count = ndimage.label(grown, np.ones((3, 3, 3)))
    expected = np.bincount(labels[np.pad(truth, 5)], minlength=count + 1)[1:]
    assert match_lesions(pair(truth, truth), settings).lesion_voxels.tolist() == expected.tolist()


@pytest.mark.parametrize(("spacing_mm", "lesions"), [(1.0, 1), (3.0, 1), (3.5, 2)])
def test_growing_honours_the_spacing(spacing_mm, lesions, pair):
    truth = cubes(2, 8)  # two voxels between them
    found = score_lesions(pair(truth, truth, (1.0, 1.0, spacing_mm)), LesionSettings(dilation_mm=3))
    assert len(found.lesions) == lesions


def test_one_lesion_found_by_one_component_scores_as_the_whole_mask(pair):
    masks = pair(cubes(2), np.roll(cubes(2), 1, axis=2), (1.0, 2.0, 3.0))
    (lesion,) = score_lesions(masks, ANY_SIZE).lesions
    assert lesion.hd95_mm == Hd95().score(masks) == 3
    assert lesion.dice == 0.75


@pytest.mark.parametrize(
    ("name", "dilation_mm", "ignored_up_to_mm3"),
    [("gli", 3, 50), ("ssa", 3, 50), ("ped", 3, 50), ("men", 1, 50), ("met", 1, 2)],
)
def test_the_presets_of_2023(name, dilation_mm, ignored_up_to_mm3):
    settings = parse_lesions(f"brats2023-{name}")
    assert (settings.dilation_mm, settings.ignored_up_to_mm3) == (dilation_mm, ignored_up_to_mm3)
    assert (settings.neighbours, settings.hd95_penalty_mm) == (26, 374)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("brats2023-glo", "neither a JSON object nor known; did you mean 'brats2023-gli'"),
        ('{"dilation": 2}', "unknown key 'dilation'; did you mean 'dilation_mm'"),
        ('{"neighbours": 8}', "neighbours: Input should be 6, 18 or 26, found 8"),
        ('{"dilation_mm": ', "cannot be read"),
        ('{"dilation_mm": 1e9}', "dilation_mm: Input should be less than or equal to 100"),
        ('{"bin_edges_ml": [1, 0.5]}', "bin_edges_ml: .*expected ascending volumes, found 1, 0.5"),
        ('{"bin_edges_ml": [0.5, 0.5]}', "expected ascending volumes, found 0.5, 0.5"),
        ('{"bin_edges_ml": [-1]}', "bin_edges_ml.0: Input should be greater than 0"),
    ],
)
def test_unknown_settings_are_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_lesions(text)
