"""What `btn retention` shows: arms x tasks."""

from collections.abc import Sequence

from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.results.retention_of_tables import Retention
from braintumornet.terminal.console import print_json
from braintumornet.terminal.screen import Table, screen


def show_retention(rows: Sequence[Retention]) -> None:
    """Show the mean Dice of each arm on each task, and what it lost against the network trained for that task alone."""
    table = Table(title="Mean Dice on the same cases", title_justify="left")
    table.add_column("arm")
    columns = {(row.task, row.structure): row.cases for row in rows}
    for (task, structure), cases in columns.items():
        table.add_column(f"{task} {structure}\n{cases} case{'s' if cases != 1 else ''}", justify="right")
        table.add_column("lost", justify="right")
    arms: dict[str, dict[tuple[str, str], Retention]] = {}
    for row in rows:
        arms.setdefault(row.arm, {})[row.task, row.structure] = row
    for number, (arm, found) in enumerate(arms.items()):
        cells = [cell for key in columns for cell in (f"{found[key].mean_dice:.3f}", _loss(found[key], number == 0))]
        table.add_row(arm, *cells)
    screen.print(table)
    screen.print(
        "lost: against the network trained for that task alone, which stands in the first line; below zero it gained.\n"
        "One training each: the table says what these networks did, not which way of training is better.\n"
        f"{RESEARCH_USE}",
        style="dim",
    )


def _loss(row: Retention, is_reference: bool) -> str:
    return "" if is_reference else f"{row.lost:+.3f}"


def print_retention_json(rows: Sequence[Retention]) -> None:
    """Print the same for a program."""
    print_json({"use": RESEARCH_USE, "arms": [vars(row) for row in rows]})
