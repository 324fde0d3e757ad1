"""Cases read once: an entry per case, named by the content of its files and all settings that matter to it.

A changed file, spacing, sequence or region gives another name, so a stale entry is never used, and runs with other
settings can share the folder. An entry is one safetensors file: plain numbers and JSON, whole or not there. One that
turns out to be damaged is made anew.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from braintumornet.core.cohort.case import Case
from braintumornet.core.file_hashes import CACHE_NAME, Digests, digests_of_case
from braintumornet.core.files.atomic_write import write_bytes
from braintumornet.core.text.errors import InputError, require
from braintumornet.data.store.cache_entry import StoredCase, entry_bytes
from braintumornet.data.store.case_images import Spacing, read_case
from braintumornet.data.store.label_bitmask import LabelBits, encode_labels
from braintumornet.tasks.task import Task

FORMAT = 4  # counts up whenever an entry would come out otherwise: normalisation, box, layout


@dataclass(frozen=True)
class Store:
    """A folder of cases as a network sees them.

    Args:
        folder: made when the first entry is written.
        sequences: channels of the images.
        spacing_mm: working spacing; None as the files have it.
        bits: meaning of the labels.
        digests: what is known of the files of cases.
    """

    folder: Path
    sequences: tuple[str, ...]
    spacing_mm: Spacing | None
    bits: LabelBits
    digests: Digests = field(compare=False, repr=False)

    @classmethod
    def of_tasks(
        cls, folder: Path, tasks: Sequence[Task], sequences: Sequence[str], spacing_mm: Spacing | None = None
    ) -> "Store":
        """Return the store whose labels serve the segmentation tasks among these."""
        return cls(folder, tuple(sequences), spacing_mm, LabelBits.of_tasks(tasks), Digests(folder / CACHE_NAME))

    def at(self, spacing_mm: Spacing | None) -> "Store":
        """Return the same store with another working spacing."""
        return replace(self, spacing_mm=spacing_mm)

    def open(self, case: Case) -> StoredCase:
        """Return a case's entry; it is made first where it is missing or damaged.

        Raises:
            InputError: a file of the case cannot be used, or the folder cannot be read or written.
        """
        path = self.path_of(case)
        try:
            path.stat()
        except (FileNotFoundError, NotADirectoryError):
            self._make(case, path)
        except OSError as error:
            msg = f"cannot read the store {self.folder}: {error.strerror}; choose another folder with data.store"
            raise InputError(msg) from error
        return StoredCase.read(path, case.id, partial(self._renew, case, path))

    def path_of(self, case: Case) -> Path:
        """Return where the entry of a case lies, or will lie.

        Raises:
            InputError: a file of the case is missing.
        """
        read = [*self.sequences, "brainmask", *self._masks(case)]
        files = {column: file for column, file in case.files().items() if column in read}
        content = {
            "format": FORMAT,
            "sequences": self.sequences,
            "spacing_mm": self.spacing_mm,
            "labels": [[task.target, task.learned_in(case), task.labelled(case)] for task in self.bits.tasks],
            "components": [self.bits.tasks.index(task) for task in self.bits.components],
            "coding": case.coding,
            "files": digests_of_case(case, files, self.digests),
        }
        name = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
        return self.folder / f"{name}.safetensors"

    def _masks(self, case: Case) -> list[str]:
        return sorted({task.target for task in self.bits.tasks if task.labelled(case)})

    def _renew(self, case: Case, path: Path, damage: str) -> None:
        text = f"warning: case {case.id}: its entry in the store {self.folder} is damaged ({damage}) and is made anew"
        logging.getLogger("braintumornet").warning(text)
        self._make(case, path)

    def _make(self, case: Case, path: Path) -> None:
        images, masks = read_case(case, self.sequences, self.spacing_mm, self._masks(case))
        require(
            self.path_of(case) == path,
            f"case {case.id}: a file of it was changed while it was used; start again when nobody changes it",
        )
        labels = encode_labels(case, self.bits, masks, images.brain.shape)
        entry = entry_bytes(images, labels, self.bits)
        try:
            write_bytes(path, entry)
        except InputError as error:
            msg = f"case {case.id}: {error} (--set data.store=FOLDER)"
            raise InputError(msg) from error
