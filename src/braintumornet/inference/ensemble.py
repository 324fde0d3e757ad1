"""Several runs answer together: which may, what is said of them, and the mean of what they answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from braintumornet.config import ExperimentConfig
from braintumornet.core.default_run import find_run
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError, require
from braintumornet.data.store.case_images import CaseImages
from braintumornet.inference.card.validation_status import NEVER, UNKNOWN
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.trained_run import TrainedRun, TrainingRecord
from braintumornet.inference.windows.network_reader import NetworkReader
from braintumornet.tasks.task import Task

Read = Callable[[NetworkReader, CaseImages], Mapping[str, Tensor]]
"""A network, and images with its sequences in its order -> what it answers, by the names of tasks."""


def find_runs(path: Path) -> tuple[Path, ...]:
    """Return a run itself, `default` for the model in the package, or the finished runs in a folder of runs, by name.

    Raises:
        UsageError: there is none.
        InputError: the model in the package is missing.
    """
    path = find_run(path)
    if RunFolder(path).begun or not path.is_dir():
        return (RunFolder(path).require_complete().path,)
    inner = [folder for folder in sorted(path.iterdir()) if folder.is_dir() and RunFolder(folder).model.exists()]
    require(
        inner, f"{path} is no run, and holds no finished one; train one with `btn train ... --run {path}`", UsageError
    )
    return tuple(RunFolder(folder).require_complete().path for folder in inner)


def open_runs(run: Path, options: InferenceOptions) -> list[TrainedRun]:
    """Return the runs that answer together, the first of which says how.

    Raises:
        UsageError: one is not finished, or two do not agree in tasks, what these tell, sequences or spacing.
    """
    first, *others = (TrainedRun(path).require_complete() for path in (run, *options.others))
    for other in others:
        for what, of in _AGREE.items():
            wanted, found = of(first.config), of(other.config)
            require(
                wanted == found,
                f"{other.path} and {first.path} cannot answer together: {what} differ: {found}, and {wanted}",
                UsageError,
            )
    return [first, *others]


def provenance_of(runs: Sequence[TrainedRun], options: InferenceOptions) -> dict[str, str]:
    """Return what a prediction says of the runs that made it, and of how they read where that is not as always."""
    each = [{**run.provenance, **_how(run, options)} for run in runs]
    if not is_as_calibrated(runs, options):
        each = [{key: value for key, value in one.items() if key != "calibration"} for one in each]
    keys = dict.fromkeys(key for one in each for key in one)
    return {key: ", ".join(dict.fromkeys(one.get(key, "-") for one in each)) for key in keys}


def is_as_calibrated(runs: Sequence[TrainedRun], options: InferenceOptions) -> bool:
    """Say whether cases are read as they were when a run was calibrated: by it alone, and as it has it by itself."""
    alone = runs[0]
    return len(runs) == 1 and _how(alone, options) == _how(alone, InferenceOptions())


def training_of(runs: Sequence[TrainedRun], options: InferenceOptions) -> TrainingRecord:
    """Return what is known of the training of runs: who taught any of them, and else what the first learned."""
    first, *others = (run.training for run in runs)
    known, as_calibrated = first.validation.items(), is_as_calibrated(runs, options)
    return replace(
        first,
        calibration=first.calibration if as_calibrated else None,
        validation={task: _worst([text, *(one.validation.get(task, "") for one in others)]) for task, text in known},
        cases=frozenset(first.cases).union(*(one.cases for one in others)),
        phantoms_alone=all(one.phantoms_alone for one in (first, *others)),
        patients=frozenset(first.patients).union(*(one.patients for one in others)),
        remarks=tuple(dict.fromkeys(remark for one in (first, *others) for remark in one.remarks)),
    )


def mean_answer(readers: Sequence[NetworkReader], images: CaseImages, read: Read) -> dict[str, Tensor]:
    """Return the mean of what networks answer, in the order of the first one's regions and classes.

    Args:
        readers: of networks that agree, each in an order of its own.
        images: with the sequences of the first.
        read: asks one of them.
    """
    first, *others = readers
    answers = dict(read(first, images))
    for other in others:
        for name, given in read(other, _in_order(images, first.config.sequences, other.config.sequences)).items():
            (own, wanted) = (_names(_task(reader.config, name)) for reader in (other, first))
            index = torch.tensor([own.index(one) for one in wanted], device=given.device)
            answers[name] = answers[name] + given.index_select(0, index)
    return {name: total / len(readers) for name, total in answers.items()}


def _worst(texts: Sequence[str]) -> str:
    """Return what is said of the network of which least is known."""
    return next((text for text in texts if NEVER in text or UNKNOWN in text), texts[0])


def _how(run: TrainedRun, options: InferenceOptions) -> dict[str, str]:
    whole = run.tasks_in_one_pass(options.reading)
    windows = [task.name for task in run.config.tasks if task.reads == "voxels" and task.name not in whole]
    how = {"pass": f"one for {' and '.join(sorted(whole))}" if windows else "one"} if whole else {}
    if options.mirror is not None and set(options.mirror) != set(run.config.inference.mirror):
        how["mirror"] = ",".join(sorted(set(options.mirror))) or "none"
    return how


def _in_order(images: CaseImages, given: Sequence[str], wanted: Sequence[str]) -> CaseImages:
    if tuple(given) == tuple(wanted):
        return images
    order = [list(given).index(sequence) for sequence in wanted]
    return replace(images, image=images.image[order], present=images.present[order])


def _task(config: ExperimentConfig, name: str) -> Task:
    return next(task for task in config.tasks if task.name == name)


def _names(task: Task) -> list[str]:
    """Return what its probabilities are of, in their order."""
    return list(task.learned or task.outputs)


def _tell(config: ExperimentConfig) -> dict[str, Any]:
    return {
        task.name: (task.kind, task.about()["target"], task.about()["where"], sorted(_names(task)))
        for task in sorted(config.tasks, key=lambda task: task.name)
    }


_AGREE: Mapping[str, Callable[[ExperimentConfig], Any]] = {
    "the tasks": lambda config: sorted(task.name for task in config.tasks),
    "the sequences": lambda config: sorted(config.sequences),
    "what the tasks tell": _tell,
    "the spacings in mm (data.spacing_mm)": lambda config: config.data.spacing_mm,
}
