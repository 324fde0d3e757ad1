"""All that a study has found so far: read once from its folder, and handed to whoever shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from braintumornet.core.scores import Scores
from braintumornet.results.collect_scores import collect_costs, collect_scores, find_networks
from braintumornet.results.single_task_losses import single_task_losses
from braintumornet.results.split_means import arm_means, split_means
from braintumornet.results.study_comparisons import PartComparison, choose_baselines, compare_parts
from braintumornet.results.training_exposure import list_exposures
from braintumornet.studies.completed_jobs import read_finished
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_arms import ExternalMasksArm
from braintumornet.studies.study_file import TEST
from braintumornet.studies.study_folder import StudyFolder


@dataclass(frozen=True)
class StudyResult:
    """What a study has found.

    Args:
        plan: what it runs.
        path: folder of the study.
        states: job -> `done`, `failed` or `left`.
        failures: job -> why it failed the last time.
        scores: part -> scores of all arms.
        means: of each arm in each split, for every part, as `split_means` returns them.
        arms: over the splits, as `arm_means` returns them.
        comparisons: of the arms, for every part but the validation, which chose among networks.
        costs: arm -> what each of its networks costs.
        exposures: what the networks of each arm were shown.
        losses: of each task that an arm learns alone.
        environment: versions that a network was trained with; empty where none wrote them down.
        predictions: job -> folder in which its predictions of the test set lie, or lay.
        phantoms: whether all cases that were scored are synthetic.
    """

    plan: Plan
    path: Path
    states: Mapping[str, str]
    failures: Mapping[str, str]
    scores: Mapping[str, Scores]
    means: pd.DataFrame
    arms: pd.DataFrame
    comparisons: tuple[PartComparison, ...]
    costs: Mapping[str, Sequence[Mapping[str, Any]]]
    exposures: pd.DataFrame
    losses: pd.DataFrame
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
    scores = {part: collect_scores(plan, folder, finished, part) for part in plan.parts}
    baselines = choose_baselines(plan)
    means, networks = _means(scores, list(baselines)), find_networks(plan, folder, finished)
    runs = (run for own in networks.values() for _, run in own)
    cases = [case for cohort in (plan.cohort, *plan.external.values()) for case in cohort]
    return StudyResult(
        plan=plan,
        path=folder.path,
        states={job: "done" if job in finished else "failed" if job in failures else "left" for job in plan.jobs},
        failures=failures,
        scores=scores,
        means=means,
        arms=arm_means(means, baselines),
        comparisons=tuple(compare_parts(plan, scores, baselines)),
        costs=collect_costs(plan, finished),
        exposures=list_exposures(networks),
        losses=single_task_losses(plan, networks),
        environment=next((found for run in runs if (found := run.environment)), {}),
        predictions={name: _place(job, folder) for name, job in plan.jobs.items()},
        phantoms=all(case.is_synthetic for case in cases),
    )


def _place(job: Job, folder: StudyFolder) -> Path:
    given = job.given
    return (
        given.place(job.split, job.seed) if isinstance(given, ExternalMasksArm) else folder.predictions(job.name, TEST)
    )


def _means(scores: Mapping[str, Scores], metrics: Sequence[str]) -> pd.DataFrame:
    """Return the means of all parts, in each the metrics in this order."""
    means = [split_means(table, part, metrics) for part, table in scores.items()]
    return pd.concat([each[each["metric"] == metric] for each in means for metric in metrics], ignore_index=True)
