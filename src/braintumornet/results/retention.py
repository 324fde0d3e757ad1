"""What each arm keeps of a network of its own for each task: the change in Dice, in a study or in tables of scores."""

from collections.abc import Mapping
from itertools import product

import pandas as pd

from braintumornet.core.frames import groups_of, rows_of
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError, require
from braintumornet.results.split_means import DICE, mean_known, split_means
from braintumornet.studies.study_arms import TaskEnsembleArm
from braintumornet.studies.study_file import Study

TASK_SPECIFIC = "task-specific"


def task_specific(study: Study) -> str:
    """Return the arm that has a network of its own for each task; "" where the study has none."""
    return next((name for name, arm in study.arms.items() if isinstance(arm, TaskEnsembleArm)), "")


def list_retention(means: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Return what every arm reaches on each structure, and its change in Dice.

    Args:
        means: as `split_means` returns them.
        reference: arm with a network for each task; "" where there is none.

    Returns:
        part, task, structure, arm, mean_dice (over the splits) and change: its mean minus that of the reference, over
        the splits that both have; below zero it is negative transfer, NaN where there is nothing to compare.

    Example:
        >>> rows = (
        ...     {"arm": arm, "split": split, "metric": "dice", "value": value}
        ...     for arm, values in (("own", (0.8, 0.9)), ("multi-task", (0.7, 0.9)))
        ...     for split, value in enumerate(values)
        ... )
        >>> kept = list_retention(split_means(Scores.of(rows), "test"), "own")
        >>> kept[["arm", "mean_dice", "change"]].round(2).to_dict("list")
        {'arm': ['own', 'multi-task'], 'mean_dice': [0.85, 0.8], 'change': [0.0, -0.05]}
    """
    rows = []
    for place, own in groups_of(means[means["metric"] == DICE], "part", "task", "structure"):
        values = own.pivot(index="split", columns="arm", values="value")
        of_reference = values.get(reference, pd.Series(index=values.index, dtype=float))
        rows += [
            (*place, arm, mean_known(values[arm]), mean_known(values[arm] - of_reference))
            for arm in own["arm"].unique()
        ]
    return pd.DataFrame(rows, columns=["part", "task", "structure", "arm", "mean_dice", "change"])


def compare_arms(own: Mapping[str, Scores], arms: Mapping[str, Scores]) -> pd.DataFrame:
    """Compare arms with the networks trained for one task each, on the same cases.

    Args:
        own: task -> scores of the network trained for it alone; its scores on other tasks are left aside.
        arms: name -> scores, on the same cases and structures.

    Returns:
        arm, task, structure, cases, mean_dice and change as `list_retention` has them; a row for each arm and
        structure, the task-specific networks first.

    Raises:
        InputError: an arm was not scored on the same cases and structures, or on one of them twice.

    Example:
        >>> alone, multi = (
        ...     Scores.of([{"case_id": "a", "task": "hgg", "structure": "WT", "metric": "dice", "value": value}])
        ...     for value in (0.9, 0.8)
        ... )
        >>> rows = compare_arms({"hgg": alone}, {"multi-task": multi})
        >>> list(zip(rows["arm"], rows["mean_dice"], rows["change"].round(2)))
        [('task-specific', 0.9, 0.0), ('multi-task', 0.8, -0.1)]
    """
    alone = Scores.concat(_dice_of(TASK_SPECIFIC, table.select(task=task)) for task, table in own.items())
    for task in own.keys() - set(alone.frame["task"]):
        msg = f"the scores given for {task!r} alone have no Dice of that task; give those of its own network"
        raise InputError(msg)
    tables = {TASK_SPECIFIC: alone, **{arm: _dice_of(arm, table) for arm, table in arms.items()}}
    cases = _require_same_cases(tables)
    means = split_means(Scores.concat(tables.values()), "")
    rows = list_retention(means, TASK_SPECIFIC)
    counts = [cases.get(place, 0) for place in zip(rows["task"], rows["structure"], strict=True)]
    rows = rows.assign(cases=counts)
    order = {arm: number for number, arm in enumerate(tables)}
    rows = rows[rows["cases"] > 0].sort_values("arm", key=lambda arms: arms.map(order), kind="stable")
    return rows[["arm", "task", "structure", "cases", "mean_dice", "change"]]


def _require_same_cases(tables: Mapping[str, Scores]) -> dict[tuple[str, str], int]:
    """Return task and structure -> how many cases; an arm may be scored on more structures than the first."""
    found = {
        arm: {place: set(rows["case_id"]) for place, rows in groups_of(table.frame, "task", "structure")}
        for arm, table in tables.items()
    }
    wanted = found[TASK_SPECIFIC]
    for arm, (task, structure) in product(tables, wanted):
        cases, scored = wanted[task, structure], found[arm].get((task, structure), set())
        require(
            scored == cases,
            f"arm {arm!r}, task {task!r}, {structure}: {len(scored)} cases are scored, and {len(cases)} for the "
            "network trained for it alone; score all arms on the same cases with `btn evaluate ... --tasks-of`",
        )
    return {place: len(cases) for place, cases in wanted.items()}


def _dice_of(arm: str, scores: Scores) -> Scores:
    """Return the Dice of an arm, of which each case has one."""
    frame = scores.select(metric=DICE).frame
    for row in rows_of(frame[frame.duplicated(["task", "structure", "case_id"])]):
        msg = (
            f"case {row.case_id}, {row.task}, {row.structure}: dice is there twice; "
            "compare one run of each arm at a time"
        )
        raise InputError(msg)
    return Scores(frame.assign(arm=arm, split="", replicate="", seed=""))
