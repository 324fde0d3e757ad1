"""Predictions of a whole cohort, case after case, onto the disk."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from braintumornet.core.case import Case, Cohort
from braintumornet.core.stopping import Stopped, held_back
from braintumornet.evaluation.table import Score
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.routing import choose_tasks, route
from braintumornet.output.overwriting import require_no_overwriting
from braintumornet.output.write import write_prediction
from braintumornet.tasks.routing import AUTO


def predict_cohort(
    predictor: Predictor,
    cohort: Cohort,
    folder: Path,
    probabilities: bool,
    advance: Callable[[Case], None],
    tasks: Sequence[str] = (),
    router_scores: Sequence[Score] = (),
) -> list[dict[str, Any]]:
    """Predict and write case after case, and return the summaries.

    Args:
        predictor: answers.
        cohort: the cases.
        folder: for the files.
        probabilities: also write the probability of each region.
        advance: called after each case.
        tasks: names of tasks, `auto` to let the router choose, none for all.
        router_scores: what is known of the router's error.

    Raises:
        UsageError: a task is not known, there is no router to choose, or the folder is that of a run or study.
        InputError: a case cannot be read, a file cannot be written, or would overwrite another.
        Stopped: a signal came; the cases before it are whole, and the one at hand is dropped.
    """
    config = predictor.config
    require_no_overwriting(folder, cohort, config.tasks, probabilities)
    wanted = choose_tasks(config, tasks)
    about = {task.name: task.about() for task in config.tasks}
    summaries = []
    try:
        for case in cohort:
            prediction = predictor.predict(case, wanted)
            prediction = route(prediction, config, router_scores) if AUTO in tasks else prediction
            with held_back():  # what is begun is written whole; before that, nothing is lost
                summaries.append(write_prediction(prediction, folder, about, probabilities))
                advance(case)
    except Stopped as stop:
        stop.done = f"after {len(summaries)} of {len(cohort)} cases"
        raise
    return summaries
