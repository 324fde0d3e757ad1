"""A training that is set up and about to begin, or to go on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import nn
from torch.optim import Optimizer

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import TransferRecord
from braintumornet.core.training_profile import TrainingProfile
from braintumornet.data.sampling.loaders import build_loader, sample_numbers
from braintumornet.data.splits import Split
from braintumornet.data.store.store import Store
from braintumornet.data.store.training_case import TrainingCase, read_examples
from braintumornet.data.training_data_profile import choose_spacing, profile_of
from braintumornet.networks.device import place, uses_bf16
from braintumornet.networks.layer_freezing import Schedule, freeze, parameter_groups
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.losses import Criterion
from braintumornet.training.distributed import start_processes
from braintumornet.training.fresh_phantoms import FreshHeads, InTurn
from braintumornet.training.optimiser import make_optimizer
from braintumornet.training.preflight import (
    as_drawn,
    check_columns,
    check_labels,
    check_memory,
    check_norms,
    check_patch,
    that_teach,
)
from braintumornet.training.pretrained_weights import start_from
from braintumornet.training.recorder import NullRecorder, Recorder
from braintumornet.training.resume_state import TrainingState
from braintumornet.training.sample_counts import SampleCounter
from braintumornet.training.start_run import choose_split, has_state, open_run
from braintumornet.training.training_warnings import find_doubts
from braintumornet.training.weight_average import WeightAverage
from braintumornet.weighting.detached import build_apart
from braintumornet.weighting.weighting import WeightingState

Reading = Callable[[int, int], None]
"""Called after each case with cases read and cases in all."""

Starting = Callable[[TransferRecord | None, Sequence[str]], None]
"""Called before the first step with what was taken from another run, if anything, and what a person should look at."""


@dataclass(frozen=True)
class Session:
    """What a training works with.

    Args:
        split: who is on which side.
        fabric: device, precision and processes.
        forward: the network as the processes share it.
        optimizer: as the processes share it.
        criteria: task -> loss.
        state: network, weighting and optimiser on the device, and the steps that are done.
        schedule: which layers learn when.
        recorder: logs, validates and saves, in one of the processes.
        train, val: cases to train and to validate on.
    """

    split: Split
    fabric: Fabric
    forward: nn.Module
    optimizer: Optimizer
    criteria: Mapping[str, Criterion]
    state: TrainingState
    schedule: Schedule
    recorder: NullRecorder
    train: Sequence[TrainingCase]
    val: Sequence[TrainingCase]

    @property
    def shared(self) -> list[nn.Parameter]:
        """Parameters that learn and that every task uses."""
        return [parameter for parameter in self.state.network.shared_parameters() if parameter.requires_grad]


def open_session(
    config: ExperimentConfig,
    cohort: Cohort,
    run: RunFolder,
    resume: bool,
    reading: Reading | None = None,
    starting: Starting = lambda origin, doubts: None,
) -> Session:
    """Set everything up; the run folder is opened once nothing can be wrong any more.

    Raises:
        UsageError: the run folder is taken, or the configuration cannot work.
        InputError: the cohort cannot be used.
    """
    check_columns(config, cohort)
    split = choose_split(config, cohort, run, resume)
    goes_on = resume and has_state(run)
    cases = cohort.with_ids(list(split.train)).cases
    check_labels(config, cases)
    drawn_cases = as_drawn(config, cases)
    criteria = {task.name: task.criterion(drawn_cases) for task in config.tasks}
    fabric = start_processes(config)
    network = build_network(config, fabric)
    origin = None if goes_on else start_from(config, network, cohort, split)
    forward, weighting, optimizer = set_up(network, config, fabric)
    with fabric.rank_zero_first():  # the others find in the store what it has read
        train, val, learned = read_sides(config, cohort, split, run, reading)
    drawn = SampleCounter.of(cases, config.data.sampling.by, config.tasks, config.sequences)
    total = config.training.total_steps(len(train), config.data.batch_size)
    average = average_weights(config, total, network, origin)
    state = TrainingState(network, weighting, optimizer.optimizer, drawn=drawn, average=average)
    if goes_on:
        state.load(run, config.fingerprint())
    elif fabric.is_global_zero:
        open_run(config, cohort, split, run, origin)
    fabric.barrier()  # the run is open
    doubts = find_doubts(config, train, learned)
    starting(origin, doubts)
    about = {"learned": learned.as_json(), "doubts": doubts}
    recorder = Recorder(config, run, state, val, about) if fabric.is_global_zero else NullRecorder()
    schedule = plan_schedule(config, network, run)
    return Session(split, fabric, forward, optimizer, criteria, state, schedule, recorder, train, val)


def average_weights(
    config: ExperimentConfig, total: int, network: MultiTaskNetwork, origin: TransferRecord | None
) -> WeightAverage | None:
    """Return the mean of weights that a configuration asks for, if it does.

    Args:
        config: the experiment.
        total: steps of the training.
        network: before the first step.
        origin: what the network took from another run; what is new in it has no share in the mean at the start.
    """
    settings = config.training.average
    if settings is None:
        return None
    loaded = {tensor.name for tensor in origin.tensors if tensor.status == "loaded"} if origin else set()
    start = {name: tensor for name, tensor in network.state_dict().items() if name in loaded}
    return WeightAverage(settings, total, start if settings.start else {})


def build_network(config: ExperimentConfig, fabric: Fabric) -> MultiTaskNetwork:
    """Return a fresh network after checking that a step can work.

    Raises:
        UsageError: the patch does not fit the network, or a batch does not fit the memory.
    """
    with torch.random.fork_rng(devices=[]), torch.device("meta"):  # nothing is made that may not fit
        planned = config.build_network()
        check_patch(config, planned.backbone.multiple)
        check_norms(planned, fabric.world_size)
        check_memory(config, fabric.device, uses_bf16(config.training.precision, fabric.device), fabric.world_size)
    return config.build_network()


def set_up(
    network: MultiTaskNetwork, config: ExperimentConfig, fabric: Fabric
) -> tuple[nn.Module, WeightingState, Any]:
    """Return the network, the weighting, and an optimiser of all that learns, set up for the device.

    The optimiser is Fabric's, whose class has no public name.

    Raises:
        UsageError: layers are named that the network does not have, or nothing learns.
    """
    place(network, fabric.device)
    detached = [task.name for task in config.tasks if task.detach]
    weighting = build_apart(config.weighting, [task.name for task in config.tasks], detached).to(fabric.device)
    transfer = config.transfer
    freeze(network, transfer.freeze if transfer else ())
    groups = parameter_groups(network, transfer.learning_rate_factors if transfer else {})
    if learned := list(weighting.parameters()):
        groups.append({"params": learned, "factor": 1.0, "weight_decay": 0.0})
    module, wrapped = fabric.setup(network, make_optimizer(groups, config.training))
    return module, weighting, wrapped


def load_batches(config: ExperimentConfig, session: Session, steps: range) -> Iterable[Batch]:
    """Return this process's part of the batches of the steps wanted, on its device."""
    fabric = session.fabric
    numbers = sample_numbers(steps, config.data.batch_size, fabric.global_rank, fabric.world_size)
    late = fabric.device.type != "cpu"  # an accelerator varies the patches itself
    size = config.patch_size()
    examples: Sequence[TrainingCase] = session.train
    draw = None
    if config.phantoms is not None:
        draw = InTurn(config.phantoms.patches)
        examples = FreshHeads(config, draw.heads(steps.stop * config.data.batch_size))
    loader = build_loader(examples, config.tasks, config.data, config.seed, numbers, size=size, late=late, draw=draw)
    batches: Iterable[Batch] = fabric.setup_dataloaders(loader, use_distributed_sampler=False)
    return batches


def plan_schedule(config: ExperimentConfig, network: MultiTaskNetwork, run: RunFolder) -> Schedule:
    """Return which layers learn at which step of a run that was opened."""
    if config.transfer is None:
        return Schedule(network)
    heads = run.read_transfer().new_heads
    return Schedule(network, config.transfer.freeze, heads, config.transfer.warm_up_steps)


def read_sides(
    config: ExperimentConfig, cohort: Cohort, split: Split, run: RunFolder, reading: Reading | None = None
) -> tuple[list[TrainingCase], list[TrainingCase], TrainingProfile]:
    """Return the examples to train on, in memory as far as that is allowed, those to validate on, and what is learned.

    Cases to validate on are resampled as a prediction would have them.
    """
    data = config.data
    learned_from = that_teach(config, cohort.with_ids(list(split.train)).cases)
    validated = cohort.with_ids(list(split.val if config.training.validate_every else ())).cases
    total, done = len(learned_from) + len(validated), count(1)

    def advance() -> None:
        if reading is not None:
            reading(next(done), total)

    store = Store.of_tasks(data.store or run.store, config.tasks, config.sequences, data.spacing_mm)
    train = read_examples(learned_from, config.tasks, store, data.memory_gib, advance)
    learned = profile_of([example.space for example in train], [example.entry.facts for example in train])

    def as_predicted(case: Case) -> Store:
        return store.at(choose_spacing(case, config.sequences, data.spacing_mm, learned))

    val = [
        example
        for case in validated
        for example in read_examples([case], config.tasks, as_predicted(case), advance=advance)
    ]
    return train, val, learned
