"""What a run or a configuration is, and what the package offers: plain values, for a screen or a program."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from braintumornet import __version__
from braintumornet.config import SHIPPED, ExperimentConfig, load_config, shipped_configs
from braintumornet.core.default_run import find_run
from braintumornet.core.metric import Metric
from braintumornet.core.plugin import Plugin
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.workers.parallel import GIB, free_memory
from braintumornet.inference.card.model_facts import SECONDS, describe_model
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.layouts.layout import Layout
from braintumornet.networks.cost import network_cost
from braintumornet.networks.device import choose_device, uses_bf16
from braintumornet.networks.multi_task_network import Backbone
from braintumornet.studies.read_study import SHIPPED_STUDIES, shipped_studies
from braintumornet.tasks.task import Task
from braintumornet.uncertainty.case_calibration import describe_groups
from braintumornet.weighting.weighting import Weighting


def describe_package() -> dict[str, Any]:
    """Return the version, the shipped configurations, the known kinds, and what the machine offers."""
    device = choose_device("auto")
    free = free_memory()
    families: tuple[type[Plugin], ...] = (Task, Backbone, Weighting, Layout, Metric)
    return {
        "version": __version__,
        "use": RESEARCH_USE,
        "configurations": {name: _first_line(SHIPPED / f"{name}.yaml") for name in shipped_configs()},
        "studies": {name: _first_line(SHIPPED_STUDIES / f"{name}.yaml") for name in shipped_studies()},
        "kinds": {family.__name__.lower(): sorted(family.kinds()) for family in families},
        "machine": {
            "python": platform.python_version(),
            "torch": version("torch"),
            "device": device.type,
            "bf16": uses_bf16("auto", device),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            "free_memory_gib": None if free is None else round(free / GIB, 1),
        },
    }


def describe_experiment(name_or_path: str) -> dict[str, Any]:
    """Return what a run, or a configuration, is.

    Args:
        name_or_path: folder of a run, `default`, a configuration file, or the name of a shipped configuration.

    Raises:
        UsageError: it is none of these.
        InputError: a file of the run is damaged.
    """
    run = TrainedRun(find_run(name_or_path))
    if not run.folder.config.is_file():
        return {"configuration": name_or_path, **describe_config(load_config(name_or_path))}
    return {"run": name_or_path, **describe_config(run.config), **_describe_run(run)}


def describe_config(config: ExperimentConfig) -> dict[str, Any]:
    """Return what is learned, by which network, and what that costs beside one network per task."""
    read = config.patch_size().read
    cost = network_cost(config.backbone, config.tasks, len(config.sequences), read, config.presence_channels)
    training = config.training
    return {
        "use": RESEARCH_USE,
        "tasks": [
            {
                "name": t.name,
                "kind": t.kind,
                **t.about(),
                "outputs": list(t.outputs),
                "detach": t.detach,
                "parameters": cost.own[t.name],
            }
            for t in config.tasks
        ],
        "sequences": list(config.sequences),
        "presence_channels": config.presence_channels,
        "backbone": config.backbone.model_dump(mode="json"),
        "parameters": {"shared": cost.shared, "together": cost.parameters, "apart": cost.parameters_apart},
        "operations": {"patch": list(read), "together": cost.operations, "apart": cost.operations_apart},
        "training": {
            **{key: value for key in ("steps", "epochs") if (value := getattr(training, key)) is not None},
            "optimizer": training.optimizer,
            "learning_rate": training.learning_rate,
            "batch_size": config.data.batch_size,
            "patch": list(config.data.patch),
        },
        "transfer": None if config.transfer is None else config.transfer.model_dump(mode="json"),
        "fingerprints": {"config": config.fingerprint()},
    }


def _describe_run(run: TrainedRun) -> dict[str, Any]:
    fingerprints = {"config": run.config.fingerprint(), "cohort": run.split.cohort}
    finished = run.folder.model.is_file()
    notes = run.notes.as_json() if finished else {}
    if finished:
        fingerprints["model"] = run.fingerprint
    if run.folder.transfer.is_file():
        fingerprints["source"] = run.folder.read_transfer().source.model
    return {
        "finished": finished,
        "card": describe_model(run) if finished else None,
        "weights": {key: notes[key] for key in ("step", "imported") if key in notes},
        "cases": {side: len(ids) for side, ids in run.split.sides.items()},
        "calibration": _describe_calibration(run) if finished else "",
        "remarks": list(run.remarks) if finished else [],
        "versions": {name: version for name, version in run.environment.items() if name != SECONDS},
        "fingerprints": fingerprints,
    }


def _describe_calibration(run: TrainedRun) -> str:
    """Return in a line what the run's intervals and sets are worth."""
    if run.calibration is None:
        return "not calibrated: volumes without intervals, markers without sets (`btn calibrate`)"
    return "; ".join(describe_groups(run.calibration))


def _first_line(path: Path) -> str:
    return path.read_text().splitlines()[0].removeprefix("# ")
