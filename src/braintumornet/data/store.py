"""Cases read once: an entry per case, named by the content of its files and all settings that matter to it.

A changed file, spacing, sequence or region gives another name, so a stale entry is never used, and runs with other
settings can share the folder. An entry is one safetensors file: plain numbers and JSON, whole or not there.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from braintumornet.core.case import Case
from braintumornet.core.errors import InputError
from braintumornet.core.files import format_json, write_bytes
from braintumornet.core.space import Space
from braintumornet.data.bricks import pack, unpack
from braintumornet.data.images import CaseImages, Spacing, read_case
from braintumornet.data.labels import LabelBits, encode_labels
from braintumornet.data.runs import VoxelRuns
from braintumornet.data.voxels import STEP_SD, Voxels, in_steps
from braintumornet.tasks.base import Task
from braintumornet.volumes.brain import Box

FORMAT = 1  # counts up whenever an entry would come out otherwise: normalisation, box, layout
_NOTES = "braintumornet"


@dataclass(frozen=True)
class Store:
    """A folder of cases as a network sees them.

    Args:
        folder: made when the first entry is written.
        sequences: channels of the images.
        spacing_mm: working spacing; None as the files have it.
        bits: meaning of the labels.
    """

    folder: Path
    sequences: tuple[str, ...]
    spacing_mm: Spacing | None
    bits: LabelBits

    @classmethod
    def of_tasks(
        cls, folder: Path, tasks: Sequence[Task], sequences: Sequence[str], spacing_mm: Spacing | None = None
    ) -> "Store":
        """Return the store whose labels serve the segmentation tasks among these."""
        return cls(folder, tuple(sequences), spacing_mm, LabelBits.of_tasks(tasks))

    def open(self, case: Case) -> "StoredCase":
        """Return a case's entry; it is made first where it is missing.

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
        return StoredCase.read(path, case.id)

    def path_of(self, case: Case) -> Path:
        """Return where the entry of a case lies, or will lie.

        Raises:
            InputError: a file of the case is missing.
        """
        files = {sequence: case.images[sequence] for sequence in self.sequences if sequence in case.images}
        files |= {f"mask {target}": case.targets[target] for target in self._masks(case)}
        files |= {"brainmask": case.brainmask} if case.brainmask is not None else {}
        content = {
            "format": FORMAT,
            "sequences": self.sequences,
            "spacing_mm": self.spacing_mm,
            "labels": [[task.target, task.learned_in(case), task.labelled(case)] for task in self.bits.tasks],
            **self._few_components(),
            "coding": case.coding,
            "files": {name: _digest(file, case.id) for name, file in files.items()},
        }
        name = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
        return self.folder / f"{name}.safetensors"

    def _few_components(self) -> dict[str, list[int]]:
        """Return whose largest tumours alone are kept; nothing where those of all are."""
        tasks, kept = self.bits.tasks, self.bits.components
        return {} if kept == tasks else {"components": [tasks.index(task) for task in kept]}

    def _masks(self, case: Case) -> list[str]:
        return sorted({task.target for task in self.bits.tasks if task.labelled(case)})

    def _make(self, case: Case, path: Path) -> None:
        images, masks = read_case(case, self.sequences, self.spacing_mm, self._masks(case))
        labels = encode_labels(case, self.bits, masks, images.brain.shape)
        entry = _entry(images, labels, self.bits)
        try:
            write_bytes(path, entry)
        except InputError as error:
            msg = f"case {case.id}: {error} (--set data.store=FOLDER)"
            raise InputError(msg) from error


@dataclass(frozen=True)
class StoredCase:
    """One entry of a store; voxels stay on the disk until they are asked for.

    Args:
        path: of the entry.
        case_id: whose.
        notes: what else is known, as JSON holds it.
    """

    path: Path
    case_id: str
    notes: dict[str, Any]

    @classmethod
    def read(cls, path: Path, case_id: str) -> "StoredCase":
        """Read what an entry says without its voxels.

        Raises:
            InputError: it is damaged.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                return cls(path, case_id, json.loads((file.metadata() or {})[_NOTES]))
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise _unreadable(path, error) from error

    @cached_property
    def space(self) -> Space:
        """Grid of the voxels: RAS+, cut to the box of brain and labels."""
        return _space(self.notes["space"])

    @cached_property
    def present_sequences(self) -> np.ndarray:
        """Which sequences the case has, bool (S,)."""
        return np.array(self.notes["present"])

    @cached_property
    def class_sizes(self) -> dict[int, int]:
        """Voxels of each class that the case has; healthy brain is 0, others are combinations of region bits."""
        return {int(code): size for code, size in self.notes["class_sizes"].items()}

    @cached_property
    def tumour_voxels(self) -> dict[int, int]:
        """Size of the largest tumour component for each component bit."""
        return {int(bit): size for bit, size in self.notes["tumour_voxels"].items()}

    @property
    def nbytes(self) -> int:
        """What `decode` takes in memory."""
        per_voxel = 2 * len(self.present_sequences) + int(np.dtype(self.notes["label_type"]).itemsize)
        return math.prod(self.space.shape) * per_voxel

    def decode(self, box: Box | None = None) -> Voxels:
        """Return all voxels, or those of a box within the volume.

        Raises:
            InputError: the entry is damaged.
        """
        shape = self.space.shape
        box = box or (slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2]))
        image = self._unpack("image", (len(self.present_sequences), *shape), np.dtype(np.int16), box)
        labels = self._unpack("labels", (1, *shape), np.dtype(self.notes["label_type"]), box)[0]
        return Voxels(torch.from_numpy(image), torch.from_numpy(labels))

    def class_voxel(self, code: int, number: int, *more: int) -> np.ndarray:
        """Return the index (3,) of a voxel of a class, or of several together.

        Args:
            code: of a class that the case has.
            number: from 0 up to the size of the class; voxels are counted in C order.
            more: codes of further classes that are counted with it.
        """
        flat = VoxelRuns.together([self._tensor(f"class {each}") for each in (code, *more)]).flat_index(number)
        return np.array(np.unravel_index(flat, self.space.shape))

    def images(self) -> CaseImages:
        """Return the whole case as `read_case` gives it, up to the rounding of the store."""
        image = self.decode().image.numpy() * np.float32(STEP_SD)
        brain = VoxelRuns(self._tensor("brain")).mask(self.space.shape)
        native = _space(self.notes["native_space"])
        return CaseImages(self.case_id, image, self.present_sequences, brain, self.space, native)

    def _tensor(self, name: str) -> np.ndarray:
        try:
            with safe_open(self.path, framework="numpy") as file:
                return np.asarray(file.get_tensor(name))
        except (OSError, SafetensorError) as error:
            raise _unreadable(self.path, error) from error

    def _unpack(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], box: Box) -> np.ndarray:
        try:
            with safe_open(self.path, framework="numpy") as file:
                packed = file.get_slice(name)
                ends = file.get_tensor(f"{name} ends")
                return unpack(lambda start, stop: packed[start:stop], ends, shape, dtype, box)
        except (OSError, SafetensorError, ValueError) as error:
            raise _unreadable(self.path, error) from error


def _entry(images: CaseImages, labels: np.ndarray, bits: LabelBits) -> bytes:
    regions = labels & bits.region_bits()
    classes = {0: VoxelRuns.of((regions == 0) & images.brain)}
    classes |= {int(code): VoxelRuns.of(regions == code) for code in np.unique(regions) if code}
    classes = {code: runs for code, runs in classes.items() if len(runs)}
    components = [bits.tumour_of(task) for task in bits.components]
    notes = {
        "case": images.case_id,
        "space": _plain(images.space),
        "native_space": _plain(images.native_space),
        "present": images.present.tolist(),
        "label_type": labels.dtype.name,
        "class_sizes": {code: len(runs) for code, runs in classes.items()},
        "tumour_voxels": {bit: int(((labels >> bit) & 1).sum()) for bit in components},
    }
    tensors = {"brain": VoxelRuns.of(images.brain).bounds}
    tensors |= {f"class {code}": runs.bounds for code, runs in classes.items()}
    tensors["image"], tensors["image ends"] = pack(in_steps(images.image))
    tensors["labels"], tensors["labels ends"] = pack(labels[None])
    entry: bytes = save(tensors, metadata={_NOTES: format_json(notes)})
    return entry


def _digest(path: Path, case_id: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        what = f"{path} does not exist" if missing else f"cannot read {path}: {error.strerror}"
        msg = f"case {case_id}: {what}; check the path in the cohort table"
        raise InputError(msg) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(f"cannot read the store's entry {path} ({error}); if it is damaged, remove it: it is made anew")


def _plain(space: Space) -> dict[str, Any]:
    return {"shape": list(space.shape), "affine": space.affine.tolist(), "atlas": space.atlas}


def _space(plain: dict[str, Any]) -> Space:
    d, h, w = plain["shape"]
    return Space((d, h, w), np.array(plain["affine"]), plain["atlas"])
