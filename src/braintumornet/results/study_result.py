"""All that a study has found so far: read once from its folder, and handed to whoever shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from braintumornet.core.text.names import is_phantom
from braintumornet.results.collect_scores import collect_costs, collect_rows, find_networks
from braintumornet.results.exposure import Exposure, list_exposures
from braintumornet.results.loss_levels import TaskLoss, single_task_losses
from braintumornet.results.outcome import AUC, DICE, PaperTable, PartComparison, compare_part, paper_tables
from braintumornet.statistics.arm_scores import Row
from braintumornet.studies.finished import read_finished
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_arms import FactsArm, MasksArm, PartsArm
from braintumornet.studies.study_file import TEST, VAL
from braintumornet.studies.study_folder import StudyFolder


@dataclass(frozen=True)
class StudyResult:
    """What a study has found.

    Args:
        plan: what it runs.
        path: folder of the study.
        states: job -> `done`, `failed` or `left`.
        failures: job -> why it failed the last time.
        rows: part -> scores of all arms.
        tables: as the papers have them, for every part.
        comparisons: of the arms, for every part but the validation, which chose among networks.
        costs: arm -> what each of its networks costs.
        exposures: what the networks of each arm were shown.
        losses: of each task that an arm learns alone.
        environment: versions that a network was trained with; empty where none wrote them down.
        predictions: job -> folder in which its predictions of the test side lie, or lay.
        phantoms: whether all cases that were scored are synthetic.
    """

    plan: Plan
    path: Path
    states: Mapping[str, str]
    failures: Mapping[str, str]
    rows: Mapping[str, Sequence[Row]]
    tables: tuple[PaperTable, ...]
    comparisons: tuple[PartComparison, ...]
    costs: Mapping[str, Sequence[Mapping[str, Any]]]
    exposures: tuple[Exposure, ...]
    losses: tuple[TaskLoss, ...]
    environment: Mapping[str, str]
    predictions: Mapping[str, Path]
    phantoms: bool


def read_result(plan: Plan, folder: StudyFolder) -> StudyResult:
    """Read what the jobs that are done left behind, and compare the arms.

    Raises:
        InputError: a file is damaged.
    """
    finished = read_finished(plan, folder)
    failures = {name: folder.read_failure(name) for name in plan.jobs if folder.failure(name).is_file()}
    rows = {part: collect_rows(plan, folder, finished, part) for part in plan.parts}
    baselines = {DICE: plan.study.first, AUC: _marker_baseline(plan)}
    networks = find_networks(plan, folder, finished)
    runs = (run for own in networks.values() for _, run in own)
    cases = [case for cohort in (plan.cohort, *plan.unseen.values()) for case in cohort]
    return StudyResult(
        plan=plan,
        path=folder.path,
        states={job: "done" if job in finished else "failed" if job in failures else "left" for job in plan.jobs},
        failures=failures,
        rows=rows,
        tables=tuple(_tables(rows, baselines)),
        comparisons=tuple(_comparisons(plan, rows, baselines)),
        costs=collect_costs(plan, finished),
        exposures=tuple(list_exposures(networks)),
        losses=tuple(single_task_losses(plan, networks)),
        environment=next((found for run in runs if (found := run.environment)), {}),
        predictions={name: _place(job, folder) for name, job in plan.jobs.items()},
        phantoms=all(is_phantom(case.cohort) for case in cases),
    )


def _place(job: Job, folder: StudyFolder) -> Path:
    given = job.given
    return given.place(job.split, job.seed) if isinstance(given, MasksArm) else folder.answers(job.name, TEST)


def _tables(rows: Mapping[str, Sequence[Row]], baselines: Mapping[str, str]) -> list[PaperTable]:
    return [
        table
        for part, own in rows.items()
        for metric, baseline in baselines.items()
        for table in paper_tables([row for row in own if row.metric == metric], part, baseline)
    ]


def _comparisons(plan: Plan, rows: Mapping[str, Sequence[Row]], baselines: Mapping[str, str]) -> list[PartComparison]:
    same = _answers_of(plan.study.arms[plan.study.first])
    return [
        compare_part(own, part, metric, baseline, plan.test_share, same)
        for part, own in rows.items()
        if part != VAL
        for metric, baseline in baselines.items()
        if any(row.metric == metric for row in own)
    ]


def _marker_baseline(plan: Plan) -> str:
    """Return what markers are compared with: the study's baseline where it tells any, else the regression on facts."""
    arms = plan.study.arms
    markers = [question.task for question in plan.study.questions() if not question.regions]
    first = arms[plan.study.first]
    tells = (
        {task.name for task in plan.study.arm_config(plan.study.first, 0).tasks} if first.kind == "trained" else None
    )
    if tells is None or tells.intersection(markers):
        return plan.study.first
    return next((name for name, arm in arms.items() if isinstance(arm, FactsArm)), plan.study.first)


def _answers_of(arm: object) -> set[tuple[str, str]]:
    """Return the arms and tasks whose answers are the baseline's own, so that there is nothing to compare."""
    return {(other, task) for task, other in arm.members.items()} if isinstance(arm, PartsArm) else set()
