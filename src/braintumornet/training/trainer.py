"""The training loop, readable from top to bottom."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

import torch
from lightning.fabric import Fabric
from lightning.fabric.wrappers import _FabricModule, _FabricOptimizer
from torch.optim import Optimizer

from braintumornet.config import ExperimentConfig, TrainingSettings
from braintumornet.core.case import Cohort
from braintumornet.core.errors import BrainTumorNetError
from braintumornet.core.run import RunFolder
from braintumornet.data.examples import Example, read_examples
from braintumornet.data.loaders import build_loader
from braintumornet.data.splits import Split
from braintumornet.data.store import Store
from braintumornet.networks.base import MultiTaskNetwork
from braintumornet.networks.device import choose_device, place, uses_bf16
from braintumornet.tasks.base import task_losses
from braintumornet.training.folder import choose_split, open_run
from braintumornet.training.keeper import Keeper
from braintumornet.training.preflight import check_labels, check_memory, check_patch
from braintumornet.training.state import TrainingState

Reading = Callable[[int, int], None]
"""Called after each case with cases read and cases in all."""

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called after each step with steps done, steps in all, and the losses per task."""

POLY_POWER = 0.9


@dataclass(frozen=True)
class FitResult:
    """What a training ends with.

    Args:
        steps: optimiser steps done in all.
        best: highest validation score, or None without validation.
    """

    steps: int
    best: float | None


def fit(
    config: ExperimentConfig,
    cohort: Cohort,
    run: RunFolder,
    *,
    resume: bool = False,
    reading: Reading | None = None,
    progress: Progress | None = None,
) -> FitResult:
    """Train a network on a cohort and leave everything about it in the run folder.

    Args:
        config: the experiment.
        cohort: all cases; which of them train is decided by its split.
        run: must not hold a run yet, unless `resume`.
        resume: go on from the last saved state; the result is that of an uninterrupted training.
        reading: told about each case.
        progress: told about each step.

    Raises:
        UsageError: the run folder is taken, or the configuration cannot work.
        InputError: the cohort cannot be used.
    """
    split = choose_split(config, cohort, run, resume)
    training_cases = cohort.with_ids(list(split.train)).cases
    check_labels(config, training_cases)
    criteria = {task.name: task.criterion(training_cases) for task in config.tasks}
    fabric = make_fabric(config)
    network, optimizer = build(config, fabric)
    train, val = read_sides(config, cohort, split, run, reading)

    state = TrainingState(network.module, optimizer.optimizer)
    if resume:
        state.load(run.state, config.fingerprint())
    else:
        open_run(config, cohort, split, run)
    keeper = Keeper(config, run, state, val)
    weighting = config.weighting.build()
    total = config.training.total_steps(len(train), config.data.batch_size)
    steps = range(state.step, total)
    late = fabric.device.type != "cpu"  # an accelerator varies the patches itself
    size = config.patch_size()
    batches = build_loader(train, config.tasks, config.data, config.seed, steps, size=size, late=late)
    loader = fabric.setup_dataloaders(batches)

    network.train()
    for step, batch in zip(steps, loader, strict=True):
        set_learning_rate(optimizer, config.training, step / total)
        losses = task_losses(network(batch.image, truth=batch.targets), batch, criteria)
        values = {name: loss.item() for name, loss in losses.items()}
        require_finite(values, step)
        if losses:
            weighting.backward(losses, fabric)
            if config.training.max_norm is not None:
                fabric.clip_gradients(network, optimizer, max_norm=config.training.max_norm)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        state.step = step + 1
        keeper.after_step(values, last=state.step == total)
        if progress is not None:
            progress(state.step, total, values)
    keeper.close()
    return FitResult(state.step, state.best if val else None)


def make_fabric(config: ExperimentConfig) -> Fabric:
    """Return the engine for the device and precision wanted, with every random number seeded."""
    device = choose_device(config.training.accelerator)
    torch.manual_seed(config.seed)
    precision = "bf16-mixed" if uses_bf16(config.training.precision, device) else "32-true"
    return Fabric(accelerator=device.type, devices=1, precision=precision)


def build(config: ExperimentConfig, fabric: Fabric) -> tuple[_FabricModule, _FabricOptimizer]:
    """Return the network and its optimiser, set up for the device, after checking that a step can work.

    Raises:
        UsageError: the patch does not fit the network, or a batch does not fit the memory.
    """
    network = MultiTaskNetwork(config.backbone, config.tasks, len(config.sequences))
    check_patch(config, network.backbone.multiple)
    check_memory(config, fabric.device, uses_bf16(config.training.precision, fabric.device))
    place(network, fabric.device)
    settings = config.training
    optimizer: Optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    if settings.optimizer == "adamw":
        optimizer = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
    module, wrapped = fabric.setup(network, optimizer)
    return module, wrapped


def read_sides(
    config: ExperimentConfig, cohort: Cohort, split: Split, run: RunFolder, reading: Reading | None = None
) -> tuple[list[Example], list[Example]]:
    """Return the examples to train on, in memory as far as that is allowed, and those to validate on."""
    data = config.data
    sides = [cohort.with_ids(list(ids)) for ids in (split.train, split.val if config.training.validate_every else ())]
    total, done = sum(len(side) for side in sides), count(1)

    def advance() -> None:
        if reading is not None:
            reading(next(done), total)

    store = Store.of_tasks(data.store or run.store, config.tasks, config.sequences, data.spacing_mm)
    train = read_examples(sides[0], config.tasks, store, data.memory_gib, advance)
    return train, read_examples(sides[1], config.tasks, store, advance=advance)


def set_learning_rate(optimizer: Optimizer, settings: TrainingSettings, done: float) -> None:
    """Set the rate for the share of the training that is done, from 0 to 1."""
    factor = (1 - done) ** POLY_POWER if settings.schedule == "poly" else 1.0
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate * factor


def require_finite(losses: Mapping[str, float], step: int) -> None:
    """Stop a training that has gone astray.

    Raises:
        BrainTumorNetError: names the task.
    """
    for name, loss in losses.items():
        if not math.isfinite(loss):
            msg = f"step {step}: the loss of task {name!r} is {loss}; train anew with a lower training.learning_rate"
            raise BrainTumorNetError(msg)
