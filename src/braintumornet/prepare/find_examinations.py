"""What is under a path, as examinations that can be prepared, and the cases that wait for an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.cohort.visits import split_visit
from braintumornet.core.text.errors import UsageError
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.prepare.examination import Examination
from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.input.pseudonyms import Pseudonyms
from braintumornet.prepare.recognition.plan import Plan, make_plan
from braintumornet.prepare.recognition.plan_table import correct_plan, require_no_lost_answer, write_plan

PLAN = "plan.csv"
KEY = "pseudonyms.csv"


@dataclass(frozen=True)
class PlannedExaminations:
    """Everything that was found.

    Args:
        plan: every image and what was recognised.
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
        UsageError: there is DICOM, and pydicom is not installed; what is read lies where it would be overwritten; or
            the plan that is there has answers that were not given back.
    """
    _require_apart(path, folder)
    plan = make_plan(find_images(path, Pseudonyms(folder / KEY)))
    if corrections is None:
        require_no_lost_answer(plan, folder / PLAN)
    else:
        plan = correct_plan(plan, corrections)
    known = _known_cases(path)
    make = partial(_examination, plan, folder)
    found = [attempt(partial(make, case_id, known.get(case_id)), case_id) for case_id in plan.cases]
    write_plan(plan, folder / PLAN)
    return PlannedExaminations(
        plan,
        tuple(one for one in found if isinstance(one, Examination)),
        tuple(one for one in found if isinstance(one, CaseFailure)),
    )


def _require_apart(path: Path, folder: Path) -> None:
    """Refuse a folder for the cohort in which the table that is read would be replaced, or which lies in the input."""
    table = _table(path)
    if table is not None and table.resolve() == (folder / TABLE_NAME).resolve():
        msg = f"{table} would be overwritten, but it is read; write to another folder"
        raise UsageError(msg)
    if table is None and path.is_dir() and folder.resolve().is_relative_to(path.resolve()):
        msg = f"{folder} lies in {path}, and the next call would read what this one makes; write to a folder outside"
        raise UsageError(msg)


def _require_not_in(folder: Path, files: Iterable[Path]) -> None:
    """Refuse a folder for a case in which files lie that are read."""
    for file in files:
        if file.resolve().is_relative_to(folder.resolve()):
            msg = f"{folder} would be overwritten, but {file.name} in it is read; write to another folder"
            raise UsageError(msg)


def _table(path: Path) -> Path | None:
    """Return the table of cases that is read, if it is one."""
    table = path / TABLE_NAME if path.is_dir() else path
    return table if table.suffix.lower() == ".csv" and table.is_file() else None


def _known_cases(path: Path) -> dict[str, Case]:
    table = _table(path)
    if table is None:
        return {}
    return {case.id: case for case in read_manifest(table, needs_masks=False)}


def _examination(plan: Plan, folder: Path, case_id: str, known: Case | None) -> Examination:
    images = plan.images_to_use(case_id, str(folder / PLAN))
    files = [file.path for image in images.values() for file in image.files]
    _require_not_in(folder / case_id, [*files, *(known.files().values() if known else ())])
    used = [row for row in plan.cases[case_id] if row.image in images.values()]
    reasons = {row.recognition.sequence: row.recognition.reason for row in used}
    return Examination(
        case_id=case_id,
        patient_id=split_visit(case_id)[0] if known is None else known.patient_id,
        images=images,
        reasons={sequence: reason for sequence, reason in reasons.items() if sequence},
        known=known,
    )
