"""What a study is, did and cost, as tables."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan
from pathlib import Path
from typing import Any

import pandas as pd

from braintumornet.core.cohort.case import Case
from braintumornet.core.frames import groups_of, rows_of
from braintumornet.report.hide_paths import hide_folders
from braintumornet.report.text_table import Column, TextTable
from braintumornet.results.split_means import mean_known
from braintumornet.results.study_result import StudyResult
from braintumornet.studies.plan import Plan
from braintumornet.studies.study_arms import TrainedArm
from braintumornet.terminal.cells import NONE
from braintumornet.terminal.study_screen import describe_arm

STATES = ("done", "failed", "left")
SETS = {"train": "training", "val": "validation", "test": "test"}


def list_cost_table(costs: pd.DataFrame) -> TextTable:
    """Return what each arm costs."""
    names = ("networks", "parameters", "operations", "steps", "training operations", "memory", "training", "prediction")
    columns = (Column("arm"), *(Column(name, kind="number") for name in names), Column("on", kind="soft"))
    rows = tuple(
        (
            cost.arm,
            str(cost.networks) if cost.networks else NONE,
            as_count(cost.parameters),
            as_count(cost.operations),
            f"{cost.steps:.0f}" if isfinite(cost.steps) else NONE,
            as_count(cost.training_operations),
            f"{cost.memory_gib:.3g} GiB" if isfinite(cost.memory_gib) else NONE,
            as_time(cost.training_s) if isfinite(cost.training_s) else NONE,
            f"{cost.prediction_s:.3g} s" if isfinite(cost.prediction_s) else NONE,
            cost.devices,
        )
        for cost in rows_of(costs)
    )
    return TextTable("Costs", columns, rows)


def as_count(number: float) -> str:
    """Return a large number with its unit.

    Example:
        >>> as_count(182158), as_count(126033280), as_count(float("nan"))
        ('182 k', '126 M', '-')
    """
    if not isfinite(number):
        return NONE
    for size, unit in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.0f}"


def as_time(seconds: float) -> str:
    """Return a time to three digits.

    Example:
        >>> as_time(0.5), as_time(312.0), as_time(9000.0)
        ('0.5 s', '5.2 min', '2.5 h')
    """
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7200 else f"{seconds / 3600:.3g} h"


def list_exposure_table(exposures: pd.DataFrame) -> TextTable:
    """Return what the networks of each arm were shown."""
    tasks = [task for task in exposures["task"].unique() if task]
    columns = (
        Column("arm"),
        Column("group"),
        Column("training cases", kind="number"),
        Column("samples", kind="number"),
        *(Column(task, "labelled samples of", "number") for task in tasks),
    )
    rows = []
    for place, own in groups_of(exposures, "arm", "group", "cases", "samples"):
        labelled = dict(zip(own["task"], own["labelled"], strict=True))
        numbers = (f"{number:g}" for number in place[2:])
        rows.append((*place[:2], *numbers, *(f"{labelled[task]:g}" if task in labelled else NONE for task in tasks)))
    return TextTable("Exposure", columns, tuple(rows))


def list_choice_table(plan: Plan, costs: Mapping[str, Sequence[Mapping[str, Any]]]) -> TextTable:
    """Return the point of its grid that each arm took in each split; no row where no arm has one."""
    arms = [name for name, arm in plan.study.arms.items() if isinstance(arm, TrainedArm) and arm.grid]
    seeds = len(plan.study.seeds) > 1
    rows = []
    for cell in plan.cells:
        for cost in costs[cell.arm] if cell.arm in arms else ():
            if cost["job"] == cell.jobs[""] and cost["choice"]:
                where = f"{cell.split}, seed {cell.seed}" if seeds else cell.split
                key, _, value = str(cost["choice"]).partition("=")
                rows.append((cell.arm, where, key, value))
    columns = (Column("arm"), Column("split"), Column("setting"), Column("chosen", kind="number"))
    return TextTable("Grid choices", columns, tuple(rows))


def list_loss_table(losses: pd.DataFrame) -> TextTable:
    """Return the loss of each task that was learned alone, and the weights that would make the others as large."""
    splits = list(losses["split"].unique())
    tasks = {place: own.set_index("split")["loss"] for place, own in groups_of(losses, "task", "arm")}
    means = {place: mean_known(own) for place, own in tasks.items()}
    columns = (
        Column("task"),
        Column("arm"),
        *(Column(split, "last loss, split", "number") for split in splits),
        Column("mean", kind="number"),
        *(Column(f"{task} over it", "ratio of the means", "number") for task, _ in tasks),
    )
    rows = tuple(
        (
            *place,
            *own.reindex(splits).map(_as_loss),
            _as_loss(means[place]),
            *("" if other == place else _as_loss(means[other] / (means[place] or nan)) for other in tasks),
        )
        for place, own in tasks.items()
    )
    return TextTable("Single-task losses", columns, rows)


def _as_loss(loss: float) -> str:
    return f"{loss:.3g}" if isfinite(loss) else NONE


def list_arm_table(result: StudyResult, places: Sequence[Path]) -> TextTable:
    """Return what each arm is, and how many of its jobs are done.

    Args:
        result: of the study.
        places: of which only the last part is shown.
    """
    rows = []
    for name in result.plan.study.arms:
        states = [result.states[job.name] for job in result.plan.jobs.values() if job.arm == name]
        counts = [str(states.count(state)) if states else NONE for state in STATES]
        rows.append((name, hide_folders(describe_arm(result.plan, name), places), *counts))
    counted = (Column(name, "jobs", "number") for name in STATES)
    return TextTable("Arms", (Column("arm"), Column("what it is", kind="soft"), *counted), tuple(rows))


def list_split_sizes_table(plan: Plan) -> TextTable:
    """Return how many cases of each cohort are in each set of the splits."""
    cohorts = list(dict.fromkeys(case.cohort for case in plan.cohort))
    columns = tuple(Column(name, word, "number") for word in SETS.values() for name in cohorts)
    rows = []
    for name, split in plan.splits.items():
        sets = [plan.cohort.with_ids(list(split.ids(name))) for name in SETS]
        counts = (_count([case for case in own if case.cohort == cohort]) for own in sets for cohort in cohorts)
        rows.append((name, *counts))
    seeds = f"Seeds: {', '.join(map(str, plan.study.seeds))}."
    fixed = [f"{name}: {_count(list(cohort))} cases" for name, cohort in plan.external.items()]
    return TextTable("Splits", (Column("split"), *columns), tuple(rows), note=" ".join([seeds, "; ".join(fixed)]))


def _count(cases: Sequence[Case]) -> str:
    patients = len({case.patient_id for case in cases})
    return str(len(cases)) if patients == len(cases) else f"{len(cases)} of {patients} patients"


def list_job_table(result: StudyResult, failures: Mapping[str, str]) -> TextTable:
    """Return every job, and why some failed, in words that may be shown."""
    columns = tuple(map(Column, ("job", "arm", "split", "seed", "state", "needs", "fingerprint", "why")))
    rows = tuple(
        (
            job.name,
            job.arm,
            job.split,
            str(job.seed),
            result.states[job.name],
            ", ".join(job.needs),
            job.fingerprint,
            failures.get(job.name, ""),
        )
        for job in result.plan.jobs.values()
    )
    return TextTable("Jobs", columns, rows)
