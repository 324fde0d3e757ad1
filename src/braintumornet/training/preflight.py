"""What would go wrong, said before training starts."""

from collections.abc import Sequence
from itertools import product

import torch
from torch import nn

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort, as_values
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.workers.parallel import GIB, free_memory
from braintumornet.data.confounding import ORIGINS, explain_confounding
from braintumornet.data.sampling.case_sampler import count_samples
from braintumornet.tasks.sequence_needs import learnable
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import teaches

BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
MOST_VALUES = 6  # of a column in an error's line


def check_columns(config: ExperimentConfig, cohort: Cohort) -> None:
    """Refuse an experiment that tells cases apart by a column that none of them has.

    Raises:
        UsageError: names the column, and the one that was probably meant.
    """
    for task in config.tasks:
        about = task.about()
        cohort.require_columns(about["where"], f"task {task.name!r}, where")
        cohort.require_columns(filter(None, [about.get("by")]), f"task {task.name!r}, by")
    cohort.require_columns([config.data.sampling.by], "data.sampling.by")
    cohort.require_columns(config.data.split.stratify if config.data.split else (), "data.split.stratify")


def check_labels(config: ExperimentConfig, training_cases: Sequence[Case]) -> None:
    """Refuse an experiment in which a task has nothing to learn from.

    Raises:
        InputError: no case trains, or names the task without a usable label.
    """
    require(training_cases, "no case is left for training; check the cohort's split column or data.split")
    drawn = that_teach(config, training_cases)
    for task in config.tasks:
        if not any(_teaches(case, task, config) for case in training_cases):
            if not any(task.is_for(case) for case in training_cases):
                raise InputError(_nobody_fits(task, training_cases))
            msg = (
                f"task {task.name!r}: none of the {len(training_cases)} training cases has a usable label in column "
                f"{task.target!r}; fill the column, check the label scheme (a task with roi: tumour needs the mask "
                "too, a region the sequences that it requires), or drop the task"
            )
            raise InputError(msg)
        require(
            any(_teaches(case, task, config) for case in drawn),
            f"task {task.name!r} is detached, so that it learns from cases that teach the others, and none of "
            f"these {len(drawn)} cases has a label for it; set detach: false, or drop the task",
        )


def _nobody_fits(task: Task, training_cases: Sequence[Case]) -> str:
    about = task.about()
    wanted = {**about["where"], **({about["by"]: list(about["structures"])} if "by" in about else {})}
    parts = []
    for column, values in wanted.items():
        there = sorted({case.value(column) or "a blank" for case in training_cases})
        shown = ", ".join([*there[:MOST_VALUES], *(["..."] if len(there) > MOST_VALUES else [])])
        parts.append(f"{column}: {' or '.join(as_values(values))} (they have {shown})")
    return (
        f"task {task.name!r}: none of the {len(training_cases)} training cases fits its where, {', '.join(parts)}; "
        "correct it, or add such cases"
    )


def _teaches(case: Case, task: Task, config: ExperimentConfig) -> bool:
    """Say whether a task can learn from a case, which has a label and the sequences that the label requires."""
    learned = task.present(case) & learnable(task, config.sequences, case.images)
    return teaches(case, task, config.tasks) and bool(learned.any())


def that_teach(config: ExperimentConfig, training_cases: Sequence[Case]) -> list[Case]:
    """Return the cases from which a task that teaches the shared network can learn: those that are drawn.

    A marker that sees the tumour learns nothing from a case without a mask; were it drawn, the other tasks would be
    shown the less of theirs for nothing. Nor must a detached task have others shown less: it looks on at their cases,
    unless all tasks are detached.
    """
    tasks = [task for task in config.tasks if not task.detach] or config.tasks
    return [case for case in training_cases if any(_teaches(case, task, config) for task in tasks)]


def as_drawn(config: ExperimentConfig, training_cases: Sequence[Case]) -> list[Case]:
    """Return the cases that can teach something, each as often as it is drawn, for counting the classes of a task.

    Raises:
        UsageError: the shares of `data.sampling` do not fit the training cases.
    """
    cases = that_teach(config, training_cases)
    often = count_samples([case.value(config.data.sampling.by) for case in cases], config.data.sampling)
    return [case for case, times in zip(cases, often, strict=True) for _ in range(times)]


def find_confounding(config: ExperimentConfig, cohort: Cohort) -> list[str]:
    """Return what to warn of: classes that nobody could tell from the place that the cases come from."""
    found: list[str | None] = []
    for task in config.tasks:
        for column, origin in product(task.class_columns, ORIGINS):
            pairs = [(case.value(column), case.value(origin)) for case in cohort if task.labelled(case)]
            found.append(explain_confounding(pairs, column, origin))
    return list(dict.fromkeys(text for text in found if text is not None))


def check_patch(config: ExperimentConfig, multiple: int) -> None:
    """Refuse a patch that the network cannot halve as often as it must.

    Raises:
        UsageError: says the sizes that work.
    """
    for size in config.data.patch:
        if size % multiple:
            lower = max(multiple, size // multiple * multiple)
            msg = (
                f"data.patch {list(config.data.patch)}: the {config.backbone.kind} takes multiples of {multiple} "
                f"voxels, found {size}; use {lower} or {lower + multiple}"
            )
            raise UsageError(msg)


def check_norms(network: nn.Module, processes: int) -> None:
    """Refuse batch norm in several processes, each of which would see the statistics of its own patches only.

    Raises:
        UsageError: says what to change.
    """
    require(
        processes == 1 or not any(isinstance(module, BATCH_NORMS) for module in network.modules()),
        f"the backbone has batch norm, whose statistics {processes} processes do not share; choose another "
        "backbone.norm, or train in one process",
        UsageError,
    )


def check_memory(config: ExperimentConfig, device: torch.device, bf16: bool, processes: int = 1) -> None:
    """Refuse a batch that will not fit; each GPU holds its process's part, and a CPU's memory all of it.

    Raises:
        UsageError: says what is needed, what is there, and what to change.
    """
    patches = config.data.batch_size if device.type == "cpu" else -(-config.data.batch_size // processes)
    needed, there = training_bytes(config, bf16, patches), _available_bytes(device)
    require(
        needed <= there,
        f"a step with {patches} patches of {list(config.data.patch)} needs about "
        f"{needed / GIB:.1f} GiB, and "
        f"{there / GIB:.1f} GiB are free; lower data.batch_size, data.patch or the backbone's width",
        UsageError,
    )


def training_bytes(config: ExperimentConfig, bf16: bool, patches: int) -> int:
    """Return about how much memory one training step with so many patches needs, without computing it.

    Counts what a forward pass keeps for the backward pass on torch's `meta` device, plus weights, gradients and the
    two moments of Adam.
    """
    with torch.device("meta"):
        network = config.build_network()
        image = torch.empty(patches, len(config.sequences), *config.patch_size().read)
    kept: dict[int, int] = {}

    def count(tensor: torch.Tensor) -> torch.Tensor:
        kept[id(tensor.untyped_storage())] = tensor.untyped_storage().nbytes()
        held.append(tensor)  # so that no id is used twice
        return tensor

    held: list[torch.Tensor] = []
    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        outputs = network(image)
    parameters = sum(parameter.numel() * parameter.element_size() for parameter in network.parameters())
    ends = sum(output.numel() * output.element_size() for output in outputs.values())
    activations = sum(kept.values()) // (2 if bf16 else 1)
    return int(activations + 4 * parameters + 6 * ends)


def _available_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    free = free_memory()
    return 2**63 if free is None else free  # do not refuse on a guess
