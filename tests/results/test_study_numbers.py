"""What a study's page is made of, on scores that were written down by hand."""

from math import isnan

import pytest

from braintumornet.core.scores import Scores
from braintumornet.results.by_volume import detection_by_volume, dice_by_volume
from braintumornet.results.empty_structure_effect import NOTES, list_emptied


def row(case, metric, value, split="1", structure="WT", **more):
    about = {"arm": "one", "task": "tumour", "case_id": case, "metric": metric, "value": value}
    return {**about, "split": split, "structure": structure, **more}


def test_bins_hold_as_many_cases_each_and_leave_out_what_is_not_there():
    rows = [row(f"{n}", "volume_truth_ml", float(n)) for n in range(9)]
    rows += [row(f"{n}", "dice", n / 10) for n in range(9)]
    small, large = dice_by_volume(Scores.of(rows), "tumour", "WT").itertuples()
    assert (small.cases, small.low_ml, small.high_ml, small.dice) == (4, 1.0, 4.0, pytest.approx(0.25))
    assert small.middle_ml == pytest.approx(24 ** (1 / 4))
    assert (large.cases, large.low_ml, large.high_ml, large.dice) == (4, 5.0, 8.0, pytest.approx(0.65))


def test_a_case_of_several_splits_counts_once():
    rows = [row("a", "volume_truth_ml", 2.0), row("b", "volume_truth_ml", 2.0), row("b", "dice", 0.2)]
    rows += [row("a", "dice", 0.6, split="1"), row("a", "dice", 1.0, split="2")]
    (point,) = dice_by_volume(Scores.of(rows), "tumour", "WT").itertuples()
    assert (point.cases, point.dice) == (2, pytest.approx(0.5))


def test_sizes_without_a_lesion_are_not_defined_and_do_not_count():
    values = {"1": (0, float("nan"), 0.0), "2": (4, 0.25, 2.0)}
    rows = [
        row("", metric, value, split=split, structure="TC", lesion="over 4.2 ml")
        for split, cells in values.items()
        for metric, value in zip(("lesions", "detection_sensitivity", "false_lesions_per_case"), cells, strict=True)
    ]
    (point,) = detection_by_volume(Scores.of(rows), "tumour", "TC").itertuples()
    assert (point.volume, point.lesions, point.found, point.false_per_case) == ("over 4.2 ml", 4, 0.25, 1.0)
    assert detection_by_volume(Scores.of(rows), "tumour", "T").empty
    (empty,) = detection_by_volume(Scores.of(rows).select(split="1"), "tumour", "TC").itertuples()
    assert isnan(empty.found)


def test_a_rule_is_told_by_its_note_also_beside_others():
    rows = [
        row("a", "dice", 0.5),
        row("b", "dice", 0.0, note="empty in prediction: missed; head hgg (WT)"),
        row("c", "dice", 1.0, note="empty in both"),
        row("d", "dice", 0.0, note="no prediction: counted as an empty one"),
        row("e", "dice", 0.7, note="head hgg (WT)"),
        row("f", "dice", 0.0, note="not assessed: counted as a failure"),
        row("b", "hd95_mm", 300.0, note="empty in prediction: missed"),
    ]
    emptied = list_emptied(Scores.of(rows), "test")
    assert emptied[["rows", *NOTES]].values.tolist() == [[6, 1, 0, 1, 1, 1]]
    assert emptied[["mean", "without"]].values.tolist() == [pytest.approx([2.2 / 6, 0.6])]


def test_an_arm_of_empty_rows_alone_has_nothing_without_them():
    emptied = list_emptied(Scores.of([row("a", "dice", 1.0, note="empty in both")]), "test")
    assert isnan(emptied["without"].item())
    assert list_emptied(Scores.of([row("a", "dice", 1.0)]), "test").empty
