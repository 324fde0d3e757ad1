import numpy as np
import pytest

from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.metrics.empty_structures import describe_policy
from braintumornet.metrics.lesion_definition import PRESETS, LesionSettings
from braintumornet.scoring.masks_of_case import CaseMasks, score_regions
from braintumornet.scoring.score_settings import ScoreSettings

SPACE = Space((3, 4, 12), np.diag([1.0, 1.0, 1.0, 1.0]))  # diagonal 13 mm
OVERLAPS = ("dice", "surface_dice_1mm", "sensitivity", "precision")
GOOD_WHEN_LARGE = (*OVERLAPS, "lesionwise_dice", "lesions_found")
GOOD_WHEN_SMALL = ("hd95_mm", "lesionwise_hd95_mm")
LESIONS = (*PRESETS.values(), LesionSettings(hd95_penalty_mm=None), LesionSettings(hd95_penalty_mm=1, dilation_mm=0))


def score(truth, prediction, space, lesions=None, not_assessed=()):
    masks = CaseMasks(["WT"], truth[None], prediction[None], [True], space, not_assessed)
    rows = Scores.of(score_regions("a", "tumour", masks, ScoreSettings(lesions=lesions)).rows)
    return {row.metric: row for row in rows.select(lesion="")}


@pytest.mark.parametrize(
    ("truth", "prediction", "overlap", "hd95_mm", "note"),
    [
        (False, False, 1, 0, "empty in both"),
        (False, True, 0, 13, "empty in truth: false alarm"),
        (True, False, 0, 13, "empty in prediction: missed"),
        (True, True, 1, 0, ""),
    ],
)
def test_the_four_ways_to_be_empty(truth, prediction, overlap, hd95_mm, note):
    rows = score(*(np.full(SPACE.shape, value) for value in (truth, prediction)), SPACE)
    assert [rows[metric].value for metric in (*OVERLAPS, "hd95_mm")] == [overlap] * 4 + [hd95_mm]
    assert {rows[metric].note for metric in (*OVERLAPS, "hd95_mm")} == {note}


def test_the_policy_is_told_line_by_line():
    scores = "Dice, surface Dice, sensitivity and precision"
    assert describe_policy() == (
        f"empty in both; {scores} 1, HD95 0 mm",
        f"empty in truth: false alarm; {scores} 0, HD95 the image diagonal in mm",
        f"empty in prediction: missed; {scores} 0, HD95 the image diagonal in mm",
        f"not assessed: counted as a failure; {scores} 0, HD95 the image diagonal in mm",
    )


@pytest.mark.parametrize("lesions", LESIONS)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("empty", [False, True])
def test_answering_less_never_wins(empty, seed, lesions, random_blob):
    rng = np.random.default_rng(seed)
    truth, prediction = random_blob(rng) & (not empty), random_blob(rng)
    space = Space(truth.shape, np.diag([*rng.uniform(0.3, 60, 3), 1]))
    refused = score(truth, np.zeros_like(truth), space, lesions, ["WT"])
    for answer in (prediction, truth, np.zeros_like(truth)):
        answered = score(truth, answer, space, lesions)
        for metric in GOOD_WHEN_LARGE:
            assert refused[metric].value <= answered[metric].value, metric
        for metric in GOOD_WHEN_SMALL:
            assert refused[metric].value >= answered[metric].value * (1 - 1e-12), metric
    assert {row.note for row in refused.values()} == {"not assessed: counted as a failure"}
    assert np.isnan(refused["volume_prediction_ml"].value)
    assert np.isnan(refused["volume_difference_ml"].value) == empty
    assert (refused["volume_truth_ml"].value > 0) != empty


@pytest.mark.parametrize("lesions", LESIONS)
@pytest.mark.parametrize("seed", range(12))
def test_emptying_a_prediction_never_improves_anything_where_there_is_something(seed, lesions, random_blob):
    rng = np.random.default_rng(seed)
    truth, prediction = random_blob(rng), random_blob(rng)
    space = Space(truth.shape, np.diag([*rng.uniform(0.3, 60, 3), 1]))  # also larger than any penalty
    some, nothing = score(truth, prediction, space, lesions), score(truth, np.zeros_like(truth), space, lesions)
    assert truth.any()
    for metric in GOOD_WHEN_LARGE:
        assert nothing[metric].value <= some[metric].value, metric
    for metric in GOOD_WHEN_SMALL:
        assert nothing[metric].value >= some[metric].value, metric


def test_even_opposite_corners_are_better_than_nothing():
    truth, prediction, nothing = np.zeros((3, *SPACE.shape), bool)
    truth[0, 0, 0] = prediction[-1, -1, -1] = True
    assert score(truth, nothing, SPACE)["hd95_mm"].value > score(truth, prediction, SPACE)["hd95_mm"].value
