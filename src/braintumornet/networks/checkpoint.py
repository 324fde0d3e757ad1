"""Weights on disk: safetensors, so that reading them runs no code, and a checksum says that they are as written."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import Field
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from braintumornet.core.files.atomic_write import format_json, write_bytes
from braintumornet.core.files.json_text import parse_json
from braintumornet.core.json_record import Record, check_record
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.training_profile import TrainingProfile

_NOTES = "braintumornet, checked"
"""Name of the only text in a file: the checksum, a space and the notes as JSON."""

_NOTES_ALONE = "braintumornet"
"""Its name where there are notes and no checksum, as the first version wrote files."""


class NotesRecord(Record):
    """What stands beside weights or a state, as far as anything here asks for it."""

    step: Annotated[int, Field(ge=0)] | None = None
    lacked: Sequence[str] | None = None
    files: Mapping[str, str] = {}
    imported: str = ""
    doubts: Sequence[str] = ()
    learned: TrainingProfile | None = None
    score: float | None = Field(None, alias="val/score")
    by_patient: Mapping[str, Mapping[str, float]] = {}


def write_tensors(tensors: Mapping[str, Tensor], notes: Mapping[str, Any], path: Path) -> None:
    """Write tensors and plain notes whole or not at all; an earlier file survives a full disk."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = format_json(notes)
    write_bytes(path, save(contiguous, metadata={_NOTES: f"{_digest(contiguous, text)} {text}"}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote.

    Raises:
        InputError: the file is missing, not ours, or not as it was written, be it by a single bit.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
        notes = parse_json(_intact_notes(metadata, tensors))
        check_record(notes, NotesRecord, path, "put back a copy, or train anew")
        return tensors, notes
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        msg = f"{path} is no readable checkpoint of braintumornet ({' '.join(str(error).split())})"
        raise InputError(msg) from error


def _intact_notes(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    """Return the notes if tensors and notes have their checksum.

    Raises:
        KeyError: there are none.
        ValueError: they have another.
    """
    if _NOTES_ALONE in metadata:
        return metadata[_NOTES_ALONE]
    digest, _, notes = metadata[_NOTES].partition(" ")
    require(
        digest == _digest(tensors, notes),
        "it is damaged: its checksum is wrong; put back a copy, or train anew",
        ValueError,
    )
    return notes


def _digest(tensors: Mapping[str, Tensor], notes: str) -> str:
    """Return the SHA-256 of all that a file says, however it is laid out."""
    digest = hashlib.sha256(notes.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(repr((name, str(tensor.dtype), tuple(tensor.shape))).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def save_weights(network: torch.nn.Module, path: Path, notes: Mapping[str, Any]) -> None:
    """Write a network's weights."""
    write_tensors(network.state_dict(), notes, path)


def load_weights(network: torch.nn.Module, path: Path) -> dict[str, Any]:
    """Put weights from a file into a network and return the notes that were written with them.

    Raises:
        InputError: the file does not fit the network.
    """
    tensors, notes = read_tensors(path)
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        msg = f"{path} does not fit the network of this configuration: {reason}"
        raise InputError(msg) from error
    return notes
