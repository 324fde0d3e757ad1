"""What a study's page is made of, on rows that were written down by hand."""

from math import isnan

import pytest

from braintumornet.results.by_volume import detection_by_size, dice_by_size
from braintumornet.results.empty_rules import NOTES, list_emptied
from braintumornet.results.outcome import ArmColumn, PaperTable
from braintumornet.results.retention import list_retention
from braintumornet.statistics.arm_scores import Row


def row(case, metric, value, arm="one", split="1", structure="WT", note=""):
    return Row(0, arm, split, "0", case, case, "tumour", structure, metric, value, note)


def test_bins_hold_as_many_cases_each_and_leave_out_what_is_not_there():
    rows = [row(f"{n}", "volume_truth_ml", float(n)) for n in range(9)]
    rows += [row(f"{n}", "dice", n / 10) for n in range(9)]
    small, large = dice_by_size(rows, "tumour", "WT")
    assert (small.cases, small.low_ml, small.high_ml, small.dice) == (4, 1.0, 4.0, pytest.approx(0.25))
    assert small.middle_ml == pytest.approx(24 ** (1 / 4))
    assert (large.cases, large.low_ml, large.high_ml, large.dice) == (4, 5.0, 8.0, pytest.approx(0.65))


def test_a_case_of_several_splits_counts_once():
    rows = [row("a", "volume_truth_ml", 2.0), row("b", "volume_truth_ml", 2.0), row("b", "dice", 0.2)]
    rows += [row("a", "dice", 0.6, split="1"), row("a", "dice", 1.0, split="2")]
    (point,) = dice_by_size(rows, "tumour", "WT")
    assert (point.cases, point.dice) == (2, pytest.approx(0.5))


def test_sizes_without_a_lesion_are_not_defined_and_do_not_count():
    values = {"1": (0, float("nan"), 0.0), "2": (4, 0.25, 2.0)}
    rows = [
        row("", metric, value, split=split, structure="TC over 4.2 ml")
        for split, cells in values.items()
        for metric, value in zip(("lesions", "detection_sensitivity", "false_lesions_per_case"), cells, strict=True)
    ]
    (point,) = detection_by_size(rows, "tumour", "TC")
    assert (point.size, point.lesions, point.found, point.false_per_case) == ("over 4.2 ml", 4, 0.25, 1.0)
    assert detection_by_size(rows, "tumour", "T") == []
    (empty,) = detection_by_size([one for one in rows if one.split == "1"], "tumour", "TC")
    assert isnan(empty.found)


def test_a_rule_is_told_by_its_note_also_beside_others():
    rows = [
        row("a", "dice", 0.5),
        row("b", "dice", 0.0, note="empty in prediction: missed; head hgg (WT)"),
        row("c", "dice", 1.0, note="empty in both"),
        row("d", "dice", 0.0, note="no prediction: counted as an empty one"),
        row("e", "dice", 0.7, note="head hgg (WT)"),
        row("b", "hd95_mm", 300.0, note="empty in prediction: missed"),
    ]
    (one,) = list_emptied(rows, "test", "one")
    assert (one.rows, one.decided) == (5, (1, 0, 1, 1))
    assert (one.dice, one.without) == (pytest.approx(0.44), pytest.approx(0.6))
    assert len(NOTES) == len(one.decided)


def test_an_arm_of_empty_rows_alone_has_nothing_without_them():
    (one,) = list_emptied([row("a", "dice", 1.0, note="empty in both")], "test", "one")
    assert isnan(one.without)


def test_what_is_lost_is_compared_where_both_are_done():
    own = ArmColumn("own", (0.8, 0.6, 0.7), 0.7, None)
    other = ArmColumn("other", (0.7, float("nan"), 0.4), 0.55, 0)
    table = PaperTable("test", "mets", "TC", "dice", ("1", "2", "3"), (own, other))
    val = PaperTable("val", "mets", "TC", "dice", ("1", "2", "3"), (own, other))
    rows = list_retention([table, val], ["test"], "own")
    assert [(kept.arm, kept.lost) for kept in rows] == [("own", 0.0), ("other", pytest.approx(0.2))]
    assert all(isnan(kept.lost) for kept in list_retention([table], ["test"], ""))
