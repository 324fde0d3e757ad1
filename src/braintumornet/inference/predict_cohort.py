"""Predictions of a whole cohort, case after case, onto the disk."""

from collections.abc import Callable
from functools import partial

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.scores import Scores
from braintumornet.core.stage_times import timed_stages
from braintumornet.core.workers.failures import CaseFailure, attempt, part_failures, require_all
from braintumornet.core.workers.stop_signals import Stopped, held_back
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.router import choose_tasks, route
from braintumornet.output.overwriting import require_no_overwriting
from braintumornet.output.write_prediction import ENTROPY, REGION_FILES, remove_prediction, write_prediction
from braintumornet.tasks.routing import AUTO


def predict_cohort(
    predictor: Predictor,
    cohort: Cohort,
    request: PredictionRequest,
    advance: Callable[[Case], object],
    router_scores: Scores | None = None,
) -> list[PredictionRecord]:
    """Predict and write case after case, and return what each prediction says of itself.

    A case that fails does not end the others; what an earlier prediction of it left is removed.

    Args:
        predictor: answers.
        cohort: the cases.
        request: what is wanted of every case, and where it is to lie.
        advance: called after each case.
        router_scores: what is known of the router's error.

    Raises:
        UsageError: a task or router is not there, or the folder is that of a run or study.
        CasesFailedError: cases failed; carries the predictions of the others.
        InputError: a file cannot be written, or would overwrite another.
        Stopped: a signal came; the cases before it are whole, and the one at hand is dropped.
    """
    config, folder = predictor.config, request.folder
    require_no_overwriting(folder, cohort, config.tasks, request.probabilities)
    wanted = choose_tasks(config, request.tasks)
    write = partial(
        write_prediction,
        folder=folder,
        about={task.name: task.about() for task in config.tasks},
        probabilities=request.probabilities,
        label_scheme=request.label_scheme,
        calibration=predictor.record.calibration,
        also=[name for name, wanted in ((ENTROPY, request.entropy), (REGION_FILES, request.region_files)) if wanted],
    )
    tried: list[PredictionRecord | CaseFailure] = []
    try:
        for case in cohort:
            with timed_stages(request.options.timings):
                prediction = attempt(partial(predictor.predict, case, wanted), case.id)
                with held_back():  # what is begun is written whole; before that, nothing is lost
                    if isinstance(prediction, CaseFailure):
                        tried.append(prediction)
                        remove_prediction(folder, case.id)
                    else:
                        chosen = route(prediction, config, router_scores) if AUTO in request.tasks else prediction
                        tried.append(write(chosen))
                    advance(case)
    except Stopped as stop:
        stop.done = f"after {len(tried)} of {len(cohort)} cases"
        raise
    return require_all(*part_failures(tried), len(cohort))
