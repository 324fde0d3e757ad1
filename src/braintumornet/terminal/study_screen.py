"""What `btn study` shows: the plan, each job that ended, and the table at the end."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import count
from math import isfinite
from typing import Any

import pandas as pd

from braintumornet.core.frames import groups_of, rows_of
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.results.split_means import PLACE, name_about, name_metric, name_part
from braintumornet.results.study_result import StudyResult
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.run_jobs import Outcome
from braintumornet.studies.study_arms import (
    ClinicalBaselineArm,
    ExternalMasksArm,
    PretrainedArm,
    TaskEnsembleArm,
    TrainedArm,
)
from braintumornet.studies.training_budget import Trained
from braintumornet.terminal.compare_screen import show_comparison
from braintumornet.terminal.console import print_json
from braintumornet.terminal.screen import Table, numbers, screen, show_table, styled


def show_plan(plan: Plan, left: list[Job], seconds: float) -> None:
    """Show how many jobs there are per arm, what each is, and about how long those take that are not done."""
    rows = (
        (
            name,
            describe_arm(plan, name),
            str(sum(job.arm == name for job in plan.jobs.values())),
            str(sum(job.arm == name for job in left)),
            _count_steps(plan, name),
        )
        for name in plan.study.arms
    )
    title = f"Study of {len(plan.cohort)} cases"
    show_table(title, ("arm", "what it is", *numbers("jobs", "to run", "steps each")), rows)
    parts = ", ".join(f"{name} ({len(cohort)})" for name, cohort in plan.external.items())
    screen.print(
        f"splits: {len(plan.splits)}; seeds: {len(plan.study.seeds)}" + (f"; external: {parts}" if parts else "")
    )
    to_run = f"{len(left)} of {len(plan.jobs)} jobs to run, about {in_words(seconds)} on this machine, one by one"
    screen.print(to_run if left else f"all {len(plan.jobs)} jobs are done")


def _count_steps(plan: Plan, arm: str) -> str:
    steps = {
        Trained(job.config, job.cohort).steps for job in plan.jobs.values() if job.arm == arm and job.config is not None
    }
    return " to ".join(str(n) for n in sorted({min(steps), max(steps)})) if steps else "-"


def describe_arm(plan: Plan, name: str) -> str:
    """Return what an arm is, in a few words."""
    arm = plan.study.arms[name]
    match arm:
        case TrainedArm():
            tasks = ", ".join(task.name for task in plan.study.arm_config(name, 0).tasks)
            start = f", from {arm.starts_from}" if arm.starts_from else ""
            grid = f", {arm.grid.key} of {len(arm.grid.values)}" if arm.grid else ""
            where = "".join(f", {key} {value}" for key, value in (arm.where or {}).items())
            return f"learns {tasks}{where}{start}{grid}"
        case PretrainedArm():
            return f"pretrained network {arm.run}"
        case ExternalMasksArm():
            return f"external masks in {arm.folder}"
        case ClinicalBaselineArm():
            return f"logistic regression of {arm.task} on location, volume, age"
        case TaskEnsembleArm():
            return ", ".join(f"{task}: {other}" for task, other in arm.members.items())


def in_words(seconds: float) -> str:
    """Return a time as people say it.

    Example:
        >>> in_words(50), in_words(420), in_words(9000)
        ('1 minute', '7 minutes', '2.5 hours')
    """
    minutes = max(1, round(seconds / 60))
    if minutes < 90:
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    return f"{seconds / 3600:.1f} hours" if seconds < 2 * 86400 else f"{seconds / 86400:.1f} days"


def job_lines(total: int, hidden: bool = False) -> Callable[[Outcome], None]:
    """Return what prints a line for each job that ends.

    Args:
        total: how many there are to run.
        hidden: print none.
    """
    numbers = count(1)

    def show(outcome: Outcome) -> None:
        mark = ("✗", "red") if outcome.error else ("✓", "green")
        became = outcome.error or f"{outcome.seconds:.0f} s"
        screen.print(styled(mark, f" {next(numbers)} of {total}  {outcome.job.name}: {became}"), soft_wrap=True)

    return (lambda outcome: None) if hidden else show


def show_study(result: StudyResult) -> None:
    """Show the means of every arm in every part, and the comparisons on the test sets."""
    if len(result.arms):
        screen.print(_show_means(result.arms))
    for each in result.comparisons:
        if each.part == "test" and each.comparison is not None:
            show_comparison(each.comparison)
        elif each.part == "test":
            screen.print(f"{each.metric}: {each.why_not}", style="yellow")
    for job, error in result.failures.items():
        screen.print(styled(("failed", "red"), f" {job}: {error}"), soft_wrap=True)
    if result.phantoms:
        screen.print("Phantoms: nothing measured on them says how well patients are segmented.", style="yellow")


def _show_means(arms: pd.DataFrame) -> Table:
    names = list(arms["arm"].unique())
    title = "Means over the splits; in brackets the wins: splits in which the arm is better"
    table = Table("", *numbers(*names), title=title)
    before = ""
    for (part, task, structure, metric), own in groups_of(arms, *PLACE):
        if part != before:
            table.add_section()
        before = part
        cells = {arm.arm: _cell(arm) for arm in rows_of(own)}
        title = f"{name_part(part)}, {name_about(task, structure)}, {name_metric(metric)}"
        table.add_row(title, *(cells.get(name, "-") for name in names))
    return table


def _cell(arm: Any) -> str:
    if not isfinite(arm.mean):
        return "-"
    wins = "" if pd.isna(arm.wins) else f" ({arm.wins}/{arm.splits})"
    return f"{arm.mean:.3f}{' (other cases)' if arm.other_cases else wins}"


def print_study_json(result: StudyResult) -> None:
    """Print the tables, comparisons, costs and failures for a program; what is not defined is null."""
    print_json(
        {
            "use": RESEARCH_USE,
            "phantoms": result.phantoms,
            "tables": list(_tables_as_json(result)),
            "comparisons": list(map(asdict, result.comparisons)),
            "costs": result.costs,
            "failures": result.failures,
        }
    )


def _tables_as_json(result: StudyResult) -> Iterator[dict[str, Any]]:
    for place, own in groups_of(result.arms, *PLACE):
        means = result.means.merge(own[[*PLACE, "arm"]])
        values = means.pivot(index="split", columns="arm", values="value").loc[means["split"].unique()]
        columns = [
            {
                "arm": arm.arm,
                "by_split": list(values[arm.arm]),
                "mean": arm.mean,
                "wins": None if pd.isna(arm.wins) else int(arm.wins),
                "elsewhere": arm.other_cases,
            }
            for arm in rows_of(own)
        ]
        about = dict(zip(PLACE, place, strict=True))
        yield {**about, "splits": list(values.index), "columns": columns, "baseline": own["baseline"].iloc[0]}
