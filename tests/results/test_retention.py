"""What each way of training keeps of the networks trained for one task."""

from math import isnan, nan

import pytest

from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError
from braintumornet.results.retention import compare_arms, list_retention
from braintumornet.results.split_means import split_means


def scores(**dices: tuple[float, ...]) -> Scores:
    structure = {"hgg": "WT", "mets": "TC"}
    return Scores.of(
        {"case_id": f"{task}{n}", "task": task, "structure": structure[task], "metric": "dice", "value": dice}
        for task, values in dices.items()
        for n, dice in enumerate(values)
    )


OWN = {"hgg": scores(hgg=(0.9, 0.7), mets=(0.1, 0.1)), "mets": scores(hgg=(0.0, 0.0), mets=(0.6, 0.4))}


def test_by_hand() -> None:
    rows = compare_arms(OWN, {"multi": scores(hgg=(0.8, 0.7), mets=(0.7, 0.5)), "as is": OWN["hgg"]})
    assert rows.drop(columns="structure").round(3).values.tolist() == [
        ["task-specific", "hgg", 2, 0.8, 0.0],
        ["task-specific", "mets", 2, 0.5, 0.0],
        ["multi", "hgg", 2, 0.75, -0.05],
        ["multi", "mets", 2, 0.6, 0.1],
        ["as is", "hgg", 2, 0.8, 0.0],
        ["as is", "mets", 2, 0.1, -0.4],
    ]


def test_an_arm_without_a_task_is_refused() -> None:
    with pytest.raises(InputError, match="arm 'x', task 'mets', TC: 0 cases are scored, and 2 for the network"):
        compare_arms(OWN, {"x": scores(hgg=(0.8, 0.7))})


def test_an_own_table_without_its_task_is_refused() -> None:
    with pytest.raises(InputError, match="the scores given for 'mets' alone have no Dice of that task"):
        compare_arms({"mets": scores(hgg=(0.8,))}, {})


def test_what_is_lost_is_compared_where_both_are_done() -> None:
    values = {"own": (0.8, 0.6, 0.7), "other": (0.7, nan, 0.4)}
    means = split_means(
        Scores.of(
            {"arm": arm, "split": split, "metric": "dice", "value": value}
            for arm, own in values.items()
            for split, value in enumerate(own)
        ),
        "test",
    )
    assert list(list_retention(means, "own")["change"]) == pytest.approx([0.0, -0.2])
    assert list(list_retention(means, "own")["mean_dice"]) == pytest.approx([0.7, 0.55])
    assert all(isnan(change) for change in list_retention(means, "")["change"])
