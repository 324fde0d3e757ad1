"""The loss of each task that an arm learns alone: what a weight between two losses is chosen by."""

from collections.abc import Sequence
from statistics import mean

import numpy as np
import pandas as pd

from braintumornet.inference.trained_run import TrainedRun
from braintumornet.results.collect_scores import Networks
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_arms import TrainedArm

LAST_SHARE = 10  # the end of a training: its last tenth, because the loss of a single batch says little


def single_task_losses(plan: Plan, networks: Networks) -> pd.DataFrame:
    """Return the last loss of each task that an arm learns alone and from scratch.

    The pLGG paper took its weight of 0.3 "proportional to the single task loss values" (Vafaeikia et al.,
    arXiv 2111.14959): the ratio of two of these. Of several such arms, one that learns from the study's own cases is
    taken before one that learns from others.

    Returns:
        task, arm, split and loss, mean over the seeds.
    """
    asked = {question.task for question in plan.study.questions()}
    rows: dict[str, list[tuple[str, str, str, float]]] = {}
    alone = [
        (name, arm) for name, arm in plan.study.arms.items() if isinstance(arm, TrainedArm) and not arm.starts_from
    ]
    for name, _ in sorted(alone, key=lambda each: each[1].where is not None):
        tasks = [task.name for task in plan.study.arm_config(name, plan.study.seeds[0]).tasks]
        alone_in = len(tasks) == 1 and tasks[0] in asked and tasks[0] not in rows
        if alone_in and (losses := _last_losses(networks[name], tasks[0])):
            rows[tasks[0]] = [(tasks[0], name, split, loss) for split, loss in losses.items()]
    return pd.DataFrame([row for own in rows.values() for row in own], columns=["task", "arm", "split", "loss"])


def _last_losses(networks: Sequence[tuple[Job, TrainedRun]], task: str) -> dict[str, float]:
    losses: dict[str, list[float]] = {}
    for job, run in networks:
        values = run.history.loc[run.history["name"] == f"loss/{task}", "value"].to_numpy()
        values = values[np.isfinite(values)]
        if len(values):
            losses.setdefault(job.split, []).append(float(values[-max(1, len(values) // LAST_SHARE) :].mean()))
    return {split: mean(values) for split, values in losses.items()}
