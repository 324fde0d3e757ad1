"""Weights on disk: safetensors, so that reading them runs no code, and a checksum says that they are as written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from braintumornet.core.errors import InputError
from braintumornet.core.files import format_json, write_bytes

_NOTES, _SUM = "braintumornet", "sha256"


def write_tensors(tensors: Mapping[str, Tensor], notes: Mapping[str, Any], path: Path) -> None:
    """Write tensors and plain notes whole or not at all; an earlier file survives a full disk."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = format_json(notes)
    write_bytes(path, save(contiguous, metadata={_NOTES: text, _SUM: _digest(contiguous, text)}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote.

    Raises:
        InputError: the file is missing, not ours, or not as it was written, be it by a single bit.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
        _require_intact(metadata, tensors)
        return tensors, json.loads(metadata[_NOTES])
    except (OSError, SafetensorError, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        msg = f"{path} is no readable checkpoint of braintumornet ({' '.join(str(error).split())})"
        raise InputError(msg) from error


def _require_intact(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> None:
    """Compare the checksum; files from before there was one hold the notes and nothing else.

    Raises:
        ValueError: it is another.
    """
    if set(metadata) != {_NOTES} and metadata[_SUM] != _digest(tensors, metadata[_NOTES]):
        msg = "it is damaged: its checksum is wrong; put back a copy, or train anew"
        raise ValueError(msg)


def _digest(tensors: Mapping[str, Tensor], notes: str) -> str:
    """Return the SHA-256 of all that a file says, however it is laid out."""
    digest = hashlib.sha256(notes.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(repr((name, str(tensor.dtype), tuple(tensor.shape))).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
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
