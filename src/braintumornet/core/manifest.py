"""The cohort table: a CSV file with one case a line, the interface with everybody else's world.

Columns: `case_id`, `patient_id`, `cohort`, one per sequence, `brainmask`, one per mask (`seg`), `coding`, and
optional `pathology` and `split`; every other column is kept as an attribute. A blank cell means "not there"
or "not labelled". Paths are relative to the file.
"""

import csv
import hashlib
import io
import os
from collections.abc import Iterable
from pathlib import Path

from braintumornet.core.case import Case, Cohort
from braintumornet.core.coding import parse_coding
from braintumornet.core.errors import InputError
from braintumornet.core.files import write_text
from braintumornet.core.names import SEQUENCES, find_sequence, suggest

_OWN_COLUMNS = ("case_id", "patient_id", "cohort", "brainmask", "coding", "pathology", "split")
_SPLITS = ("train", "val", "test")


def read_manifest(path: Path, needs_masks: bool = True) -> Cohort:
    """Read a cohort from its table.

    Args:
        path: the table.
        needs_masks: False to leave out masks without a coding instead of refusing them.

    Raises:
        InputError: the file is missing, lacks a column, or a line holds something that cannot be right.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"cannot read the cohort table {path}: {error}"
        raise InputError(msg) from error
    if not rows or "case_id" not in rows[0]:
        msg = f"{path} is not a cohort table: expected a column 'case_id' and at least one case"
        raise InputError(msg)
    name = path.stem if path.stem != "cohort" else path.resolve().parent.name
    try:
        file_columns = _find_file_columns(rows)
        if not needs_masks:
            rows = [_without_unread_masks(row, file_columns) for row in rows]
        return Cohort(name, tuple(_read_case(row, path.parent, name, file_columns) for row in rows))
    except InputError as error:
        msg = f"{path}: {error}"
        raise InputError(msg) from error


def _is_image(cell: str | None) -> bool:
    return bool(cell) and str(cell).strip().lower().endswith((".nii", ".nii.gz"))


def _find_file_columns(rows: list[dict[str, str]]) -> list[str]:
    """Return the columns of sequences and masks, in the order of the table."""
    files = []
    sequences: dict[str, str] = {}
    for column in [column for column in rows[0] if column]:
        sequence = find_sequence(column)
        known = sequence is not None or column in ("seg", "brainmask")
        if not known and not any(_is_image(row[column]) for row in rows):
            continue
        if not known and not column.startswith("seg"):
            msg = (
                f"column {column!r} holds images but is neither a sequence nor a mask; "
                f"{suggest(column, [*SEQUENCES, 'seg', 'brainmask'])}; names of masks begin with 'seg'"
            )
            raise InputError(msg)
        if sequence and sequences.setdefault(sequence, column) != column:
            msg = f"columns {sequences[sequence]!r} and {column!r} are both the sequence {sequence}; keep one"
            raise InputError(msg)
        files.append(column)
    return files


def _without_unread_masks(row: dict[str, str], file_columns: list[str]) -> dict[str, str]:
    if (row.get("coding") or "").strip():
        return row
    return {c: cell for c, cell in row.items() if c not in file_columns or not c.startswith("seg")}


def _read_case(row: dict[str, str], folder: Path, cohort: str, file_columns: list[str]) -> Case:
    if None in row:  # where the csv module puts cells beyond the last column
        msg = f"case {row['case_id']}: its line has more cells than there are columns; quote cells with commas"
        raise InputError(msg)
    cells = {column: cell.strip() for column, cell in row.items() if column and cell and cell.strip()}
    if "case_id" not in cells:
        msg = f"a line has no case_id: {','.join(cells.values())}"
        raise InputError(msg)
    for column in file_columns:
        if column in cells and not _is_image(cells[column]):
            msg = f"case {cells['case_id']}: {column} is {cells[column]!r}; expected .nii, .nii.gz or a blank"
            raise InputError(msg)
    files = {column: folder / cells[column] for column in file_columns if column in cells}
    if cells.get("split", "train") not in _SPLITS:
        msg = f"case {cells['case_id']}: split {cells['split']!r} is none of {', '.join(_SPLITS)}"
        raise InputError(msg)
    if "coding" in cells:
        parse_coding(cells["coding"])
    images = {sequence: file for column, file in files.items() if (sequence := find_sequence(column))}
    return Case(
        id=cells["case_id"],
        patient_id=cells.get("patient_id", cells["case_id"]),
        cohort=cells.get("cohort", cohort),
        images={sequence: images[sequence] for sequence in SEQUENCES if sequence in images},
        targets={column: file for column, file in sorted(files.items()) if column.startswith("seg")},
        brainmask=files.get("brainmask"),
        coding=cells.get("coding"),
        pathology=cells.get("pathology"),
        split=cells.get("split"),
        attributes={c: cell for c, cell in cells.items() if c not in _OWN_COLUMNS and c not in files},
    )


def write_manifest(cohort: Cohort, path: Path) -> None:
    """Write a cohort as a table, with paths relative to it; reading it again gives the same cases."""
    write_text(path, format_manifest(cohort, path.parent))


def format_manifest(cohort: Cohort, folder: Path) -> str:
    """Return the text of a cohort's table whose paths are relative to `folder`."""
    rows = [_write_case(case, folder) for case in cohort]
    found = dict.fromkeys(column for row in rows for column in row)
    columns = [column for column in dict.fromkeys([*_OWN_COLUMNS[:3], *SEQUENCES, *found]) if column in found]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write_case(case: Case, folder: Path) -> dict[str, str]:
    files = {**case.images, "brainmask": case.brainmask, **case.targets}
    # both ends are resolved, because ".." out of a folder that is reached through a link leads elsewhere
    paths = {
        name: os.path.relpath(file.parent.resolve() / file.name, folder.resolve())
        for name, file in files.items()
        if file is not None
    }
    cells = {
        "case_id": case.id,
        "patient_id": case.patient_id,
        "cohort": case.cohort,
        **paths,
        "coding": case.coding,
        "pathology": case.pathology,
        "split": case.split,
        **case.attributes,
    }
    return {column: cell for column, cell in cells.items() if cell is not None}


def cohort_fingerprint(cases: Iterable[Case]) -> str:
    """Return a short hash of what the cases are: ids, labels, and the name and size of every file."""
    digest = hashlib.sha256()
    for case in cases:
        files = [*case.images.values(), *case.targets.values(), *([case.brainmask] if case.brainmask else [])]
        sizes = [(file.name, file.stat().st_size) for file in files if file.exists()]
        known = (case.id, case.patient_id, case.coding, sorted(case.attributes.items()), sizes)
        digest.update(repr(known).encode())
    return digest.hexdigest()[:12]
