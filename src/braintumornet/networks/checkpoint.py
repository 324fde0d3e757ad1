"""Weights on disk: safetensors, so that reading them runs no code."""

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

_NOTES = "braintumornet"


def write_tensors(tensors: Mapping[str, Tensor], notes: Mapping[str, Any], path: Path) -> None:
    """Write tensors and plain notes whole or not at all; an earlier file survives a full disk."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, save(contiguous, metadata={_NOTES: format_json(notes)}))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_tensors` wrote.

    Raises:
        InputError: the file is missing, damaged or not ours.
    """
    try:
        with safe_open(path, framework="pt") as file:
            notes = json.loads((file.metadata() or {})[_NOTES])
            return {name: file.get_tensor(name) for name in file.keys()}, notes  # noqa: SIM118  (not a dict)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        msg = f"{path} is no readable checkpoint of braintumornet ({error})"
        raise InputError(msg) from error


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
