"""The papers' tables, by hand."""

import numpy as np
import pytest

from braintumornet.results.outcome import compare_part, mean_by_patient, paper_tables
from braintumornet.statistics.verdict import Verdict

from ..study_tables import Rows, make_rows

# the pLGG paper's six runs: single- and multi-task, validation and test
VAL = ((0.76, 0.75, 0.78, 0.79, 0.76, 0.76), (0.82, 0.80, 0.78, 0.80, 0.77, 0.76))
TEST = ((0.70, 0.76, 0.78, 0.73, 0.80, 0.70), (0.83, 0.77, 0.80, 0.74, 0.80, 0.70))


def paper(values: tuple[tuple[float, ...], ...]) -> Rows:
    return [
        row
        for arm, dice in zip(("single", "multi"), values, strict=True)
        for row in make_rows(arm, np.array(dice)[:, None, None])
    ]


@pytest.mark.parametrize(
    ("values", "means", "wins"), [(VAL, (0.7667, 0.7883), 4), (TEST, (0.7450, 0.7733), 4)], ids=["validation", "test"]
)
def test_the_papers_table(values: tuple[tuple[float, ...], ...], means: tuple[float, float], wins: int) -> None:
    (table,) = paper_tables(paper(values), "test", "single")
    assert [column.by_split for column in table.columns] == list(values)
    assert [column.mean for column in table.columns] == pytest.approx(means, abs=5e-5)
    assert [column.wins for column in table.columns] == [None, wins]


def test_the_papers_claim_is_not_proven_by_six_runs() -> None:
    found = compare_part(paper(TEST), "test", "dice", "single", 15 / 70).comparison
    assert found is not None
    (result,) = found.results
    assert result.verdict is Verdict.NOTHING_SHOWN
    assert result.p_holm == pytest.approx(0.40, abs=0.005)


def test_patients_count_alike_within_a_split_and_splits_within_the_mean() -> None:
    """Two cases of one patient count as one; a split of few patients counts as much as one of many."""
    rows = make_rows("a", np.array([[[0.2, 0.4, 0.9]], [[0.5, np.nan, np.nan]]]))
    rows = [row if row.case != "case-001" else type(row)(**{**vars(row), "patient": "case-000"}) for row in rows]
    (table,) = paper_tables(rows, "test", "a")
    assert table.columns[0].by_split == pytest.approx(((0.3 + 0.9) / 2, 0.5))
    assert table.columns[0].mean == pytest.approx((0.6 + 0.5) / 2)


def test_an_arm_that_was_scored_on_other_cases_wins_and_loses_nothing() -> None:
    """As an arm that learns from other cases validates on those."""
    rows = paper(VAL)
    moved = [row if row.arm == "single" else type(row)(**{**vars(row), "case": "another"}) for row in rows]
    single, multi = paper_tables(moved, "val", "single")[0].columns
    assert (single.elsewhere, multi.elsewhere) == (False, True)
    assert multi.wins is None


def test_splits_that_an_arm_lacks_are_named_and_left_out() -> None:
    rows = [row for row in paper(TEST) if (row.arm, row.split) != ("multi", "0")]
    found = compare_part(rows, "test", "dice", "single", 15 / 70)
    assert found.left_out == ("split 0, seed 0",)
    assert found.comparison is not None
    assert found.comparison.results[0].difference == pytest.approx((0.01 + 0.02 + 0.01) / 5)


def test_a_single_arm_cannot_be_compared() -> None:
    found = compare_part(make_rows("single", np.ones((2, 1, 3))), "test", "dice", "single", 0.2)
    assert found.comparison is None
    assert "the table has one arm, 'single'" in found.why_not


def test_a_patient_who_is_tested_in_several_splits_has_one_mean() -> None:
    rows = make_rows("a", np.array([[[0.2, 0.4]], [[0.6, np.nan]]]))
    assert mean_by_patient(rows, "a", "tumour", "WT") == pytest.approx({"case-000": 0.4, "case-001": 0.4})
