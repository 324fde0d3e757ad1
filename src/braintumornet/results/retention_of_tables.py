"""Several ways to train for the same tasks, on the same cases: what each keeps of the network trained for one alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from braintumornet.core.text.errors import InputError
from braintumornet.evaluation.score_table import Score

TASK_SPECIFIC = "task-specific"


@dataclass(frozen=True)
class Retention:
    """What an arm reaches on one structure of a task, and what it lost.

    Args:
        arm: its name.
        task: name of the task.
        structure: region.
        cases: how many.
        mean_dice: over these.
        lost: mean Dice, on the same cases, of the network trained for the task alone, minus this one's; below zero it
            gained.
    """

    arm: str
    task: str
    structure: str
    cases: int
    mean_dice: float
    lost: float


def compare_arms(own: Mapping[str, Sequence[Score]], arms: Mapping[str, Sequence[Score]]) -> list[Retention]:
    """Compare arms with the networks trained for one task each.

    Args:
        own: task -> scores of the network trained for it alone; its scores on other tasks are left aside.
        arms: name -> scores, on the same cases and structures.

    Returns:
        A row for each arm and structure, the task-specific networks first.

    Raises:
        InputError: an arm was not scored on the same cases and structures, or on one of them twice.

    Example:
        >>> alone = {"hgg": [Score("a", "hgg", "WT", "dice", 0.9)]}
        >>> rows = compare_arms(alone, {"multi-task": [Score("a", "hgg", "WT", "dice", 0.8)]})
        >>> [(row.arm, row.mean_dice, round(row.lost, 2)) for row in rows]
        [('task-specific', 0.9, 0.0), ('multi-task', 0.8, 0.1)]
    """
    wanted: dict[tuple[str, str], dict[str, float]] = {}
    for task, scores in own.items():
        found = {key: dice for key, dice in _dice_of(scores).items() if key[0] == task}
        if not found:
            msg = f"the scores given for {task!r} alone have no Dice of that task; give those of its own network"
            raise InputError(msg)
        wanted |= found
    rows = [Retention(TASK_SPECIFIC, *key, len(dice), _mean(dice), 0.0) for key, dice in wanted.items()]
    for arm, scores in arms.items():
        given = _dice_of(scores)
        for (task, structure), alone in wanted.items():
            dice = given.get((task, structure), {})
            if dice.keys() != alone.keys():
                msg = (
                    f"arm {arm!r}, task {task!r}, {structure}: {len(dice)} cases are scored, and {len(alone)} for the "
                    "network trained for it alone; score all arms on the same cases with `btn evaluate ... --tasks-of`"
                )
                raise InputError(msg)
            rows.append(Retention(arm, task, structure, len(dice), _mean(dice), _mean(alone) - _mean(dice)))
    return rows


def _dice_of(scores: Sequence[Score]) -> dict[tuple[str, str], dict[str, float]]:
    found: dict[tuple[str, str], dict[str, float]] = {}
    for score in scores:
        if score.metric == "dice":
            of_cases = found.setdefault((score.task, score.structure), {})
            if score.case_id in of_cases:
                msg = (
                    f"case {score.case_id}, {score.task}, {score.structure}: dice stands there twice; "
                    "compare one run of each arm at a time"
                )
                raise InputError(msg)
            of_cases[score.case_id] = score.value
    return found


def _mean(dice: Mapping[str, float]) -> float:
    return fmean(dice.values())  # exact, so that the order of the cases does not matter
