"""The scores of all jobs as one tidy table per side of the splits and per fixed cohort."""

import csv
import io
from collections.abc import Iterator

from braintumornet.core.files.whole_files import write_text
from braintumornet.evaluation.score_table import Score, read_scores
from braintumornet.statistics.arm_scores import Row
from braintumornet.studies.job import is_done
from braintumornet.studies.plan import Cell, Plan
from braintumornet.studies.study_folder import StudyFolder

COLUMNS = ("arm", "split", "seed", "case_id", "patient_id", "task", "structure", "metric", "value", "note")


def collect_rows(plan: Plan, folder: StudyFolder, part: str) -> list[Row]:
    """Return the scores of all arms whose jobs are done.

    Args:
        plan: of the study.
        folder: of the study.
        part: `val`, `test`, or the name of a fixed cohort.
    """
    patients = {case.id: case.patient_id for cohort in (plan.cohort, *plan.unseen.values()) for case in cohort}
    rows = []
    for cell in plan.cells:
        for score in _scores_of(cell, plan, folder, part):
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


def _scores_of(cell: Cell, plan: Plan, folder: StudyFolder, part: str) -> Iterator[Score]:
    for task, name in cell.jobs.items():
        path = folder.scores(name, part)
        if is_done(plan.jobs[name], folder) and path.is_file():
            yield from (score for score in read_scores(path) if task in ("", score.task))


def write_tables(plan: Plan, folder: StudyFolder) -> None:
    """Write the scores of all arms, a table for each part, as far as they are there."""
    for part in plan.parts:
        write_rows(collect_rows(plan, folder, part), folder, part)


def write_rows(rows: list[Row], folder: StudyFolder, part: str) -> None:
    """Write the scores of a part, as `btn compare` reads them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for r in rows:
        writer.writerow(
            (r.arm, r.split, r.seed, r.case, r.patient, r.task, r.structure, r.metric, repr(r.value), r.note)
        )
    write_text(folder.rows(part), text.getvalue())


def collect_costs(plan: Plan, folder: StudyFolder) -> dict[str, list[dict[str, float | str]]]:
    """Return arm -> what each of its networks costs, and the point of its grid that was chosen, where it is done."""
    costs: dict[str, list[dict[str, float | str]]] = {name: [] for name in plan.study.arms}
    for cell in plan.cells:
        for name in dict.fromkeys(cell.jobs.values()):
            if folder.result(name).is_file():
                done = folder.read_result(name)
                costs[cell.arm].append({"split": cell.split, "job": name, "choice": done["choice"], **done["cost"]})
    return costs


def collect_failures(plan: Plan, folder: StudyFolder) -> dict[str, str]:
    """Return job -> why it failed the last time."""
    return {name: folder.read_failure(name) for name in plan.jobs if folder.failure(name).is_file()}
