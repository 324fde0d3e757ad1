"""The loss of each task that an arm learns alone: what a weight between two losses is chosen by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from braintumornet.inference.trained_run import TrainedRun
from braintumornet.results.collect_scores import Networks
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_arms import TrainedArm

LAST_SHARE = 10  # the end of a training: its last tenth, because the loss of a single batch says little


@dataclass(frozen=True)
class TaskLoss:
    """The loss of a task at the end of the trainings of an arm that learns nothing else.

    Args:
        by_split: split -> mean over the seeds.
        mean: over the splits.
    """

    task: str
    arm: str
    by_split: Mapping[str, float]
    mean: float


def single_task_losses(plan: Plan, networks: Networks) -> list[TaskLoss]:
    """Return the last loss of each task that an arm learns alone and from scratch.

    The pLGG paper took its weight of 0.3 "proportional to the single task loss values" (Vafaeikia et al.,
    arXiv 2111.14959): the ratio of two of these. Of several such arms, one that learns from the study's own cases is
    taken before one that learns from others.
    """
    asked = {question.task for question in plan.study.questions()}
    found: dict[str, TaskLoss] = {}
    alone = [
        (name, arm) for name, arm in plan.study.arms.items() if isinstance(arm, TrainedArm) and not arm.starts_from
    ]
    for name, _ in sorted(alone, key=lambda each: each[1].where is not None):
        tasks = [task.name for task in plan.study.arm_config(name, plan.study.seeds[0]).tasks]
        if len(tasks) == 1 and tasks[0] in asked and tasks[0] not in found:
            losses = _last_losses(networks[name], tasks[0])
            if losses:
                found[tasks[0]] = TaskLoss(tasks[0], name, losses, mean(losses.values()))
    return list(found.values())


def _last_losses(networks: Sequence[tuple[Job, TrainedRun]], task: str) -> dict[str, float]:
    losses: dict[str, list[float]] = {}
    for job, run in networks:
        values = run.history.loc[run.history["name"] == f"loss/{task}", "value"].to_numpy()
        values = values[np.isfinite(values)]
        if len(values):
            losses.setdefault(job.split, []).append(float(values[-max(1, len(values) // LAST_SHARE) :].mean()))
    return {split: mean(values) for split, values in losses.items()}
