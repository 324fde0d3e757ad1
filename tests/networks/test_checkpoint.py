"""Weights on disk."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from braintumornet.core.text.errors import InputError
from braintumornet.networks.checkpoint import load_weights, read_tensors, save_weights, write_tensors

FULL_DISK = """
import resource, sys, torch
from pathlib import Path
from braintumornet.core.text.errors import InputError
from braintumornet.networks.checkpoint import write_tensors
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write_tensors({"a": torch.ones(10000)}, {}, Path(sys.argv[1]))
except InputError as error:
    print(error)
"""


TENSORS = {
    "network.weight": torch.arange(24, dtype=torch.float32).reshape(2, 3, 4),
    "network.half": torch.ones(3, dtype=torch.bfloat16),
    "network.number": torch.tensor(7),
    "network.mask": torch.tensor([True, False]),
    "network.nothing": torch.zeros(0, 4),
}
NOTES = {"step": 4, "best": 0.5, "lacked": ["t1n"]}


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_tensors(TENSORS, NOTES, tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def test_weights_and_notes_come_back(path: Path) -> None:
    tensors, notes = read_tensors(path)
    assert notes == NOTES
    assert tensors.keys() == TENSORS.keys()
    for name, tensor in tensors.items():
        assert tensor.dtype == TENSORS[name].dtype
        assert torch.equal(tensor, TENSORS[name])


def test_the_same_weights_make_the_same_file(path: Path) -> None:
    """A fingerprint of the file says whether weights are the same."""
    for number in range(8):
        write_tensors(TENSORS, NOTES, path.with_name(str(number)))
    assert {file.read_bytes() for file in path.parent.iterdir()} == {path.read_bytes()}


def test_every_single_wrong_bit_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        with pytest.raises(
            InputError, match=r"model\.safetensors is no readable checkpoint of braintumornet \("
        ) as told:
            read_tensors(path)
        assert len(str(told.value).splitlines()) == 1


def test_other_weights_of_the_same_shape_are_told(path: Path) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 64
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="it is damaged: its checksum is wrong; put back a copy, or train anew"):
        read_tensors(path)


def test_a_file_from_before_there_were_checksums_is_read(path: Path) -> None:
    save_file(TENSORS, path, metadata={"braintumornet": json.dumps(NOTES)})
    tensors, notes = read_tensors(path)
    assert notes == NOTES
    assert torch.equal(tensors["network.weight"], TENSORS["network.weight"])
