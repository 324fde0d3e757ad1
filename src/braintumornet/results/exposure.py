"""What the networks of each arm were really shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from braintumornet.inference.trained_run import TrainedRun
from braintumornet.results.collect_scores import Networks
from braintumornet.studies.plan import Job
from braintumornet.training.sample_counts import BLANK, LABELLED, SAMPLES


@dataclass(frozen=True)
class Exposure:
    """What an arm learned from, of one group of cases; medians over the splits and seeds.

    Args:
        group: value in the column that cases are drawn over, such as the cohort.
        cases: of the training side.
        samples: that were drawn.
        labelled: task -> samples in which its label was known.
    """

    arm: str
    group: str
    cases: float
    samples: float
    labelled: Mapping[str, float]


def list_exposures(networks: Networks) -> list[Exposure]:
    """Return what the networks of every trained arm were shown, as their runs counted it."""
    rows = []
    for arm, own in networks.items():
        drawn = [_count(run) for _, run in own]
        for group in dict.fromkeys(group for counts in drawn for group, *_ in counts):
            tasks = dict.fromkeys(task for counts in drawn for where, task, _ in counts if task and where == group)
            rows.append(
                Exposure(
                    arm,
                    group,
                    median(_count_cases(job, group) for job, _ in own),
                    median(counts.get((group, "", SAMPLES), 0) for counts in drawn),
                    {task: median(counts.get((group, task, LABELLED), 0) for counts in drawn) for task in tasks},
                )
            )
    return rows


def _count(run: TrainedRun) -> dict[tuple[str, str, str], int]:
    return {(row.group, row.task, row.what): row.samples for row in run.report.drawn}


def _count_cases(job: Job, group: str) -> int:
    assert job.config is not None
    column = job.config.data.sampling.by
    return sum(case.split == "train" and (case.value(column) or BLANK) == group for case in job.cohort)
