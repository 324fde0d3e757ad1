"""What the jobs of a study that are done left behind: scores, costs, and the runs of their networks."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from braintumornet.core.files.whole_files import write_text
from braintumornet.evaluation.score_table import Score, read_scores
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.statistics.arm_scores import Row
from braintumornet.studies.plan import Cell, Job, Plan
from braintumornet.studies.study_folder import StudyFolder

COLUMNS = ("arm", "split", "seed", "case_id", "patient_id", "task", "structure", "metric", "value", "note")

Finished = Mapping[str, Mapping[str, Any]]
"""Job -> what it came to, as `read_finished` returns it."""

Networks = Mapping[str, Sequence[tuple[Job, TrainedRun]]]
"""Arm -> job and run of each network that was trained for it; of a grid, the one that was chosen."""


def collect_rows(plan: Plan, folder: StudyFolder, finished: Finished, part: str) -> list[Row]:
    """Return the scores of all arms whose jobs are done.

    Args:
        plan: of the study.
        folder: of the study.
        finished: jobs.
        part: `val`, `test`, or the name of a fixed cohort.
    """
    patients = {case.id: case.patient_id for cohort in (plan.cohort, *plan.unseen.values()) for case in cohort}
    rows = []
    for cell in plan.cells:
        for score in _scores_of(cell, folder, finished, part):
            rows.append(
                Row(
                    line=0,
                    arm=cell.arm,
                    split=cell.split,
                    seed=str(cell.seed),
                    case=score.case_id,
                    patient=patients.get(score.case_id, score.case_id),
                    task=score.task,
                    structure=score.structure,
                    metric=score.metric,
                    value=score.value,
                    note=score.note,
                )
            )
    return rows


def _scores_of(cell: Cell, folder: StudyFolder, finished: Finished, part: str) -> Iterator[Score]:
    for task, name in cell.jobs.items():
        path = folder.scores(name, part)
        if name in finished and path.is_file():
            yield from (score for score in read_scores(path) if task in ("", score.task))


def write_tables(rows: Mapping[str, Sequence[Row]], folder: StudyFolder) -> None:
    """Write the scores of all arms as `btn compare` reads them, a table for each part."""
    for part, own in rows.items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for r in own:
            writer.writerow(
                (r.arm, r.split, r.seed, r.case, r.patient, r.task, r.structure, r.metric, repr(r.value), r.note)
            )
        write_text(folder.rows(part), text.getvalue())


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
