"""One entry of a store: a file in parts, each with a checksum that is compared whenever the part is read.

What is read of an entry is what was written: a single wrong bit anywhere is found, and the entry is made anew.
"""

import json
import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, require
from braintumornet.data.store.case_images import CaseImages
from braintumornet.data.store.chunks import pack, unpack
from braintumornet.data.store.label_bitmask import LabelBits
from braintumornet.data.store.run_length_mask import RunLengthMask
from braintumornet.data.store.stored_voxels import STEP_SD, Voxels, in_steps
from braintumornet.volumes.brain import Box
from braintumornet.volumes.brain_plausibility import BrainFacts

_NOTES = "braintumornet"
"""Name of the only text in a file, whose order is then the same in every one: a checksum, a space and the notes."""

Content = TypeVar("Content")


@dataclass(frozen=True)
class StoredCase:
    """One entry of a store; voxels stay on the disk until they are asked for.

    Args:
        path: of the entry.
        case_id: whose.
        notes: what else is known, as JSON holds it.
        renew: called with what is wrong where the entry turns out to be damaged; makes it anew or raises an InputError.
    """

    path: Path
    case_id: str
    notes: dict[str, Any]
    renew: Callable[[str], None] = field(compare=False, repr=False)

    @classmethod
    def read(cls, path: Path, case_id: str, renew: Callable[[str], None]) -> "StoredCase":
        """Read what an entry says without its voxels.

        Raises:
            InputError: it is damaged and cannot be made anew.
        """
        notes = _read_whole(path, renew, lambda file: _notes(file.metadata()))
        return cls(path, case_id, notes, renew)

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

    @cached_property
    def facts(self) -> BrainFacts:
        """Whether what counts as brain can be one."""
        return BrainFacts(**self.notes["brain"])

    @property
    def said(self) -> tuple[str, ...]:
        """What a reader of a prediction must know of the files."""
        return tuple(self.notes["said"])

    @property
    def nbytes(self) -> int:
        """What `decode` takes in memory."""
        per_voxel = 2 * len(self.present_sequences) + int(np.dtype(self.notes["label_type"]).itemsize)
        return math.prod(self.space.shape) * per_voxel

    def decode(self, box: Box | None = None) -> Voxels:
        """Return all voxels, or those of a box within the volume.

        Raises:
            InputError: the entry is damaged and cannot be made anew.
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
        flat = RunLengthMask.together([self._tensor(f"class {each}") for each in (code, *more)]).flat_index(number)
        return np.array(np.unravel_index(flat, self.space.shape))

    def images(self) -> CaseImages:
        """Return the whole case as `read_case` gives it, up to the rounding of the store."""
        image = self.decode().image.numpy() * np.float32(STEP_SD)
        brain = RunLengthMask(self._tensor("brain")).mask(self.space.shape)
        native = _space(self.notes["native_space"])
        return CaseImages(self.case_id, image, self.present_sequences, brain, self.space, native, self.facts, self.said)

    def _tensor(self, name: str) -> np.ndarray:
        return _read_whole(self.path, self.renew, lambda file: _checked(file, name, self.notes))

    def _unpack(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any], box: Box) -> np.ndarray:
        def read(file: Any) -> np.ndarray:
            packed = file.get_slice(name)
            ends, sums = (_checked(file, f"{name} {part}", self.notes) for part in ("ends", "sums"))
            return unpack(lambda start, stop: packed[start:stop], ends, sums, shape, dtype, box)

        return _read_whole(self.path, self.renew, read)


def entry_bytes(images: CaseImages, labels: np.ndarray, bits: LabelBits) -> bytes:
    """Return the content of an entry's file.

    Args:
        images: of the case.
        labels: all its masks, whole numbers (D, H, W).
        bits: meaning of the labels.
    """
    classes = find_classes(labels, images.brain, bits)
    checked = {"brain": RunLengthMask.of(images.brain).bounds}
    checked |= {f"class {code}": runs.bounds for code, runs in classes.items()}
    packed = {}
    for name, volumes in {"image": in_steps(images.image), "labels": labels[None]}.items():
        packed[name], checked[f"{name} ends"], checked[f"{name} sums"] = pack(volumes)
    notes = format_json(
        {
            "case": images.case_id,
            "space": _plain(images.space),
            "native_space": _plain(images.native_space),
            "present": images.present.tolist(),
            "brain": None if images.facts is None else asdict(images.facts),
            "said": images.notes,
            "label_type": labels.dtype.name,
            "class_sizes": {code: len(runs) for code, runs in classes.items()},
            "tumour_voxels": count_tumour_voxels(labels, bits),
            "sums": {name: _sum(tensor) for name, tensor in checked.items()},
        }
    )
    entry: bytes = save({**checked, **packed}, metadata={_NOTES: f"{zlib.crc32(notes.encode())} {notes}"})
    return entry


def find_classes(labels: np.ndarray, brain: np.ndarray, bits: LabelBits) -> dict[int, RunLengthMask]:
    """Return the voxels of each class that a case has; healthy brain is 0, others are combinations of region bits.

    Args:
        labels: all masks of a case, whole numbers (D, H, W).
        brain: bool (D, H, W).
        bits: meaning of the labels.
    """
    regions = labels & bits.region_bits()
    classes = {0: RunLengthMask.of((regions == 0) & brain)}
    classes |= {int(code): RunLengthMask.of(regions == code) for code in np.unique(regions) if code}
    return {code: runs for code, runs in classes.items() if len(runs)}


def count_tumour_voxels(labels: np.ndarray, bits: LabelBits) -> dict[int, int]:
    """Return the size of the largest tumour component for each component bit."""
    return {bit: int(((labels >> bit) & 1).sum()) for bit in map(bits.tumour_of, bits.components)}


def _read_whole(path: Path, renew: Callable[[str], None], read: Callable[[Any], Content]) -> Content:
    """Read from an entry; one that is damaged is made anew and read again.

    Raises:
        InputError: it cannot be made anew, or is damaged again.
    """
    try:
        return _read(path, read)
    except ValueError as error:
        renew(str(error))
    try:
        return _read(path, read)
    except ValueError as error:
        msg = f"{path} was made anew and is damaged again ({error}); check the disk or choose another with data.store"
        raise InputError(msg) from error


def _read(path: Path, read: Callable[[Any], Content]) -> Content:
    """Read from an entry.

    Raises:
        ValueError: it is damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            return read(file)
    except (OSError, SafetensorError, KeyError, AttributeError, TypeError) as error:
        msg = " ".join(str(error).split())
        raise ValueError(msg) from error


def _notes(metadata: Mapping[str, str] | None) -> dict[str, Any]:
    found, _, notes = (metadata or {})[_NOTES].partition(" ")
    require(found == str(zlib.crc32(notes.encode())), "the checksum of its notes is wrong", ValueError)
    read: dict[str, Any] = json.loads(notes)
    return read


def _checked(file: Any, name: str, notes: Mapping[str, Any]) -> np.ndarray:
    tensor = np.asarray(file.get_tensor(name))
    require(_sum(tensor) == notes["sums"][name], f"the checksum of {name!r} is wrong", ValueError)
    return tensor


def _sum(tensor: np.ndarray) -> int:
    about = f"{tensor.dtype.str} {tensor.shape}".encode()
    return zlib.crc32(np.ascontiguousarray(tensor).data, zlib.crc32(about))


def _plain(space: Space) -> dict[str, Any]:
    return {"shape": list(space.shape), "affine": space.affine.tolist(), "atlas": space.atlas}


def _space(plain: dict[str, Any]) -> Space:
    d, h, w = plain["shape"]
    return Space((d, h, w), np.array(plain["affine"]), plain["atlas"])
