import json
import sys

import numpy as np
import pytest
import torch

from braintumornet.core.text.errors import InputError
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.prepare.stripping import train_stripper
from braintumornet.prepare.stripping.image_stream import IMAGES_PER_HEAD, ImageStream
from braintumornet.prepare.stripping.network import LARGEST_MM, build_network
from braintumornet.prepare.stripping.train_stripper import distance_loss, load_stage, take_step, train

VOXEL_MM = 8.0


@pytest.fixture(scope="module")
def examples():
    stream = iter(ImageStream(5, VOXEL_MM))
    return [next(stream) for _ in range(2)]


def test_the_loss_is_nothing_for_the_truth_and_for_what_is_further_out(examples):
    wanted = examples[0][1]
    assert float(distance_loss(wanted.nan_to_num(0.0), wanted)) == pytest.approx(0, abs=1e-3)
    further = torch.where(wanted >= LARGEST_MM, wanted + 20, wanted).nan_to_num(0.0)
    assert float(distance_loss(further, wanted)) < 0.05
    assert float(distance_loss(-wanted.nan_to_num(0.0), wanted)) > 2


def test_what_is_not_asked_has_no_gradient(examples):
    wanted = examples[0][1].clone()
    wanted[..., :4] = torch.nan
    found = torch.zeros_like(wanted, requires_grad=True)
    distance_loss(found, wanted).backward()
    assert not found.grad[torch.isnan(wanted)].any()
    assert found.grad[~torch.isnan(wanted)].any()


def _moments(stage):
    state = stage.optimiser.state_dict()["state"]
    return [value for number in sorted(state) for _, value in sorted(state[number].items())]


def test_learns_goes_on_where_it_was_and_exports(examples, tmp_path, monkeypatch):
    monkeypatch.setattr(train_stripper, "_WARM_STEPS", 1)
    monkeypatch.setattr(train_stripper, "_BF16", False)
    stage = load_stage(tmp_path)
    losses = [take_step(stage, examples[0], 2e-3) for _ in range(8)]
    assert losses[-1] < losses[0]
    train(stage, iter(examples), examples, tmp_path, hours=0.0)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert log[-1]["step"] == 8
    assert 0 <= log[-1]["worst"] <= log[-1]["dice"] <= 1
    again = load_stage(tmp_path)
    assert again.step == stage.step == 8
    kept, found = ([*part.network.parameters(), *part.average.parameters(), *_moments(part)] for part in (stage, again))
    assert all(torch.equal(one, other) for one, other in zip(kept, found, strict=True))
    assert take_step(again, examples[1], 1e-3) == pytest.approx(take_step(stage, examples[1], 1e-3), rel=1e-3)
    target = tmp_path / "weights.safetensors"
    train_stripper.save_stage(stage, tmp_path, 0.0)
    command = ["train_stripper", "--output", str(tmp_path), "--export", str(target)]
    monkeypatch.setattr(sys, "argv", command)
    train_stripper.main()
    tensors, notes = read_tensors(target)
    assert set(tensors) == set(build_network().state_dict())
    assert all(value.dtype == torch.float16 for value in tensors.values())
    assert notes["step"] == 9
    assert target.stat().st_size <= 2_000_000


def test_a_gradient_that_is_no_number_changes_nothing(examples, tmp_path):
    stage = load_stage(tmp_path)
    before = [value.clone() for value in stage.network.parameters()]
    image, wanted = examples[0]
    take_step(stage, (torch.full_like(image, torch.nan), wanted), 1e-3)
    assert all(torch.equal(one, other) for one, other in zip(before, stage.network.parameters(), strict=True))


def test_a_damaged_stage_is_an_error(tmp_path):
    (tmp_path / "stage.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="stage.safetensors is no readable checkpoint"):
        load_stage(tmp_path)


def test_a_stream_that_begins_later_gives_the_same_images():
    whole, later = iter(ImageStream(5, VOXEL_MM)), iter(ImageStream(5, VOXEL_MM, first=IMAGES_PER_HEAD + 1))
    images = [next(whole)[0] for _ in range(IMAGES_PER_HEAD + 2)]
    assert np.array_equal(images[-1], next(later)[0])
    assert not np.array_equal(images[-1], images[-2])
