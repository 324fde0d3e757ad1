"""Train the stripping network anew: `python -m braintumornet.prepare.stripping.train_stripper --help`."""

import argparse
import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from braintumornet.core.files.atomic_write import format_json
from braintumornet.networks.checkpoint import read_tensors, write_tensors
from braintumornet.networks.device import uses_bf16
from braintumornet.prepare.stripping.image_stream import Example, ImageStream, fixed_examples
from braintumornet.prepare.stripping.network import LARGEST_MM, VOXEL_MM, build_network, distances_mm
from braintumornet.prepare.stripping.training_heads import HEADS_VERSION

_RATE = 1.5e-3
_WARM_STEPS = 200
_COOLING_SHARE = 1.0  # of the time, at its end, in which the rate falls to nothing
_AVERAGED_STEPS = 500  # the moving average's memory
_SAVE_S, _CHECK_S = 120, 600
_CHECK_SEED, _CHECK_HEADS = 1_000_003, 16
_STATE = "stage.safetensors"
_BF16 = uses_bf16("auto", torch.device("cpu"))


@dataclass
class Stage:
    """Where a training stands.

    Args:
        network: learns.
        average: the moving average of its weights, which is what is exported.
        optimiser: AdamW.
        step: how many have been taken, one image each, in all stages together.
        seconds: how long it has run before.
    """

    network: nn.Module
    average: nn.Module
    optimiser: torch.optim.AdamW
    step: int = 0
    seconds: float = 0.0


def main() -> None:
    """Train for some hours from the last stage in a folder on, or export what has been reached."""
    parser = argparse.ArgumentParser(description="Train the skull-stripping network on heads that never were.")
    parser.add_argument("--output", type=Path, required=True, help="folder of the training; it goes on where it was")
    parser.add_argument("--hours", type=float, default=2.0, help="wall time of this stage")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads that learn")
    parser.add_argument("--workers", type=int, default=1, help="processes that make heads beside it")
    parser.add_argument("--voxel-mm", type=float, default=VOXEL_MM, help="coarser is faster, for first stages")
    parser.add_argument("--seed", type=int, default=1, help="of the heads; another one gives others")
    parser.add_argument("--export", type=Path, help="write the averaged weights here as float16, and do nothing else")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    stage = load_stage(asked.output)
    if asked.export:
        export_weights(stage, asked.export)
        return
    stream = ImageStream(asked.seed, asked.voxel_mm, first=stage.step)
    loader = DataLoader(stream, batch_size=None, num_workers=asked.workers)
    checks = fixed_examples(_CHECK_SEED, asked.voxel_mm, _CHECK_HEADS)
    train(stage, iter(loader), checks, asked.output, asked.hours)


def load_stage(folder: Path) -> Stage:
    """Return the last stage in a folder, or the beginning.

    Raises:
        InputError: the file of the stage is damaged.
    """
    network = build_network()
    network.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-4)
    stage = Stage(network, copy.deepcopy(network), optimiser)
    path = folder / _STATE
    if path.is_file():
        tensors, notes = read_tensors(path)
        stage.network.load_state_dict(_part(tensors, "network."))
        stage.average.load_state_dict(_part(tensors, "average."))
        stage.step, stage.seconds = int(notes["step"]), float(notes["seconds"])
        _load_moments(stage, _part(tensors, "optimiser."))
    return stage


def train(stage: Stage, images: Iterator[Example], checks: list[Example], folder: Path, hours: float) -> None:
    """Train for some hours; what is reached is saved every few minutes and checked on heads that are not learned from.

    Args:
        stage: where it begins.
        images: to learn from.
        checks: not to learn from.
        folder: gets the stage and a log.
        hours: wall time.
    """
    began = saved = checked = time.monotonic()
    first_step, losses = stage.step, [0.0]
    while (spent := time.monotonic() - began) < hours * 3600:
        rate = _rate(spent / (hours * 3600), stage.step - first_step)
        losses.append(take_step(stage, next(images), rate))
        if time.monotonic() - saved > _SAVE_S:
            _log(folder, stage, {"loss": float(np.mean(losses[-300:])), "rate": rate, "hours": spent / 3600})
            save_stage(stage, folder, spent)
            saved = time.monotonic()
        if time.monotonic() - checked > _CHECK_S:
            _log(folder, stage, check(stage, checks))
            checked = time.monotonic()
    save_stage(stage, folder, hours * 3600)
    _log(folder, stage, check(stage, checks))


def take_step(stage: Stage, example: Example, rate: float) -> float:
    """Take one step of the optimiser and return the loss."""
    for group in stage.optimiser.param_groups:
        group["lr"] = rate
    image = example[0].to(memory_format=torch.channels_last_3d)
    with torch.autocast("cpu", torch.bfloat16, enabled=_BF16):
        found = distances_mm(stage.network, image)
    loss = distance_loss(found, example[1])
    stage.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    length = nn.utils.clip_grad_norm_(stage.network.parameters(), 1.0)
    if length.isfinite():  # a gradient in bf16 may rarely be none
        stage.optimiser.step()
    stage.step += 1
    memory = min(1 - 1 / _AVERAGED_STEPS, stage.step / (stage.step + 10))
    with torch.no_grad():
        for mean, value in zip(stage.average.parameters(), stage.network.parameters(), strict=True):
            mean.lerp_(value, 1 - memory)
    return float(loss.detach())


def distance_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the mean squared error of cut distances plus the soft Dice loss of the masks they stand for.

    Args:
        found: distances in mm (N, 1, D, H, W), not cut.
        wanted: distances in mm, cut at `LARGEST_MM`; NaN where nothing is asked.
    """
    asked = ~torch.isnan(wanted)
    wanted = torch.where(asked, wanted, found.detach())
    # beyond the cut a distance may be anything that is far enough
    right = ((wanted >= LARGEST_MM) & (found > LARGEST_MM)) | ((wanted <= -LARGEST_MM) & (found < -LARGEST_MM))
    squares = torch.where(asked & ~right, (found - wanted).square(), 0).sum() / asked.sum() / LARGEST_MM
    inside, truth = torch.sigmoid(-found) * asked, torch.sigmoid(-wanted) * asked
    sums = [part.sum(dim=(1, 2, 3, 4)) for part in (inside * truth, inside.square(), truth.square())]
    dice = 2 * sums[0] / (sums[1] + sums[2] + 1e-3)
    return squares + (1 - dice).mean()


def check(stage: Stage, checks: list[Example]) -> dict[str, float]:
    """Return the Dice of the averaged weights: mean, 5th percentile and worst."""
    found = []
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=_BF16):
        for image, wanted in checks:
            asked = ~torch.isnan(wanted)
            mask, truth = (distances_mm(stage.average, image) < 0) & asked, wanted < 0
            found.append(float(2 * (mask & truth).sum() / (mask.sum() + truth.sum())))
    return {"dice": float(np.mean(found)), "dice_5th_percentile": float(np.percentile(found, 5)), "worst": min(found)}


def save_stage(stage: Stage, folder: Path, spent_s: float) -> None:
    """Write the stage whole or not at all."""
    tensors = {f"network.{name}": value for name, value in stage.network.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in stage.average.state_dict().items()}
    for number, state in stage.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{name}": value for name, value in state.items()}
    write_tensors(tensors, {"step": stage.step, "seconds": stage.seconds + spent_s}, folder / _STATE)


def export_weights(stage: Stage, path: Path) -> None:
    """Write the averaged weights as float16, with what they come from."""
    tensors = {name: value.half() for name, value in stage.average.state_dict().items()}
    notes = {"step": stage.step, "heads_version": HEADS_VERSION, "hours": round(stage.seconds / 3600, 2)}
    write_tensors(tensors, notes, path)


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _load_moments(stage: Stage, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        number, key = name.split(".")
        state.setdefault(int(number), {})[key] = value
    groups = stage.optimiser.state_dict()["param_groups"]
    stage.optimiser.load_state_dict({"state": state, "param_groups": groups})


def _rate(share: float, steps: int) -> float:
    return _RATE * min(1.0, (steps + 1) / _WARM_STEPS, max(0.01, (1 - share) / _COOLING_SHARE))


def _log(folder: Path, stage: Stage, values: dict[str, float]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(format_json({"step": stage.step, **values}) + "\n")


if __name__ == "__main__":
    main()
