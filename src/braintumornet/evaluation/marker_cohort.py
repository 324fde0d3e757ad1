"""The answers to one marker over a cohort, beside a baseline that has seen no image."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.case import Case, Cohort
from braintumornet.core.errors import BrainTumorNetError
from braintumornet.core.parallel import map_parallel
from braintumornet.evaluation.baseline import TumourFacts, baseline_rows, find_tumour
from braintumornet.evaluation.marker_rows import score_markers
from braintumornet.evaluation.table import MACRO, Score
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume

WRONG = "without a prediction: counted as wrong"


def score_marker(
    cohort: Cohort, task: str, column: str, summaries: Mapping[str, Any], folder: Path, jobs: int
) -> list[Score]:
    """Score one marker over the cases whose class is known, and a regression on place, volume and age on the same.

    A case without a prediction gets the same probability for each class, and counts as wrong.

    Args:
        cohort: with markers.
        task: name of the task.
        column: of the cohort table, with the classes.
        summaries: case id -> summary of its prediction; at least one.
        folder: of the predictions.
        jobs: cases at once.
    """
    labelled = [case for case in cohort if case.value(column) is not None]
    given = [_answer(summaries.get(case.id, {}), task) for case in labelled]
    classes = list(next(filter(None, (_answer(summary, task) for summary in summaries.values())), {}))
    if not labelled or not classes:
        return []
    uniform = dict.fromkeys(classes, 1 / len(classes))
    probabilities = np.array([[(one or uniform)[name] for name in classes] for one in given])
    truths = [str(case.value(column)) for case in labelled]
    patients = [case.patient_id for case in labelled]
    answered = [bool(one) for one in given]
    facts = map_parallel(partial(_find_facts, folder), [(case, summaries.get(case.id, {})) for case in labelled], jobs)
    return [
        *_probabilities(task, labelled, truths, given),
        *score_markers(task, classes, truths, probabilities, patients, answered),
        Score("", task, MACRO, "cases_without_label", len(cohort) - len(labelled)),
        Score("", task, MACRO, "cases_without_prediction", answered.count(False), "" if all(answered) else WRONG),
        *baseline_rows(task, classes, truths, patients, facts),
    ]


def _answer(summary: Mapping[str, Any], task: str) -> Mapping[str, float]:
    probabilities: Mapping[str, float] = summary.get("classification", {}).get(task, {}).get("probabilities", {})
    return probabilities


def _probabilities(
    task: str, cases: Sequence[Case], truths: Sequence[str], given: Sequence[Mapping[str, float]]
) -> list[Score]:
    return [
        Score(case.id, task, name, "probability", probability, f"truth: {truth}")
        for case, truth, one in zip(cases, truths, given, strict=True)
        for name, probability in one.items()
    ]


def _find_facts(folder: Path, given: tuple[Case, Mapping[str, Any]]) -> TumourFacts:
    """Find the tumour in the true mask, else in what was predicted."""
    case, summary = given
    predicted = [folder / file["name"] for about in summary.get("segmentation", {}).values() for file in about["files"]]
    mask = next(iter([*case.targets.values(), *predicted]), None)
    try:
        labels = None if mask is None else read_labels(mask)
        return find_tumour(case, None if labels is None else Volume(labels.array > 0, labels.space))
    except BrainTumorNetError as error:
        msg = f"case {case.id}: {error}"
        raise type(error)(msg) from error
