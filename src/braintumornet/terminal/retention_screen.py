"""What `btn retention` shows: arms x tasks."""

import pandas as pd

from braintumornet.core.frames import groups_of, rows_of
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.results.retention import TASK_SPECIFIC
from braintumornet.terminal.console import print_json
from braintumornet.terminal.screen import numbers, screen, show_table


def show_retention(kept: pd.DataFrame) -> None:
    """Show the mean Dice of each arm on each task, and its change against the network trained for that task alone."""
    columns: list[str] = []
    cells = {arm: [arm] for arm in kept["arm"].unique()}
    for (task, structure, cases), own in groups_of(kept, "task", "structure", "cases"):
        columns += [f"{task} {structure}\n{cases} case{'s' if cases != 1 else ''}", "change"]
        for row in rows_of(own):
            cells[row.arm] += [f"{row.mean_dice:.3f}", "" if row.arm == TASK_SPECIFIC else f"{row.change:+.3f}"]
    show_table("Mean Dice on the same cases", ("arm", *numbers(*columns)), cells.values())
    screen.print(
        "change: against the network trained for that task alone, in the first line; below zero: negative transfer.\n"
        "One training each: the table says what these networks did, not which way of training is better.\n"
        f"{RESEARCH_USE}",
        style="dim",
    )


def print_retention_json(kept: pd.DataFrame) -> None:
    """Print the same for a program; `lost`, which is `change` turned round, goes with version 0.3."""
    print_json({"use": RESEARCH_USE, "arms": kept.assign(lost=-kept["change"]).to_dict("records")})
