"""Predictions of a cohort on the machines of a cluster."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.scores import Scores
from braintumornet.core.workers.cluster import Cluster, Share
from braintumornet.core.workers.failures import CaseFailure, CasesFailedError, part_failures, require_all
from braintumornet.inference.ensemble import open_runs
from braintumornet.inference.inference_options import InferenceOptions
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.router import choose_tasks
from braintumornet.inference.trained_run import TrainedRun


def predict_on(
    cluster: Cluster,
    request: PredictionRequest,
    cohort: Cohort,
    advance: Callable[[Case], object] = lambda case: None,
    cpus: int = 1,
    gpus: float | None = None,
) -> list[PredictionRecord]:
    """Predict and write each case where there is room, and return the predictions in the order of the cohort.

    Args:
        cluster: all of whose machines see the run, the cases and the folder at the same place.
        request: what is wanted.
        cohort: the cases.
        advance: called after each case.
        cpus: cores for each case, and threads that compute.
        gpus: for each case; default 1 where the cluster has any and the run may use them.

    Raises:
        UsageError: the run is not finished, lacks a task, or no machine has so much.
        CasesFailedError: cases failed; carries the predictions of the others.
        InputError: a file cannot be written, or a machine cannot work at all.
    """
    config = open_runs(request.run, request.options)[0].config
    choose_tasks(config, request.tasks)
    default = float(cluster.has_gpus and config.training.accelerator != "cpu")
    share = Share(cpus, default if gpus is None else gpus)
    results = cluster.map(partial(_predict, request, cpus), list(cohort), advance, share)
    return require_all(*part_failures(results), len(cohort))


def _predict(request: PredictionRequest, threads: int, case: Case) -> PredictionRecord | CaseFailure:
    import torch

    torch.set_num_threads(threads)
    predictor, known = _open(request.run, request.options)
    one = Cohort(case.cohort, (case,))
    try:
        (record,) = predict_cohort(predictor, one, request, lambda done: None, known)
    except CasesFailedError as failed:
        return failed.failures[0]
    return record


@cache
def _open(run: Path, options: InferenceOptions) -> tuple[Predictor, Scores]:
    """Load the network once per process."""
    return Predictor.from_run(run, options), TrainedRun(run).router_scores
