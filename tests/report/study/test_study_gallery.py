"""Which cases of a study are shown as failures."""

from braintumornet.core.scores import Scores
from braintumornet.report.study.study_gallery import choose_failures


def scores_of(values, volumes=None):
    """Return scores from (arm, split, case) -> Dice of WT and TC."""
    about = {"task": "tumour", "seed": "0"}
    dice = [
        {**about, "arm": arm, "split": split, "case_id": case, "structure": structure, "metric": "dice", "value": value}
        for (arm, split, case), pair in values.items()
        for structure, value in zip(("WT", "TC"), pair, strict=True)
    ]
    of_truth = {**about, "arm": "a", "split": "1", "structure": "WT", "metric": "volume_truth_ml"}
    return Scores.of(dice + [{**of_truth, "case_id": case, "value": ml} for case, ml in (volumes or {}).items()])


VALUES = {
    **{("a", "1", case): (dice, dice) for case, dice in (("p", 0.9), ("q", 0.2), ("r", 0.5), ("s", 0.7))},
    **{("b", "1", case): (dice, dice) for case, dice in (("p", 0.1), ("q", 0.3), ("r", 0.4), ("s", 0.6))},
}


def shown(scores, **options):
    return [(one.why, one.case_id, one.split) for one in choose_failures(scores, "tumour", "a", **options)]


def test_the_worst_of_the_baseline_then_those_in_which_arms_are_farthest_apart():
    assert shown(scores_of(VALUES), most=1) == [("Worst of a", "q", "1"), ("Arms disagree", "p", "1")]


def test_a_case_is_shown_once_in_its_worst_split():
    values = {**VALUES, ("a", "2", "q"): (0.1, 0.1), ("b", "2", "q"): (0.9, 0.9)}
    assert shown(scores_of(values), most=2) == [
        ("Worst of a", "q", "2"),
        ("Worst of a", "r", "1"),
        ("Arms disagree", "p", "1"),
        ("Arms disagree", "s", "1"),
    ]


def test_structures_are_averaged_and_each_arm_keeps_its_own():
    (first, *_) = choose_failures(scores_of({("a", "1", "p"): (0.2, 0.6), ("b", "1", "p"): (1.0, 0.0)}), "tumour", "a")
    assert first.dice == {"a": 0.4, "b": 0.5}


def test_cases_with_nothing_to_find_are_left_out_where_there_are_others():
    volumes = {"p": 1.0, "q": 0.0, "r": 2.0, "s": 0.0}
    assert [case for _, case, _ in shown(scores_of(VALUES, volumes), most=1)] == ["r", "p"]
    nothing = dict.fromkeys(volumes, 0.0)
    assert [case for _, case, _ in shown(scores_of(VALUES, nothing), most=1)] == ["q", "p"]


def test_where_the_baseline_does_not_outline_the_first_arm_that_does_stands_for_it():
    assert [one.why for one in choose_failures(scores_of(VALUES), "tumour", "marker", most=1)] == [
        "Worst of a", "Arms disagree",
    ]  # fmt: skip
    assert choose_failures(scores_of(VALUES), "other", "a") == []
