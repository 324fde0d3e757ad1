"""The cohort table: a CSV file with one case a line, the interface with everybody else's world.

Columns: `case_id`, `patient_id`, `cohort`, one per sequence, `brainmask`, one per mask (`seg`), `coding`, and
optional `pathology` and `split`; every other column is kept as an attribute. A blank cell means "not there"
or "not labelled". Paths are relative to the file.
"""

import csv
import hashlib
import io
import os
import warnings
from collections.abc import Iterable
from pathlib import Path

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.cohort_line import OWN_COLUMNS, Line
from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.core.file_hashes import Digests, digests_of_case
from braintumornet.core.files.atomic_write import format_json, write_text
from braintumornet.core.text.errors import InputError, InputWarning, prefix_errors, require
from braintumornet.core.text.names import SEQUENCES, find_name_fault

FINGERPRINTS = 2
"""How fingerprints are made; at first, those of cohorts held names and sizes of files instead of their content."""


def read_manifest(path: Path, needs_masks: bool = True) -> Cohort:
    """Read a cohort from its table.

    Args:
        path: the table, or the folder in which it lies as `cohort.csv`.
        needs_masks: False to leave out masks without a coding instead of refusing them.

    Raises:
        InputError: the file is missing, lacks a column, or a line holds something that cannot be right.

    Warns:
        InputWarning: a column is probably meant to be another.
    """
    table = read_table(path, needs_masks)
    for text in table.warnings:
        warnings.warn(f"{path}: {text}", InputWarning, stacklevel=2)
    with prefix_errors(f"{path}: "):
        require(not table.faults, "; ".join(table.faults[:1]))
        return Cohort(table.name, tuple(_as_case(line) for line in table.lines))


def _as_case(line: Line) -> Case:
    if line.faults:
        where = f"line {line.number}" if find_name_fault(line.id) else f"case {line.id}:"
        msg = f"{where} {line.faults[0]}"
        raise InputError(msg)
    return Case(
        id=line.id,
        patient_id=line.patient_id,
        cohort=line.cohort,
        images=line.images,
        targets=line.targets,
        brainmask=line.brainmask,
        coding=line.coding,
        pathology=line.pathology,
        split=line.split,
        attributes=line.attributes,
    )


def write_manifest(cohort: Cohort, path: Path) -> None:
    """Write a cohort as a table, with paths relative to it; reading it again gives the same cases."""
    write_text(path, format_manifest(cohort, path.parent))


def format_manifest(cohort: Cohort, folder: Path) -> str:
    """Return the text of a cohort's table whose paths are relative to `folder`."""
    rows = [_write_case(case, folder) for case in cohort]
    found = dict.fromkeys(column for row in rows for column in row)
    columns = [column for column in dict.fromkeys([*OWN_COLUMNS[:3], *SEQUENCES, *found]) if column in found]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write_case(case: Case, folder: Path) -> dict[str, str]:
    files = case.files()
    # both ends are resolved, because ".." out of a folder that is reached through a link leads elsewhere
    paths = {name: os.path.relpath(file.parent.resolve() / file.name, folder.resolve()) for name, file in files.items()}
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


def cohort_fingerprint(cases: Iterable[Case], digests: Digests | None = None) -> str:
    """Return a short hash of what the cases are: every cell of the table, and for a path the content of its file.

    Where the files lie and what they are called changes nothing, nor does the column `split`, which decides who is on
    which side, and the sides are compared by themselves.

    Args:
        cases: in their order, which decides what is drawn when.
        digests: what is known of the files; default: all are read.

    Raises:
        InputError: a file cannot be read.
    """
    digests = digests or Digests()
    whole = hashlib.sha256()
    for case in cases:
        there = {column: file for column, file in case.files().items() if file.exists()}
        cells = (case.id, case.patient_id, case.cohort, case.coding, case.pathology)
        known = (cells, sorted(case.attributes.items()), sorted(digests_of_case(case, there, digests).items()))
        whole.update(format_json(known).encode())
    return whole.hexdigest()[:12]
