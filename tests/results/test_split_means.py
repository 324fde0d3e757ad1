"""The papers' tables, by hand."""

import numpy as np
import pytest

from braintumornet.core.scores import Scores
from braintumornet.results.split_means import arm_means, patient_means, split_means
from braintumornet.results.study_comparisons import compare_part
from braintumornet.statistics.verdict import Verdict

from ..study_tables import make_scores

# the pLGG paper's six runs: single- and multi-task, validation and test
VAL = ((0.76, 0.75, 0.78, 0.79, 0.76, 0.76), (0.82, 0.80, 0.78, 0.80, 0.77, 0.76))
TEST = ((0.70, 0.76, 0.78, 0.73, 0.80, 0.70), (0.83, 0.77, 0.80, 0.74, 0.80, 0.70))
BASELINE = {"dice": "single"}


def paper(values: tuple[tuple[float, ...], ...]) -> Scores:
    arms = zip(("single", "multi"), values, strict=True)
    return Scores.concat(make_scores(arm, np.array(dice)[:, None, None]) for arm, dice in arms)


@pytest.mark.parametrize(
    ("values", "means", "wins"), [(VAL, (0.7667, 0.7883), 4), (TEST, (0.7450, 0.7733), 4)], ids=["validation", "test"]
)
def test_the_papers_table(values: tuple[tuple[float, ...], ...], means: tuple[float, float], wins: int) -> None:
    by_split = split_means(paper(values), "test")
    assert tuple(by_split["value"]) == values[0] + values[1]
    single, multi = arm_means(by_split, BASELINE).itertuples()
    assert (single.mean, multi.mean) == pytest.approx(means, abs=5e-5)
    assert (multi.wins, multi.splits, multi.baseline) == (wins, 6, "single")


def test_the_papers_claim_is_not_proven_by_six_runs() -> None:
    found = compare_part(paper(TEST), "test", "dice", "single", 15 / 70).comparison
    assert found is not None
    (result,) = found.results
    assert result.verdict is Verdict.NOTHING_SHOWN
    assert result.p_holm == pytest.approx(0.40, abs=0.005)


def test_patients_count_alike_within_a_split_and_splits_within_the_mean() -> None:
    """Two cases of one patient count as one; a split of few patients counts as much as one of many."""
    frame = make_scores("a", np.array([[[0.2, 0.4, 0.9]], [[0.5, np.nan, np.nan]]])).frame
    by_split = split_means(Scores(frame.assign(patient_id=frame["case_id"].replace("case-001", "case-000"))), "test")
    assert list(by_split["value"]) == pytest.approx([(0.3 + 0.9) / 2, 0.5])
    assert arm_means(by_split, {})["mean"].item() == pytest.approx((0.6 + 0.5) / 2)


def test_an_arm_that_was_scored_on_other_cases_wins_and_loses_nothing() -> None:
    """As an arm that learns from other cases validates on those."""
    frame = paper(VAL).frame
    frame.loc[frame["arm"] == "multi", "case_id"] = "another"
    arms = arm_means(split_means(Scores(frame), "val"), BASELINE)
    assert list(arms["other_cases"]) == [False, True]
    assert arms["wins"].isna().all()


def test_splits_that_an_arm_lacks_are_named_and_left_out() -> None:
    frame = paper(TEST).frame
    found = compare_part(
        Scores(frame[(frame["arm"] != "multi") | (frame["split"] != "0")]), "test", "dice", "single", 15 / 70
    )
    assert found.left_out == ("split 0, seed 0",)
    assert found.comparison is not None
    assert found.comparison.results[0].difference == pytest.approx((0.01 + 0.02 + 0.01) / 5)


def test_a_single_arm_cannot_be_compared() -> None:
    found = compare_part(make_scores("single", np.ones((2, 1, 3))), "test", "dice", "single", 0.2)
    assert found.comparison is None
    assert "the table has one arm, 'single'" in found.why_not


def test_a_patient_who_is_tested_in_several_splits_has_one_mean() -> None:
    scores = make_scores("a", np.array([[[0.2, 0.4]], [[0.6, np.nan]]]))
    means = patient_means(scores, "tumour", "WT")["a"]
    assert means.to_dict() == pytest.approx({"case-000": 0.4, "case-001": 0.4})


def test_an_arm_wins_a_split_by_what_is_better_for_the_metric():
    values = {("own", "1"): 4.0, ("own", "2"): 4.0, ("shared", "1"): 3.0, ("shared", "2"): 5.0, ("shared", "3"): 1.0}
    rows = ({"arm": arm, "split": split, "metric": "hd95_mm", "value": v} for (arm, split), v in values.items())
    means = split_means(Scores.of(rows), "test", ["hd95_mm"])
    assert arm_means(means, {"hd95_mm": "own"}).set_index("arm")["wins"]["shared"] == 1
