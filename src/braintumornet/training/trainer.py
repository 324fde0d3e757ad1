"""The training loop, readable from top to bottom."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

import torch
from lightning.fabric import Fabric
from lightning.fabric.wrappers import _FabricModule, _FabricOptimizer
from torch.optim import Optimizer

from braintumornet.config import ExperimentConfig, TrainingSettings
from braintumornet.core.case import Cohort
from braintumornet.core.errors import BrainTumorNetError
from braintumornet.core.files import write_json
from braintumornet.core.run import RunFolder
from braintumornet.data.examples import Example, read_examples
from braintumornet.data.loaders import build_loader
from braintumornet.data.splits import Split
from braintumornet.data.store import Store
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.routing import measure_router
from braintumornet.networks.base import MultiTaskNetwork
from braintumornet.networks.device import choose_device, place, uses_bf16
from braintumornet.networks.learning import Schedule, freeze, parameter_groups
from braintumornet.tasks.base import task_losses
from braintumornet.training.drawn import DrawnRow, DrawnSamples
from braintumornet.training.folder import choose_split, open_run
from braintumornet.training.keeper import Keeper
from braintumornet.training.origin import Origin, start_from
from braintumornet.training.penalty import add_weight_penalty
from braintumornet.training.preflight import as_drawn, check_labels, check_memory, check_patch
from braintumornet.training.rmsprop import DeepMedicRMSprop
from braintumornet.training.state import TrainingState

Reading = Callable[[int, int], None]
"""Called after each case with cases read and cases in all."""

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called after each step with steps done, steps in all, and the losses per task."""

Starting = Callable[[Origin], None]
"""Called once with what was taken from another run."""

POLY_POWER = 0.9


@dataclass(frozen=True)
class FitResult:
    """What a training ends with.

    Args:
        steps: optimiser steps done in all.
        best: highest validation score, or None without validation.
        drawn: how many samples had which label.
    """

    steps: int
    best: float | None
    drawn: tuple[DrawnRow, ...]


def fit(
    config: ExperimentConfig,
    cohort: Cohort,
    run: RunFolder,
    *,
    resume: bool = False,
    reading: Reading | None = None,
    progress: Progress | None = None,
    starting: Starting | None = None,
) -> FitResult:
    """Train a network on a cohort and leave everything about it in the run folder.

    Args:
        config: the experiment.
        cohort: all cases; which of them train is decided by its split.
        run: must not hold a run yet, unless `resume`.
        resume: go on from the last saved state; the result is that of an uninterrupted training.
        reading: told about each case.
        progress: told about each step.
        starting: told what was taken from the run that this one starts from, if there is one.

    Raises:
        UsageError: the run folder is taken, or the configuration cannot work.
        InputError: the cohort cannot be used.
    """
    split = choose_split(config, cohort, run, resume)
    training_cases = cohort.with_ids(list(split.train)).cases
    check_labels(config, training_cases)
    drawn_cases = as_drawn(config, training_cases)
    criteria = {task.name: task.criterion(drawn_cases) for task in config.tasks}
    fabric = make_fabric(config)
    fresh = build_network(config, fabric)
    origin = None if resume else start_from(config, fresh, cohort, split)
    network, optimizer = set_up(fresh, config, fabric)
    train, val = read_sides(config, cohort, split, run, reading)

    drawn = DrawnSamples.of(training_cases, config.data.draw.over, config.tasks, config.sequences)
    state = TrainingState(network.module, optimizer.optimizer, drawn=drawn)
    if resume:
        state.load(run.state, config.fingerprint())
    else:
        open_run(config, cohort, split, run, origin)
        _tell(starting, origin)
    schedule = plan_schedule(config, network.module, run)
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
        schedule.begin(step)
        losses = task_losses(network(batch.image, truth=batch.targets), batch, criteria)
        values = {name: loss.item() for name, loss in losses.items()}
        require_finite(values, step)
        if losses:
            weighting.backward(losses, fabric)
            if config.training.l1 or config.training.l2:
                add_weight_penalty(network, config.training.l1, config.training.l2)
            schedule.hold_back()
            if config.training.max_norm is not None:
                fabric.clip_gradients(network, optimizer, max_norm=config.training.max_norm)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        state.drawn.add(batch)
        state.step = step + 1
        keeper.after_step(values, last=state.step == total)
        if progress is not None:
            progress(state.step, total, values)
    keeper.close()
    result = FitResult(state.step, state.best if val else None, tuple(drawn.rows()))
    write_report(config, cohort.with_ids(list(split.val)), run, result)
    return result


def write_report(config: ExperimentConfig, val: Cohort, run: RunFolder, result: FitResult) -> None:
    """Write what a training came to; where there are validation cases, the error of a router is measured on them."""
    scores = measure_router(Predictor.from_run(run.path), val) if config.router is not None and len(val) else []
    report = {**asdict(result), "router": [vars(score) for score in scores]}
    write_json(run.report, report)


def make_fabric(config: ExperimentConfig) -> Fabric:
    """Return the engine for the device and precision wanted, with every random number seeded."""
    device = choose_device(config.training.accelerator)
    torch.manual_seed(config.seed)
    precision = "bf16-mixed" if uses_bf16(config.training.precision, device) else "32-true"
    return Fabric(accelerator=device.type, devices=1, precision=precision)


def _tell(starting: Starting | None, origin: Origin | None) -> None:
    if starting is not None and origin is not None:
        starting(origin)


def build_network(config: ExperimentConfig, fabric: Fabric) -> MultiTaskNetwork:
    """Return a fresh network after checking that a step can work.

    Raises:
        UsageError: the patch does not fit the network, or a batch does not fit the memory.
    """
    network = MultiTaskNetwork(config.backbone, config.tasks, len(config.sequences))
    check_patch(config, network.backbone.multiple)
    check_memory(config, fabric.device, uses_bf16(config.training.precision, fabric.device))
    return network


def set_up(
    network: MultiTaskNetwork, config: ExperimentConfig, fabric: Fabric
) -> tuple[_FabricModule, _FabricOptimizer]:
    """Return the network and an optimiser of all that learns, set up for the device.

    Raises:
        UsageError: layers are named that the network does not have, or nothing learns.
    """
    place(network, fabric.device)
    transfer = config.transfer
    freeze(network, transfer.freeze if transfer else ())
    groups = parameter_groups(network, transfer.learning_rate_factors if transfer else {})
    module, wrapped = fabric.setup(network, make_optimizer(groups, config.training))
    return module, wrapped


def make_optimizer(groups: list[dict[str, Any]], settings: TrainingSettings) -> Optimizer:
    """Return the optimiser of groups of parameters."""
    if settings.optimizer == "rmsprop":
        return DeepMedicRMSprop(groups, lr=settings.learning_rate)
    if settings.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    return torch.optim.Adam(groups, lr=settings.learning_rate)


def plan_schedule(config: ExperimentConfig, network: MultiTaskNetwork, run: RunFolder) -> Schedule:
    """Return which layers learn at which step of a run that was opened."""
    if config.transfer is None:
        return Schedule(network)
    heads = Origin.read(run).new_heads
    return Schedule(network, config.transfer.freeze, heads, config.transfer.warm_up_steps)


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
    factor = 1.0
    if settings.schedule == "poly":
        factor = (1 - done) ** POLY_POWER
    elif settings.schedule == "halving":
        factor = 0.5 ** sum(done >= share for share in settings.halve_at)
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate * factor * group.get("factor", 1.0)


def require_finite(losses: Mapping[str, float], step: int) -> None:
    """Stop a training that has gone astray.

    Raises:
        BrainTumorNetError: names the task.
    """
    for name, loss in losses.items():
        if not math.isfinite(loss):
            msg = f"step {step}: the loss of task {name!r} is {loss}; train anew with a lower training.learning_rate"
            raise BrainTumorNetError(msg)
