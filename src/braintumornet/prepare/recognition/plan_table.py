"""The plan as a table that the user corrects in a spreadsheet and gives back."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.files.csv_file import CsvFile, CsvKind, CsvRow, one_of, read_csv
from braintumornet.core.sequences import find_sequence
from braintumornet.core.space import spacing_text
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.text.names import SEQUENCES, suggest
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.prepare.recognition.plan import Plan, PlannedImage
from braintumornet.prepare.recognition.recognition import Recognition

COLUMNS = ("case_id", "series", "sequence", "decision", "reason", "voxels", "spacing", "plane", "order")
OMIT = "omit"
_ANSWERED = "the user's table says so"
_KIND = CsvKind(
    what="plan of a preparation",
    hint="btn prepare --dry-run writes one; correct its column 'sequence' and leave the others",
    needed=("case_id", "series", "sequence"),
    rename=one_of(COLUMNS),
)


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan as a table, whole or not at all.

    Columns: the case; the image; its sequence, `omit`, or blank where the user is asked; the decision (use, omit,
    spare, ask) and its reason; voxels, spacing in mm, plane; the order of acquisition within the case.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(tabulate_plan(plan))
    write_text(path, text.getvalue())


def tabulate_plan(plan: Plan) -> list[dict[str, str]]:
    """Return a row for each image: column -> cell, as `write_plan` writes them."""
    rows = []
    for planned in plan.cases.values():
        order = _acquisition_order([row.image for row in planned])
        rows += [_cells(row, order.get(row.image.name)) for row in planned]
    return rows


def correct_plan(plan: Plan, path: Path) -> Plan:
    """Return a plan with the answers of a table, which win over every rule.

    A row with a sequence is used as that sequence, one with `omit` is omitted; where the cell is blank, or there is no
    row for an image, what the rules say stands.

    Args:
        plan: of the same images.
        path: the table as `write_plan` wrote it, corrected; of its columns case_id, series and sequence are read.

    Raises:
        InputError: names the row that is spoilt, of an unknown image, or asks for a sequence twice.
    """
    table = read_csv(path, _KIND)
    _require_sound(path, table)
    answers: dict[tuple[str, str], tuple[CsvRow, str]] = {}
    for row in table.rows:
        image = _find_image(path, row, plan)
        key = (image.case_id, image.name)
        if key in answers:
            raise _at(path, row, f"repeats line {answers[key][0].number}; keep one of them")
        answers[key] = (row, _read_sequence(path, row, image))
    rows = tuple(_correct(row, answers.get((row.image.case_id, row.image.name))) for row in plan.rows)
    corrected = Plan(rows)
    _require_once_each(path, corrected, answers)
    return corrected


def require_no_lost_answer(plan: Plan, path: Path) -> None:
    """Refuse to write a plan over one with answers that a user wrote into it, and did not give back.

    Args:
        plan: that is to be written; it knows no answers.
        path: where; nothing need be there.

    Raises:
        UsageError: names the first line with an answer.
        InputError: what is there cannot be read.
    """
    if not path.exists():
        return
    planned = {(row["case_id"], row["series"]): row for row in tabulate_plan(plan)}
    for row in read_csv(path, _KIND).rows:
        cells = row.cells
        now = planned.get((cells.get("case_id", ""), cells.get("series", "")))
        answer, reason = cells.get("sequence", ""), cells.get("reason", "")
        is_old_answer = reason.startswith(_ANSWERED)
        is_new_answer = now is not None and reason == now["reason"] and answer not in ("", now["sequence"])
        if is_old_answer or is_new_answer:
            msg = f"{path}: line {row.number} has the answer {answer!r}, which would be overwritten; add --map {path}"
            raise UsageError(msg)


def _cells(row: PlannedImage, order: int | None) -> dict[str, str]:
    image, recognition = row.image, row.recognition
    return {
        "case_id": image.case_id,
        "series": image.name,
        "sequence": {"use": recognition.sequence or "", "omit": OMIT, "ask": ""}[recognition.decision],
        "decision": "spare" if recognition.spare else recognition.decision,
        "reason": recognition.reason,
        "voxels": "x".join(map(str, image.space.shape)) if image.space else "",
        "spacing": spacing_text(image.space.spacing_mm) if image.space else "",
        "plane": image.header.plane if image.header else "",
        "order": "" if order is None else str(order),
    }


def _acquisition_order(images: Sequence[SourceImage]) -> dict[str, int]:
    """Return name -> place in the order of acquisition, from 1; the times themselves would tell the date."""
    times = {image.name: image.header.time_s for image in images if image.header is not None}
    known = sorted({time for time in times.values() if time is not None})
    return {name: 1 + known.index(time) for name, time in times.items() if time is not None}


def _require_sound(path: Path, table: CsvFile) -> None:
    if table.faults:
        msg = f"{path}: {table.faults[0]}"
        raise InputError(msg)
    faulty = next((row for row in table.rows if row.fault), None)
    if faulty is not None:
        raise _at(path, faulty, faulty.fault)


def _find_image(path: Path, row: CsvRow, plan: Plan) -> SourceImage:
    case_id, series = row.cells.get("case_id", ""), row.cells.get("series", "")
    if case_id not in plan.cases:
        raise _at(path, row, f"is of the case {case_id!r}, which was not found; {suggest(case_id, plan.cases)}")
    images = {planned.image.name: planned.image for planned in plan.cases[case_id]}
    if series not in images:
        raise _at(path, row, f"is of {series!r}, which case {case_id} does not have; {suggest(series, images)}")
    return images[series]


def _read_sequence(path: Path, row: CsvRow, image: SourceImage) -> str:
    """Return the sequence that a cell names, `omit`, or "" where it is blank."""
    cell = row.cells.get("sequence", "")
    if not cell or cell.casefold() == OMIT:
        return cell.casefold()
    sequence = find_sequence(cell)
    if sequence is None:
        raise _at(path, row, f"has the sequence {cell!r}; {suggest(cell, (*SEQUENCES, OMIT))}")
    if image.problem:
        raise _at(path, row, f"asks for {image.name} as {sequence}, which cannot be used: it {image.problem}")
    return sequence


def _correct(row: PlannedImage, answer: tuple[CsvRow, str] | None) -> PlannedImage:
    if answer is None or not answer[1]:
        return row
    sequence = None if answer[1] == OMIT else answer[1]
    decision = "use" if sequence else "omit"
    if row.recognition.decision == decision and (decision == "omit" or row.recognition.sequence == sequence):
        return row
    reason = f"{_ANSWERED} in line {answer[0].number}"
    return replace(row, recognition=Recognition(row.image.name, sequence, "use" if sequence else "omit", reason))


def _require_once_each(path: Path, plan: Plan, answers: dict[tuple[str, str], tuple[CsvRow, str]]) -> None:
    for case_id, rows in plan.cases.items():
        used: dict[str | None, str] = {}
        for row in rows:
            if row.recognition.decision != "use":
                continue
            before = used.setdefault(row.recognition.sequence, row.image.name)
            if before != row.image.name:
                line = next(
                    answers[key][0].number for key in ((case_id, row.image.name), (case_id, before)) if key in answers
                )
                msg = (
                    f"{path}: case {case_id} has two images for {row.recognition.sequence}, {before} and "
                    f"{row.image.name} (line {line}); write omit for one of them"
                )
                raise InputError(msg)


def _at(path: Path, row: CsvRow, what: str) -> InputError:
    return InputError(f"{path}: line {row.number} {what}")
