"""What is under a path, as examinations that can be prepared, and the cases that wait for an answer."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.cohort.visits import split_visit
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.prepare.examination import Examination
from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.input.pseudonyms import Pseudonyms
from braintumornet.prepare.recognition.plan import Plan, make_plan
from braintumornet.prepare.recognition.plan_table import correct_plan, write_plan

PLAN = "plan.csv"
KEY = "pseudonyms.csv"


@dataclass(frozen=True)
class PlannedExaminations:
    """Everything that was found.

    Args:
        plan: every image with its verdict.
        examinations: cases that can be prepared.
        waiting: cases that cannot, and why.
    """

    plan: Plan
    examinations: tuple[Examination, ...]
    waiting: tuple[CaseFailure, ...]


def find_examinations(path: Path, folder: Path, corrections: Path | None = None) -> PlannedExaminations:
    """Find the images under a path, recognise their sequences, and write the plan.

    Args:
        path: folder or zip of DICOM, NIfTI or NRRD files, or a cohort table.
        folder: of the cohort to come; gets the plan `plan.csv`, and the key `pseudonyms.csv` where there is DICOM.
        corrections: the plan with a user's answers.

    Raises:
        InputError: there is no image, or the answers do not fit.
        UsageError: there is DICOM, and pydicom is not installed.
    """
    plan = make_plan(find_images(path, Pseudonyms(folder / KEY)))
    plan = plan if corrections is None else correct_plan(plan, corrections)
    known = _known_cases(path)
    found = [attempt(partial(_examination, plan, case_id, known.get(case_id)), case_id) for case_id in plan.cases]
    write_plan(plan, folder / PLAN)
    return PlannedExaminations(
        plan,
        tuple(one for one in found if isinstance(one, Examination)),
        tuple(one for one in found if isinstance(one, CaseFailure)),
    )


def _known_cases(path: Path) -> dict[str, Case]:
    table = path / TABLE_NAME if path.is_dir() else path
    if not (table.suffix.lower() == ".csv" and table.is_file()):
        return {}
    return {case.id: case for case in read_manifest(table, needs_masks=False)}


def _examination(plan: Plan, case_id: str, known: Case | None) -> Examination:
    images = plan.images_to_use(case_id)
    used = [row for row in plan.cases[case_id] if row.image in images.values()]
    reasons = {row.verdict.sequence: row.verdict.reason for row in used}
    return Examination(
        case_id=case_id,
        patient_id=split_visit(case_id)[0] if known is None else known.patient_id,
        images=images,
        reasons={sequence: reason for sequence, reason in reasons.items() if sequence},
        known=known,
    )
