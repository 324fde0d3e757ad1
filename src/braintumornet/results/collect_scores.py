"""What the jobs of a study that are done left behind: scores, costs, and the runs of their networks."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from braintumornet.core.scores import Scores
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.split_schemes import IndependentReplicates
from braintumornet.studies.study_folder import StudyFolder

Finished = Mapping[str, Mapping[str, Any]]
"""Job -> what it came to, as `read_finished` returns it."""

Networks = Mapping[str, Sequence[tuple[Job, TrainedRun]]]
"""Arm -> job and run of each network that was trained for it; of a grid, the one that was chosen."""


def collect_scores(plan: Plan, folder: StudyFolder, finished: Finished, part: str) -> Scores:
    """Return the scores of all arms whose jobs are done.

    Args:
        plan: of the study.
        folder: of the study.
        finished: jobs.
        part: `val`, `test`, or the name of a fixed cohort.
    """
    patients = {case.id: case.patient_id for cohort in (plan.cohort, *plan.external.values()) for case in cohort}
    jobs = dict.fromkeys(name for cell in plan.cells for name in cell.jobs.values() if name in finished)
    paths = {name: folder.scores(name, part) for name in jobs}
    frames = {name: Scores.read(path).frame for name, path in paths.items() if path.is_file()}
    replicates = isinstance(plan.study.splits, IndependentReplicates)
    rows = []
    for cell in plan.cells:
        whose = {"study": folder.path.resolve().name, "arm": cell.arm, "split": cell.split, "seed": str(cell.seed)}
        whose |= {"replicate": cell.split} if replicates else {}
        for task, name in cell.jobs.items():
            if name in frames:
                own = frames[name] if not task else frames[name][frames[name]["task"] == task]
                rows.append(own.assign(**whose, patient_id=own["case_id"].map(lambda case: patients.get(case, case))))
    return Scores(pd.concat(rows)) if rows else Scores.of([])


def write_tables(scores: Mapping[str, Scores], folder: StudyFolder) -> None:
    """Write the scores of all arms as `btn compare` reads them, a table for each part."""
    for part, table in scores.items():
        table.write(folder.rows(part))


def collect_costs(plan: Plan, finished: Finished) -> dict[str, list[dict[str, float | str]]]:
    """Return arm -> what each of its networks costs, and the point of its grid that was chosen, where it is done."""
    costs: dict[str, list[dict[str, float | str]]] = {name: [] for name in plan.study.arms}
    for cell in plan.cells:
        for name in dict.fromkeys(cell.jobs.values()):
            if done := finished.get(name):
                costs[cell.arm].append({"split": cell.split, "job": name, "choice": done["choice"], **done["cost"]})
    return costs


def find_networks(plan: Plan, folder: StudyFolder, finished: Finished) -> Networks:
    """Return where the networks lie that were trained for each arm."""
    found: dict[str, list[tuple[Job, TrainedRun]]] = {name: [] for name in plan.study.arms}
    for cell in plan.cells:
        job = plan.jobs.get(cell.jobs.get("", ""))
        if job is not None and job.given is None and job.name in finished:
            chosen = dict(job.choices).get(finished[job.name]["choice"], job.name)
            if folder.run(chosen).report.is_file():
                found[cell.arm].append((plan.jobs[chosen], TrainedRun(folder.run(chosen).path)))
    return found
