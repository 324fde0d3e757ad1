from math import isnan, nan

import numpy as np
import pytest

from braintumornet.core.score_notes import NOT_ASSESSED, SEEN
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, InputError, UsageError
from braintumornet.evaluation.score_summary import shown_means, summarise, summarise_others
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.scoring.masks_of_case import CaseMasks, score_regions
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.terminal.score_screen import say_what_biases

from ..score_tables import make_rows, score_markers

SPACE = Space((2, 3, 4), np.diag([1.0, 2.0, 5.0, 1.0]))  # 10 mm3 per voxel
REGIONS = ("WT", "TC")


@pytest.fixture
def truth():
    masks = np.zeros((2, *SPACE.shape), bool)
    masks[0, :, :, :2], masks[1, 0, 0, 0] = True, True
    return masks


def region_rows(case_id, dice, hd95_mm, truth_ml):
    values = {"dice": dice, "hd95_mm": hd95_mm, "volume_truth_ml": truth_ml}
    return make_rows(case_id, "tumour", "WT", values)


def score(*given):
    return list(Scores.of(score_regions(*given).rows))


def test_a_case_by_hand(truth):
    prediction = truth.copy()
    prediction[0, :, :, 1] = False  # one of two slices, 5 mm apart
    rows = score("a", "tumour", CaseMasks(REGIONS, truth, prediction, [True, True], SPACE))
    whole = {row.metric: row.value for row in rows if row.structure == "WT"}
    assert whole == pytest.approx(
        {
            "dice": 2 / 3,
            "surface_dice_1mm": 2 / 3,
            "hd95_mm": 5,
            "sensitivity": 0.5,
            "precision": 1,
            "volume_truth_ml": 0.12,
            "volume_prediction_ml": 0.06,
            "volume_difference_ml": -0.06,
        }
    )
    assert {(row.case_id, row.task, row.note) for row in rows} == {("a", "tumour", "")}


def test_the_tolerance_of_the_surface_dice_is_in_its_name(truth):
    prediction = np.roll(truth, 1, axis=2)  # by 5 mm
    masks = CaseMasks(REGIONS, truth, prediction, [True, True], SPACE)
    rows = score("a", "tumour", masks, ScoreSettings(tolerance_mm=5.5))
    assert {row.structure: row.value for row in rows if row.metric == "surface_dice_5.5mm"} == {"WT": 1, "TC": 1}


def test_lesions_have_rows_of_their_own_where_a_lesion_is_defined(truth):
    masks = CaseMasks(REGIONS, truth, truth, [True, False], SPACE)
    settings = ScoreSettings(lesions=LesionSettings(ignored_up_to_mm3=0))
    plain, rows = score("a", "t", masks), score("a", "t", masks, settings)
    found = {(row.lesion, row.metric): row.value for row in rows[len(plain) :]}
    assert {row.structure for row in rows} == {"WT"}
    assert found == {
        ("", "lesionwise_dice"): 1,
        ("", "lesionwise_hd95_mm"): 0,
        ("", "lesions"): 1,
        ("", "lesions_found"): 1,
        ("", "lesions_false"): 0,
        ("1", "lesion_truth_ml"): pytest.approx(0.12),
        ("1", "lesion_prediction_ml"): pytest.approx(0.12),
        ("1", "lesion_dice"): 1,
        ("1", "lesion_hd95_mm"): 0,
    }


def test_a_region_that_was_not_told_gives_no_row(truth):
    rows = score("a", "tumour", CaseMasks(REGIONS, truth, truth, [False, True], SPACE))
    assert {row.structure for row in rows} == {"TC"}


def test_masks_of_another_shape_are_refused(truth):
    with pytest.raises(GeometryError, match=r"the prediction has shape \(2, 2, 3, 3\); expected \(2, 2, 3, 4\)"):
        CaseMasks(REGIONS, truth, truth[..., :3], [True, True], SPACE)


def test_probabilities_are_refused(truth):
    with pytest.raises(UsageError, match="the prediction holds float64; expected booleans"):
        CaseMasks(REGIONS, truth, truth * 0.3, [True, True], SPACE)


def test_flags_that_do_not_fit_are_refused(truth):
    with pytest.raises(UsageError, match="1 flags for 2 regions"):
        CaseMasks(REGIONS, truth, truth, [True], SPACE)


def test_marker_rows_carry_intervals_and_numbers_of_cases():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    rows = score_markers("genotype", ["a", "b"], ["a", "a", "b"], probabilities)
    values = {(row.structure, row.metric): row.value for row in rows}
    assert [values[name, "cases"] for name in ("a", "b", "macro")] == [2, 1, 3]
    metrics = {metric for structure, metric in values if structure == "macro"}
    scores = ("auc", "balanced_accuracy", "brier", "calibration_error")
    assert metrics == {"cases", *scores, *(f"{name}_{end}" for name in scores for end in ("low", "high"))}
    assert {row.case_id for row in rows} == {""}


def test_the_confusion_matrix_and_the_reliability_curve_are_rows():
    probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.25, 0.75], [0.5, 0.5]])
    rows = score_markers("g", ["a", "b"], ["a", "a", "b", "b"], probabilities, answered=[True, True, True, False])
    values = {(row.structure, row.metric): row.value for row in rows}
    said = [[values[truth, f"predicted_as_{name}"] for name in ("a", "b", "nothing")] for truth in ("a", "b")]
    assert said == [[1, 1, 0], [0, 1, 1]]
    curve = {structure: value for (structure, metric), value in values.items() if metric == "reliability_accuracy"}
    assert curve == {  # of answers: the case without one is none
        "confidence 0.6 to 0.7": 0,
        "confidence 0.7 to 0.8": 1,
        "confidence 0.8 to 0.9": 1,
    }


def test_an_undefined_auc_is_a_row_with_a_note():
    rows = score_markers("genotype", ["a", "b"], ["a"], np.array([[0.9, 0.1]]))
    row = next(row for row in rows if (row.structure, row.metric) == ("macro", "auc"))
    assert isnan(row.value)
    assert row.note == "not defined: every case is of class a"


def test_the_summary_counts_what_was_not_assessed_as_failures_and_shows_it_apart():
    values = {"dice": 0.0, "hd95_mm": 99.0, "volume_truth_ml": 2.0}
    refused = make_rows("c", "tumour", "WT", values, note=f"{NOT_ASSESSED}; {SEEN}")
    scores = Scores.of([*region_rows("a", 0.9, 2.0, 10.0), *region_rows("b", 0.6, 4.0, 0.0), *refused])
    means = {row.truth: (row.cases, row.mean_dice) for row in summarise(scores).itertuples()}
    assert means["all"] == (3, pytest.approx(0.5))
    assert means["with"] == (2, pytest.approx(0.45))
    assert means["assessed"] == (2, pytest.approx(0.75))
    assert list(shown_means(summarise(scores))["truth"]) == ["all", "with", "without", "assessed"]
    assert say_what_biases(scores)[-1].startswith("1 of these cases was not assessed in every region")
    assert "assessed" not in set(summarise(Scores.of(region_rows("a", 0.9, 2.0, 10.0)))["truth"])


def test_the_summary_by_hand():
    scores = [
        *region_rows("a", 0.9, 2.0, 10.0),
        *region_rows("b", 0.6, 4.0, 5.0),
        *region_rows("c", 0.0, 99.0, 1.0),
        *region_rows("d", 1.0, 0.0, 0.0),
    ]
    markers = score_markers("genotype", ["a", "b"], ["a", "b"], np.eye(2))
    rows = list(summarise(Scores.concat([Scores.of(scores), markers])).itertuples())
    assert [(r.truth, r.cases, r.mean_dice, r.median_dice, r.median_hd95_mm) for r in rows] == [
        ("all", 4, 0.625, 0.75, 3.0),
        ("with", 3, 0.5, 0.6, 4.0),
        ("without", 1, 1.0, 1.0, 0.0),
    ]
    assert {(row.task, row.structure) for row in rows} == {("tumour", "WT")}


def test_the_interval_of_a_mean_is_taken_over_patients():
    scores = [row for n in range(12) for row in region_rows(f"c{n}", n / 12, 1.0, 1.0)]
    patients = ({f"c{n}": f"p{n // cases}" for n in range(12)} for cases in (1, 2))
    tables = [Scores.of({**row, "patient_id": of[row["case_id"]]} for row in scores) for of in patients]
    alone, shared = (summarise(table).iloc[0] for table in tables)
    assert alone.mean_dice == shared.mean_dice
    assert shared.mean_dice_low < alone.mean_dice_low < alone.mean_dice < alone.mean_dice_high < shared.mean_dice_high


def test_the_summary_means_the_other_scores_too():
    others = make_rows("a", "tumour", "WT", dict.fromkeys(("surface_dice_2mm", "sensitivity", "precision"), 0.5))
    row = summarise(Scores.of([*region_rows("a", 0.9, 2.0, 10.0), *others])).iloc[0]
    assert (row.mean_surface_dice, row.mean_sensitivity, row.mean_precision) == (0.5, 0.5, 0.5)


def test_a_case_that_is_scored_twice_is_refused():
    with pytest.raises(InputError, match="case a, tumour, WT: dice is there twice"):
        summarise(Scores.of(region_rows("a", 0.9, 2.0, 10.0) * 2))


def test_a_case_with_a_missing_row_is_refused():
    with pytest.raises(InputError, match="case a, tumour, WT: volume_truth_ml is missing"):
        summarise(Scores.of(region_rows("a", 0.9, 2.0, 10.0)[:2]))


def test_whatever_else_was_measured_is_summarised():
    cases = [row for name in "ab" for row in make_rows(name, "tumour", "WT", {"dice": 0.5, "depth_mm": 2.0})]
    other = make_rows(
        "", "genotype", "macro", {"auc": 0.7, "cases": 9, "kappa": 0.4, "kappa_low": 0.1, "kappa_high": 0.6}
    )
    found = summarise_others(Scores.of([*cases, *make_rows("c", "tumour", "WT", {"depth_mm": nan}), *other]))
    assert found[["metric", "cases", "mean"]].values.tolist() == [["depth_mm", 2, 2.0], ["kappa", 9, 0.4]]
    assert found[["low", "high"]].values.tolist()[1] == [0.1, 0.6]
