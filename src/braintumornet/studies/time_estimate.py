"""About how long the jobs of a study will take: operations counted, speed measured."""

from collections.abc import Sequence
from math import prod
from pathlib import Path
from statistics import median
from time import perf_counter

import torch

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.networks.device import choose_device, place
from braintumornet.studies.completed_jobs import is_done
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.studies.training_budget import FORWARD_AND_BACKWARD, Trained, patch_operations
from braintumornet.volumes.nifti import read_space

PROBE_VOXELS = 32  # along an axis, so that a probe takes seconds also where a step takes minutes
PROBE_PATCHES = 2


def estimate_seconds(jobs: Sequence[Job], plan: Plan, folder: StudyFolder) -> float:
    """Return about how long jobs will take, one after the other, on this machine.

    Jobs of the study that are done tell the speed; where there is none, two passes through a network do, which makes
    it a guess.
    """
    trained = [job for job in plan.jobs.values() if job.config is not None]
    if not trained:
        return 0.0
    costs = [(job, folder.read_result(job.name)["cost"]) for job in trained if is_done(job, folder)]
    timed = [(training_operations(job), float(cost["training_s"])) for job, cost in costs if cost.get("training_s")]
    predicted = [float(cost["prediction_s"]) for _, cost in costs if "prediction_s" in cost]
    if timed and predicted:
        rate = sum(operations for operations, _ in timed) / sum(seconds for _, seconds in timed)
        cases = sum(len(part) for job in jobs for part in job.parts.values())
        return sum(map(training_operations, jobs)) / rate + cases * median(predicted)
    assert trained[0].config is not None
    return sum(training_operations(job) + prediction_operations(job) for job in jobs) / probe_rate(trained[0].config)


def training_operations(job: Job) -> float:
    """Return about the operations of a job's training."""
    if job.config is None:
        return 0.0
    network = Trained(job.config, job.cohort)
    return network.operations() * network.steps


def prediction_operations(job: Job) -> float:
    """Return about the operations of a job's predictions."""
    if job.config is None:
        return 0.0
    config = job.config
    window = patch_operations(config, config.window_size().read)
    windows = sum(len(part) * _windows(part, config) for part in job.parts.values())
    return float(window * windows * 2 ** len(config.inference.mirror))


def _windows(cohort: Cohort, config: ExperimentConfig) -> float:
    """Return about how many windows a case is worth; they are made as small as they can be, so that parts count."""
    file: Path | None = next(iter(cohort.cases[0].images.values()), None)
    if file is None or not file.is_file():
        return 1.0
    space = read_space(file)
    spacing = config.data.spacing_mm or space.spacing_mm
    overlap = 0.0 if config.backbone.valid_margin else config.inference.overlap
    sizes = zip(space.shape, space.spacing_mm, spacing, config.window_size().answered, strict=True)
    return prod(voxels * was / now / (answered * (1 - overlap)) for voxels, was, now, answered in sizes)


def probe_rate(config: ExperimentConfig) -> float:
    """Return the operations per second of a network's forward and backward pass on a small patch, on this machine."""
    patch = config.window_size().read if config.backbone.valid_margin else (PROBE_VOXELS,) * 3
    device = choose_device(config.training.accelerator)
    network = config.build_network()
    place(network, device)
    image = torch.randn(PROBE_PATCHES, len(config.sequences), *patch, device=device)
    seconds = []
    for _ in range(2):  # the first pass also makes room
        began = perf_counter()
        sum(output.sum() for output in network(image).values()).backward()
        seconds.append(perf_counter() - began)
    return FORWARD_AND_BACKWARD * patch_operations(config, patch) * PROBE_PATCHES / min(seconds)
