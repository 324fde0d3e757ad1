"""The training loop, readable from top to bottom."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
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
from braintumornet.data.loaders import build_loader, sample_numbers
from braintumornet.data.splits import Split
from braintumornet.data.store import Store
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.routing import measure_router
from braintumornet.networks.base import MultiTaskNetwork
from braintumornet.networks.device import place, uses_bf16
from braintumornet.tasks.base import task_losses
from braintumornet.tasks.batch import Batch
from braintumornet.training.drawn import DrawnRow, DrawnSamples
from braintumornet.training.folder import choose_split, open_run
from braintumornet.training.keeper import Keeper, Onlooker
from braintumornet.training.preflight import as_drawn, check_labels, check_memory, check_norms, check_patch
from braintumornet.training.processes import seed_step, start_processes, sum_gradients
from braintumornet.training.state import TrainingState
from braintumornet.weighting.base import WeightingState
from braintumornet.weighting.gradients import gradient_cosines

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
    drawn_cases = as_drawn(config, training_cases)
    criteria = {task.name: task.criterion(drawn_cases) for task in config.tasks}
    fabric = start_processes(config)
    network, weighting, optimizer = build(config, fabric)
    with fabric.rank_zero_first():  # the others find in the store what it has read
        train, val = read_sides(config, cohort, split, run, reading)

    drawn = DrawnSamples.of(training_cases, config.data.draw.over, config.tasks, config.sequences)
    state = TrainingState(network.module, weighting, optimizer.optimizer, drawn=drawn)
    if resume:
        state.load(run.state, config.fingerprint())
    elif fabric.is_global_zero:
        open_run(config, cohort, split, run)
    keeper = Keeper(config, run, state, val) if fabric.is_global_zero else Onlooker()
    shared = list(network.module.shared_parameters())
    total = config.training.total_steps(len(train), config.data.batch_size)
    steps = range(state.step, total)
    measured_every = config.training.gradient_cosine_every

    network.train()
    for step, batch in zip(steps, load_batches(config, train, steps, fabric), strict=True):
        state.step = step + 1
        seed_step(config.seed, step, fabric.global_rank)
        set_learning_rate(optimizer, config.training, step / total)
        losses = task_losses(network(batch.image, truth=batch.targets), batch, criteria)
        values = {name: loss.item() for name, loss in losses.items()}
        require_finite(values, step)
        weights = {}
        if losses:
            if measured_every and state.step % measured_every == 0:
                keeper.note("cosine", gradient_cosines(losses, shared, fabric))
            weights = weighting.backward(losses, shared, fabric)
            sum_gradients(network.parameters())
            if config.training.max_norm is not None:
                fabric.clip_gradients(network, optimizer, max_norm=config.training.max_norm)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        drawn.add(batch)
        keeper.after_step(values, weights, last=state.step == total)
        if progress is not None:
            progress(state.step, total, values)
    keeper.close()
    result = FitResult(state.step, state.best if val else None, tuple(drawn.rows()))
    if fabric.is_global_zero:
        write_report(config, cohort.with_ids(list(split.val)), run, result)
    return result


def write_report(config: ExperimentConfig, val: Cohort, run: RunFolder, result: FitResult) -> None:
    """Write what a training came to; where there are validation cases, the error of a router is measured on them."""
    scores = measure_router(Predictor.from_run(run.path), val) if config.router is not None and len(val) else []
    report = {**asdict(result), "router": [vars(score) for score in scores]}
    write_json(run.report, report)


def build(config: ExperimentConfig, fabric: Fabric) -> tuple[_FabricModule, WeightingState, _FabricOptimizer]:
    """Return network, weighting and optimiser, set up for the device, after checking that a step can work.

    Raises:
        UsageError: the patch does not fit the network, or a batch does not fit the memory.
    """
    network = MultiTaskNetwork(config.backbone, config.tasks, len(config.sequences))
    check_patch(config, network.backbone.multiple)
    check_norms(network, fabric.world_size)
    bf16 = uses_bf16(config.training.precision, fabric.device)
    check_memory(config, fabric.device, bf16, fabric.world_size)
    place(network, fabric.device)
    weighting = config.weighting.build([task.name for task in config.tasks]).to(fabric.device)
    settings = config.training
    learned: list[dict[str, Any]] = [
        {"params": network.parameters()},
        {"params": weighting.parameters(), "weight_decay": 0.0},
    ]
    optimizer: Optimizer = torch.optim.Adam(learned, lr=settings.learning_rate)
    if settings.optimizer == "adamw":
        optimizer = torch.optim.AdamW(learned, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    module, wrapped = fabric.setup(network, optimizer)
    return module, weighting, wrapped


def load_batches(config: ExperimentConfig, train: Sequence[Example], steps: range, fabric: Fabric) -> Iterable[Batch]:
    """Return this process's part of the batches of the steps wanted, on its device."""
    numbers = sample_numbers(steps, config.data.batch_size, fabric.global_rank, fabric.world_size)
    late = fabric.device.type != "cpu"  # an accelerator varies the patches itself
    size = config.patch_size()
    loader = build_loader(train, config.tasks, config.data, config.seed, numbers, size=size, late=late)
    batches: Iterable[Batch] = fabric.setup_dataloaders(loader, use_distributed_sampler=False)
    return batches


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
