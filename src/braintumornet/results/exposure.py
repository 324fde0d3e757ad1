"""What the networks of each arm were really shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from braintumornet.core.run_folder import RunFolder
from braintumornet.studies.job import is_done
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_folder import StudyFolder
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


def list_exposures(plan: Plan, folder: StudyFolder) -> list[Exposure]:
    """Return what the networks of every trained arm were shown, as their runs counted it."""
    rows = []
    for arm in plan.study.arms:
        networks = list(trained_runs(plan, folder, arm))
        drawn = [_count(run) for _, run in networks]
        for group in dict.fromkeys(group for counts in drawn for group, *_ in counts):
            tasks = dict.fromkeys(task for counts in drawn for where, task, _ in counts if task and where == group)
            rows.append(
                Exposure(
                    arm,
                    group,
                    median(_count_cases(job, group) for job, _ in networks),
                    median(counts.get((group, "", SAMPLES), 0) for counts in drawn),
                    {task: median(counts.get((group, task, LABELLED), 0) for counts in drawn) for task in tasks},
                )
            )
    return rows


def _count(run: RunFolder) -> dict[tuple[str, str, str], int]:
    rows = run.read_report()["drawn"]
    return {(row["group"], row["task"], row["what"]): row["samples"] for row in rows}


def _count_cases(job: Job, group: str) -> int:
    assert job.config is not None
    column = job.config.data.draw.over
    return sum(case.split == "train" and (case.value(column) or BLANK) == group for case in job.cohort)


def trained_runs(plan: Plan, folder: StudyFolder, arm: str) -> Iterator[tuple[Job, RunFolder]]:
    """Yield job and run of each network that was trained for an arm; of a grid, the one that was chosen."""
    for cell in plan.cells:
        job = plan.jobs.get(cell.jobs.get("", "")) if cell.arm == arm else None
        if job is not None and job.given is None and is_done(job, folder):
            chosen = dict(job.choices).get(folder.read_result(job.name)["choice"], job.name)
            if folder.run(chosen).report.is_file():
                yield plan.jobs[chosen], folder.run(chosen)
