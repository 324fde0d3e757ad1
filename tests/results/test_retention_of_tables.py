"""What each way of training keeps of the networks trained for one task."""

import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.evaluation.score_table import Score
from braintumornet.results.retention_of_tables import compare_arms


def scores(**dices: tuple[float, ...]) -> list[Score]:
    structure = {"hgg": "WT", "mets": "TC"}
    return [
        Score(f"{task}{number}", task, structure[task], "dice", dice)
        for task, values in dices.items()
        for number, dice in enumerate(values)
    ]


OWN = {"hgg": scores(hgg=(0.9, 0.7), mets=(0.1, 0.1)), "mets": scores(hgg=(0.0, 0.0), mets=(0.6, 0.4))}


def test_by_hand() -> None:
    rows = compare_arms(OWN, {"multi": scores(hgg=(0.8, 0.7), mets=(0.7, 0.5)), "as is": OWN["hgg"]})
    found = {(row.arm, row.task): (row.cases, round(row.mean_dice, 3), round(row.lost, 3)) for row in rows}
    assert found == {
        ("task-specific", "hgg"): (2, 0.8, 0.0),
        ("task-specific", "mets"): (2, 0.5, 0.0),
        ("multi", "hgg"): (2, 0.75, 0.05),
        ("multi", "mets"): (2, 0.6, -0.1),
        ("as is", "hgg"): (2, 0.8, 0.0),
        ("as is", "mets"): (2, 0.1, 0.4),
    }


def test_an_arm_without_a_task_is_refused() -> None:
    with pytest.raises(InputError, match="arm 'x', task 'mets', TC: 0 cases are scored, and 2 for the network"):
        compare_arms(OWN, {"x": scores(hgg=(0.8, 0.7))})


def test_an_own_table_without_its_task_is_refused() -> None:
    with pytest.raises(InputError, match="the scores given for 'mets' alone have no Dice of that task"):
        compare_arms({"mets": scores(hgg=(0.8,))}, {})
