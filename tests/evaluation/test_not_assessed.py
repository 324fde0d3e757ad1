"""What a prediction could not assess is scored as a failure, whatever the truth, and shown apart."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.score_notes import NOT_ASSESSED
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.metrics.lesion_definition import LesionSettings
from braintumornet.output.write_prediction import write_prediction
from braintumornet.report.score_rows import list_regions
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.statistics.compare import compare
from braintumornet.statistics.comparison_settings import ComparisonSettings
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

GRID = Space((4, 4, 4), np.eye(4))
ABOUT = {"glioma": {"target": "seg", "where": {}}}
WHY = {"glioma": {"ET": "needs t1c, which is missing"}}
ENHANCING = {"full": True, "blind": True, "none": False}
"""Whether the truth of each case holds enhancing tumour; of `full` alone the prediction has all regions."""


@pytest.fixture
def scores(tmp_path: Path) -> Scores:
    cases = []
    for name, enhances in ENHANCING.items():
        labels = np.full(GRID.shape, 2, np.uint8)
        labels[:2] = 1
        labels[:1] = 3 if enhances else 1
        file = tmp_path / f"{name}_truth.nii.gz"
        write_volume(Volume(labels, GRID), file)
        cases.append(Case(name, name, "c", {}, {"seg": file}, coding="brats2023"))
        masks = np.stack([labels > 0, labels % 2 > 0, labels == 3]).astype(np.float32)
        regions, why = (("WT", "TC", "ET"), {}) if name == "full" else (("WT", "TC"), WHY)
        answer = {"glioma": RegionMap(regions, masks[: len(regions)])}
        write_prediction(Prediction(name, GRID, GRID, answer, {}, not_assessed=why), tmp_path, ABOUT)
    settings = ScoreSettings(lesions=LesionSettings(ignored_up_to_mm3=0))
    return evaluate_cohort(Cohort("c", tuple(cases)), tmp_path, settings=settings)


def test_what_was_assessed_is_scored_as_ever(scores: Scores) -> None:
    dice = scores.select(metric="dice", structure=["WT", "TC"])
    assert {row.value for row in dice} == {1.0}
    assert {row.note for row in dice} == {""}


def test_what_was_not_is_a_failure_also_where_the_truth_has_none(scores: Scores) -> None:
    enhancing = scores.select(structure="ET", lesion="")
    dice = {row.case_id: (row.value, row.note) for row in enhancing.select(metric="dice")}
    assert dice == {"full": (1.0, ""), "blind": (0.0, NOT_ASSESSED), "none": (0.0, NOT_ASSESSED)}
    assert {row.case_id: row.value for row in enhancing.select(metric="lesionwise_dice")} == {
        "full": 1.0,
        "blind": 0.0,
        "none": 0.0,
    }
    volumes = {row.case_id: row.value for row in enhancing.select(metric="volume_prediction_ml")}
    assert volumes["full"] > 0
    assert np.isnan([volumes["blind"], volumes["none"]]).all()


def test_lesions_that_nobody_looked_for_are_missed_and_no_case_without_a_false_one(scores: Scores) -> None:
    found = {row.metric: row.value for row in scores.select(case_id="", structure="ET", lesion="")}
    assert (found["lesions"], found["detection_sensitivity"]) == (2, 0.5)
    assert found["false_lesions_per_case"] == 0  # of one case


def test_a_page_shows_both_means(scores: Scores) -> None:
    shown = {row["truth"]: row for row in list_regions(scores) if row["region"] == "ET"}
    assert (shown[""]["cases"], shown[""]["mean"]) == (3, "0.333")
    assert (shown["assessed only"]["cases"], shown["assessed only"]["mean"]) == (1, "1.000")
    assert [case for case, _ in shown["assessed only"]["dots"]] == ["full"]


def test_a_refusal_does_not_win_a_comparison(scores: Scores) -> None:
    refusing = scores.select(structure="ET", metric="dice", lesion="").frame
    answering = refusing.assign(value=[1.0, 0.2, 1.0], note="", arm="answers")
    both = [Scores(refusing.assign(arm="refuses")), Scores(answering)]
    (result,) = compare(Scores.concat(both), settings=ComparisonSettings(baseline="refuses")).results
    assert (result.baseline_mean, result.mean) == (pytest.approx(1 / 3), pytest.approx(2.2 / 3))
