"""Pseudonyms of patients, the same in every run; the key to them is one file, which the user can delete."""

import csv
import io
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from braintumornet.core.cohort.visits import split_visit
from braintumornet.core.files.atomic_write import whole_file
from braintumornet.core.files.csv_file import CsvKind, one_of, read_csv
from braintumornet.core.files.lock import locked
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import require_file_name

COLUMNS = ("case_id", "patient_id", "study_uid")
_KIND = CsvKind("key of pseudonyms", "delete it to begin a new one", COLUMNS, one_of(COLUMNS))
_CODE_BYTES = 4
_OWNER_ONLY = 0o600

Study = tuple[str, str]
"""Patient and UID of a study, as the files say them."""


class Pseudonyms:
    """Gives case ids to studies: `patient-3f9a1c2e`, and `-2`, `-3` behind it for later ones of the same patient.

    Codes are random, so nothing can be computed from them; who deletes the file cuts the tie for good, and the same
    patients get other pseudonyms afterwards.

    Args:
        path: of the key, a table of `case_id, patient_id, study_uid` that its owner alone may read; None: in memory.

    Example:
        >>> pseudonyms = Pseudonyms(None)
        >>> first = pseudonyms.name({"DOE^JANE": ["1.2.3"]})
        >>> first == pseudonyms.name({"DOE^JANE": ["1.2.3"]})
        True
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._ids: dict[Study, str] = {}

    def name(self, patients: Mapping[str, Sequence[str]]) -> dict[Study, str]:
        """Return a case id for each study, and write those that are new.

        Args:
            patients: patient -> UIDs of the studies, in the order of their times.

        Raises:
            InputError: the key cannot be read or written.
        """
        if self._path is None:
            return self._name(patients)
        with locked(self._path.with_name(f".{self._path.name}.lock")):
            self._ids = _read(self._path) if self._path.exists() else {}
            before = len(self._ids)
            names = self._name(patients)
            if len(self._ids) > before:
                _write(self._path, self._ids)
        return names

    def _name(self, patients: Mapping[str, Sequence[str]]) -> dict[Study, str]:
        for patient, studies in patients.items():
            known = [name for (whose, _), name in self._ids.items() if whose == patient]
            code = split_visit(known[0])[0] if known else self._unused_code()
            new = [study for study in studies if (patient, study) not in self._ids]
            visits = len(known) + len(new) > 1
            for number, study in enumerate(new, start=len(known) + 1):
                self._ids[patient, study] = f"{code}-{number}" if visits else code
        return {
            (patient, study): self._ids[patient, study] for patient, studies in patients.items() for study in studies
        }

    def _unused_code(self) -> str:
        taken = {split_visit(name)[0] for name in self._ids.values()}
        while (code := f"patient-{secrets.token_hex(_CODE_BYTES)}") in taken:
            pass
        return code


def find_case_of_study(path: Path, study_uid: str) -> str | None:
    """Return the case id that a key gives to a study; None where there is no key, or it does not know the study.

    Args:
        path: of the key.
        study_uid: as the files say it.

    Raises:
        InputError: the key cannot be read.
    """
    known = _read(path) if path.is_file() else {}
    return next((case_id for (_, study), case_id in known.items() if study == study_uid), None)


def _read(path: Path) -> dict[Study, str]:
    rows = read_csv(path, _KIND).rows
    found = {}
    for row in rows:
        if row.fault or set(row.cells) < set(COLUMNS):
            msg = f"{path}: line {row.number} is no pseudonym of a study; restore the file or delete it to begin anew"
            raise InputError(msg)
        require_file_name(row.cells["case_id"], f"{path}: case_id")
        found[row.cells["patient_id"], row.cells["study_uid"]] = row.cells["case_id"]
    return found


def _write(path: Path, ids: Mapping[Study, str]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(sorted((name, patient, study) for (patient, study), name in ids.items()))
    with whole_file(path) as file:
        os.fchmod(file.fileno(), _OWNER_ONLY)
        file.write(text.getvalue().encode())
