"""What `btn prepare --dry-run` shows: which image would be taken for which sequence, and why."""

from braintumornet.prepare.recognition.plan import Plan
from braintumornet.prepare.recognition.plan_table import tabulate_plan
from braintumornet.terminal.console import print_json
from braintumornet.terminal.screen import Table, screen, styled

COLOURS = {"use": "green", "ask": "bold yellow", "spare": "dim", "omit": "dim"}
MOST_ROWS = 60


def show_plan(plan: Plan, json: bool = False) -> None:
    """Show the plan as a table, questions in yellow, or print it for a program."""
    rows = tabulate_plan(plan)
    if json:
        print_json(rows)
        return
    table = Table(title="Plan", title_justify="left")
    for column in ("case", "series", "sequence", "decision", "reason"):
        table.add_column(column, no_wrap=column in ("case", "series", "sequence", "decision"))
    for row in rows[:MOST_ROWS]:
        decision = styled((row["decision"], COLOURS[row["decision"]]))
        table.add_row(row["case_id"], row["series"], row["sequence"] or "?", decision, row["reason"])
    screen.print(table)
    if len(rows) > MOST_ROWS:
        screen.print(f"... {len(rows) - MOST_ROWS} more images in plan.csv", style="dim")
    asked = len({row["case_id"] for row in rows if row["decision"] == "ask"})
    answers = f"; waiting for an answer: {asked} (fill the column 'sequence' in plan.csv, then --map)" if asked else ""
    screen.print(f"{len(plan.cases)} case{'' if len(plan.cases) == 1 else 's'}{answers}", soft_wrap=True)
