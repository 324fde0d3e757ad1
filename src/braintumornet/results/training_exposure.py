"""What the networks of each arm were really shown."""

from statistics import median
from typing import Any

import pandas as pd

from braintumornet.inference.trained_run import TrainedRun
from braintumornet.results.collect_scores import Networks
from braintumornet.studies.plan import Job
from braintumornet.training.sample_counts import BLANK, LABELLED, SAMPLES


def list_exposures(networks: Networks) -> pd.DataFrame:
    """Return what the networks of every trained arm were shown, as their runs counted it; medians over them.

    Returns:
        arm, group (value in the column that cases are sampled by, such as the cohort), cases (of the training set),
        samples (that were taken from these), task and labelled (samples in which the label of the task was known); a
        row for each task, or one without any.
    """
    rows = []
    for arm, own in networks.items():
        shown: dict[Any, float] = pd.DataFrame([_count(run) for _, run in own]).fillna(0).median().to_dict()
        for group in dict.fromkeys(group for group, *_ in shown):
            cases = median(_count_cases(job, group) for job, _ in own)
            tasks = dict.fromkeys(task for where, task, _ in shown if where == group and task)
            for task in tasks or ("",):
                samples, labelled = shown.get((group, "", SAMPLES), 0), shown.get((group, task, LABELLED), 0)
                rows.append((arm, group, cases, samples, task, labelled))
    return pd.DataFrame(rows, columns=["arm", "group", "cases", "samples", "task", "labelled"])


def _count(run: TrainedRun) -> dict[tuple[str, str, str], int]:
    return {(row.group, row.task, row.what): row.samples for row in run.report.sample_counts}


def _count_cases(job: Job, group: str) -> int:
    assert job.config is not None
    column = job.config.data.sampling.by
    return sum(case.split == "train" and (case.value(column) or BLANK) == group for case in job.cohort)
