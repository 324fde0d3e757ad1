"""Weights on disk."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from braintumornet.core.errors import InputError
from braintumornet.networks.checkpoint import load_weights, read_tensors, save_weights

FULL_DISK = """
import resource, sys, torch
from pathlib import Path
from braintumornet.core.errors import InputError
from braintumornet.networks.checkpoint import write_tensors
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write_tensors({"a": torch.ones(10000)}, {}, Path(sys.argv[1]))
except InputError as error:
    print(error)
"""


def test_round_trip(tmp_path: Path) -> None:
    first, second = nn.Linear(3, 2), nn.Linear(3, 2)
    save_weights(first, tmp_path / "a.safetensors", {"step": 7})
    assert load_weights(second, tmp_path / "a.safetensors") == {"step": 7}
    assert torch.equal(first.weight, second.weight)


def test_another_network_is_refused(tmp_path: Path) -> None:
    save_weights(nn.Linear(3, 2), tmp_path / "a.safetensors", {})
    with pytest.raises(InputError, match="does not fit the network of this configuration: .*size mismatch"):
        load_weights(nn.Linear(4, 2), tmp_path / "a.safetensors")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_weights(nn.Linear(3, 2), path, {})
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match=r"a\.safetensors is no readable checkpoint"):
        read_tensors(path)


def test_a_full_disk_leaves_the_previous_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_weights(nn.Linear(3, 2), path, {"step": 1})
    result = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True)
    assert f"cannot write {path}" in result.stdout
    assert "free some space" in result.stdout
    assert read_tensors(path)[1] == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]
