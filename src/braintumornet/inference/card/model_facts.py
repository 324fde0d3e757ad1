"""What a run knows of itself, as plain values: the content of its model card."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from braintumornet.core.cohort.case import as_values
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.text.names import is_phantom
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.statistics.patient_bootstrap import estimate_mean
from braintumornet.uncertainty.case_calibration import describe_groups

RARE = 0.25  # share of the training cases below which something was hardly learned
CAVITY = "RC"
SECONDS = "training_seconds"
"""What a run's environment calls how long its training took, where it was not interrupted."""


def describe_model(run: TrainedRun) -> dict[str, Any]:
    """Return the facts of a model card: data, sequences, tasks, results with 95 % intervals over patients, limits.

    Args:
        run: a finished run.

    Raises:
        InputError: a file of the run is damaged.
    """
    return {
        "name": run.name,
        "use": RESEARCH_USE,
        "tasks": [_describe_task(run, task.name) for task in run.config.tasks],
        "data": _describe_data(run),
        "sequences": {
            "read": list(run.config.sequences),
            "learned_without": None if run.notes.lacked is None else sorted(run.notes.lacked),
        },
        "calibration": [] if run.calibration is None else list(describe_groups(run.calibration)),
        "limits": describe_limits(run),
        "training": {
            "steps": run.notes.step,
            "averaged": run.config.training.average is not None,
            "started_from": _describe_start(run),
            "imported": run.notes.imported or None,
            "seconds": run.environment.get(SECONDS),
            "version": run.environment.get("braintumornet"),
        },
        "fingerprints": {"model": run.fingerprint, "config": run.config.fingerprint(), "cohort": run.split.cohort},
    }


def _describe_start(run: TrainedRun) -> dict[str, Any] | None:
    """Return which run the training started from, and the share that its weights still have; None for no run."""
    if not run.folder.transfer.exists():
        return None
    source, average = run.folder.read_transfer().source, run.config.training.average
    return {"run": PurePath(source.run).name, "model": source.model, "share": average.start if average else 0.0}


def _describe_task(run: TrainedRun, name: str) -> dict[str, Any]:
    (task,) = (task for task in run.config.tasks if task.name == name)
    before = f"val/{name}/"
    found = {figure: values for figure, values in run.notes.by_patient.items() if figure.startswith(before)}
    return {
        "name": name,
        "kind": task.kind,
        "answers": list(task.answered),
        "where": {column: list(as_values(wanted)) for column, wanted in task.where.items()},
        "training_cases": run.split.labelled.get(name),
        "validation": run.validation[name],
        "results": [_describe_result(figure.removeprefix(before), values) for figure, values in found.items()],
        "needs": {region: list(needed) for region, needed in task.needs(run.config.sequences).items()},
    }


def _describe_result(figure: str, values: Mapping[str, float]) -> dict[str, Any]:
    mean = estimate_mean(list(values.values()), list(values))
    return {"figure": figure, "patients": len(values), "mean": mean.value, "low": mean.low, "high": mean.high}


def _describe_data(run: TrainedRun) -> dict[str, Any]:
    learned, prepared = run.notes.learned, run.preparation
    return {
        "cohorts": {
            name: {"synthetic": is_phantom(name), **{side: counts.as_json() for side, counts in sides.items()}}
            for name, sides in run.split.cohorts.items()
        },
        "phantoms_alone": run.folder.learned_from_phantoms_alone(),
        "fresh_phantoms": run.config.phantoms is not None,
        "cases": {side: len(ids) for side, ids in run.split.sides.items()},
        "groups": {column: dict(counts) for column, counts in run.split.groups.items()},
        "voxels": None if learned is None else learned.describe_spacing(),
        "with_skull": None if learned is None else learned.with_skull,
        "prepared_to": None if prepared is None else prepared.settings.get("space"),
    }


def describe_limits(run: TrainedRun) -> list[str]:
    """Return what the network is not to be trusted with, a sentence each."""
    return [*_limits_of_data(run), *_limits_of_sequences(run), *_limits_of_images(run)]


def _limits_of_data(run: TrainedRun) -> list[str]:
    names = [name for name, sides in run.split.cohorts.items() if "train" in sides]
    synthetic = [name for name in names if is_phantom(name)]
    said = []
    alone = run.folder.learned_from_phantoms_alone()
    if synthetic:
        heads = "synthetic heads (phantoms) alone" if alone else "synthetic heads, among others"
        said.append(f"It learned from {heads}: what is measured on such heads says little of patients.")
    found = run.split.groups.get("pathology")
    diseases = (
        f"It learned from {_count(found, 'phantom' if alone else 'patient')}"
        if found
        else "Which diseases it learned from is not known"
    )
    said.append(f"{diseases}; what else looks like a tumour, and other diseases, may be outlined or missed.")
    if not any(CAVITY in task.answered for task in run.config.tasks):
        said.append("It was not taught to tell resection cavities: after surgery, outlines near one may be wrong.")
    return said


def _limits_of_sequences(run: TrainedRun) -> list[str]:
    lacked = run.notes.lacked
    never = [name for name in run.config.sequences if lacked is not None and name not in lacked]
    said = []
    if never:
        said.append(f"It never learned to do without {_words(never)}: a case that lacks one is answered with a note.")
    for task in run.config.tasks:
        for region, needed in task.needs(run.config.sequences).items():
            said.append(f"{task.name}: {region} cannot be told without {_words(needed)}.")
    return said


def _limits_of_images(run: TrainedRun) -> list[str]:
    learned = run.notes.learned
    if learned is None:
        return ["What its training images were like is not known."]
    if learned.with_skull < RARE:
        skull = "brains without the skull"
    else:
        skull = "heads with the skull" if learned.with_skull > 1 - RARE else "heads with and without the skull"
    return [f"It learned from {skull}, in voxels of {learned.describe_spacing()}; of others, it is less sure."]


def _count(groups: Mapping[str, int], whom: str) -> str:
    return _words([f"{name} ({count} {whom}{'' if count == 1 else 's'})" for name, count in groups.items()])


def _words(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
