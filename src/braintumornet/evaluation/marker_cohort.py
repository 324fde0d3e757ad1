"""The answers to one marker over a cohort, beside a baseline that has seen no image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from braintumornet.core.case import Case, Cohort
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.score_notes import NO_ANSWER, note_truth
from braintumornet.core.text.errors import BrainTumorNetError, InputError
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.core.workers.parallel import map_parallel
from braintumornet.evaluation.clinical_baseline import TumourFacts, baseline_rows, find_tumour
from braintumornet.evaluation.evaluated_task import Question
from braintumornet.evaluation.marker_rows import score_markers
from braintumornet.evaluation.score_table import MACRO, Score
from braintumornet.metrics.markers import WRONG
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume

FLATTERS = "seen in training: their scores flatter"
LEFT_OUT = "left out by a router or by --task: not scored"
SITE = "site "


def score_marker(
    cohort: Cohort,
    question: Question,
    head: str,
    records: Mapping[str, PredictionRecord],
    folder: Path,
    jobs: int | Cluster,
) -> tuple[list[Score], list[CaseFailure]]:
    """Score one marker over the cases whose class is known, and a regression on place, volume and age on the same.

    A case without a prediction counts as wrong and has a row that says so. A case whose prediction lacks the marker,
    because a router or a person chose other tasks, is left out and counted.

    Args:
        cohort: the cases that the question is about.
        question: what is asked.
        head: classification task of the predictions that answers.
        records: case id -> prediction; one of them has the head.
        folder: of the predictions.
        jobs: cases at once, or a cluster.

    Returns:
        The rows, and the cases whose tumour could not be read; only the regression is without it.

    Raises:
        InputError: two predictions tell different classes.
    """
    labelled = [case for case in cohort if case.value(question.column) is not None]
    if not labelled:
        return [], []
    answers = {
        case_id: record.classification[head].probabilities
        for case_id, record in records.items()
        if head in record.classification
    }
    cases = [case for case in labelled if case.id in answers or case.id not in records]
    given = [answers.get(case.id, {}) for case in cases]
    seen = [case.id in records and records[case.id].seen_in_training for case in cases]
    classes = _classes_of(answers, head)
    truths, patients = [str(case.value(question.column)) for case in cases], [case.patient_id for case in cases]
    tried = map_parallel(partial(_try_facts, folder), [(case, records.get(case.id)) for case in cases], jobs)
    facts = [find_tumour(c, None) if isinstance(one, CaseFailure) else one for c, one in zip(cases, tried, strict=True)]
    counts = {
        "cases_without_label": (len(cohort) - len(labelled), ""),
        "cases_without_prediction": (given.count({}), WRONG),
        "cases_left_out": (len(labelled) - len(cases), LEFT_OUT),
        "cases_seen_in_training": (sum(seen), FLATTERS),
    }
    rows = [
        *probability_rows(question.task, cases, truths, given, seen),
        *score_answers(question, classes, cases, given),
        *(Score("", question.task, MACRO, name, n, note if n else "") for name, (n, note) in counts.items()),
        *baseline_rows(question.task, classes, truths, patients, facts),
    ]
    return rows, [one for one in tried if isinstance(one, CaseFailure)]


def score_answers(
    question: Question, classes: Sequence[str], cases: Sequence[Case], given: Sequence[Mapping[str, float]]
) -> list[Score]:
    """Score class probabilities over the cases, and over those of each site where there are several.

    Args:
        question: what was asked.
        classes: that can be answered.
        cases: whose class is known.
        given: class -> probability for each case; empty where there is no answer, which counts as wrong.

    Returns:
        The rows of `score_markers`, and for each site those that are about all classes: whether the class is told
        where all cases come from one place.
    """
    probabilities = np.array([[one.get(name, 0.0) for name in classes] for one in given]).reshape(-1, len(classes))
    sites = [case.value("site") for case in cases]

    def score(chosen: Sequence[int]) -> list[Score]:
        truths = [str(cases[index].value(question.column)) for index in chosen]
        patients = [cases[index].patient_id for index in chosen]
        answered = [bool(given[index]) for index in chosen]
        return score_markers(question.task, classes, truths, probabilities[list(chosen)], patients, answered)

    rows = score(range(len(cases)))
    known = sorted({site for site in sites if site is not None})
    for site in known if len(known) > 1 else []:
        here = [index for index, other in enumerate(sites) if other == site]
        rows += [replace(row, structure=f"{SITE}{site}") for row in score(here) if row.structure == MACRO]
    return rows


def _classes_of(answers: Mapping[str, Mapping[str, float]], head: str) -> list[str]:
    """Return the classes that a head tells, in the order of the first answer; each answer may have its own.

    Raises:
        InputError: two answers have different ones; names both cases.
    """
    (first, classes), *others = answers.items()
    for case_id, other in others:
        if other.keys() != classes.keys():
            msg = (
                f"head {head!r} tells {', '.join(classes)} in the prediction of case {first}, and {', '.join(other)} "
                f"in that of case {case_id}: two runs made them; score the cases of each by themselves (--case)"
            )
            raise InputError(msg)
    return list(classes)


def probability_rows(
    task: str,
    cases: Sequence[Case],
    truths: Sequence[str],
    given: Sequence[Mapping[str, float]],
    seen: Sequence[bool] | None = None,
) -> list[Score]:
    """Return a row for each probability that a case got, and one that says so for a case without an answer.

    Args:
        task: name of the task.
        cases: whose class is known.
        truths: class of each; the notes say it.
        given: class -> probability for each case; empty where there is no answer.
        seen: whether the network learned from each patient; default nobody knows.
    """
    rows = []
    for case, truth, one, flag in zip(cases, truths, given, seen or [False] * len(cases), strict=True):
        note = note_truth(truth, flag)
        rows += [Score(case.id, task, name, "probability", probability, note) for name, probability in one.items()]
        rows += [] if one else [Score(case.id, task, MACRO, "answered", 0.0, f"{NO_ANSWER}; {note}")]
    return rows


def _try_facts(folder: Path, given: tuple[Case, PredictionRecord | None]) -> TumourFacts | CaseFailure:
    return attempt(partial(_find_facts, folder, given), given[0].id)


def _find_facts(folder: Path, given: tuple[Case, PredictionRecord | None]) -> TumourFacts:
    """Find the tumour in the true mask, the first by name, else in all that was predicted for such a case."""
    case, record = given
    heads = record.segmentation if record else {}
    fitting = [about for head, about in heads.items() if Question.of(head, about).is_about(case)]
    predicted = [folder / file.name for about in fitting for file in about.files]
    files = [case.targets[min(case.targets)]] if case.targets else predicted
    try:
        masks = [read_labels(file) for file in files]
        tumour = Volume(np.logical_or.reduce([mask.array > 0 for mask in masks]), masks[0].space) if masks else None
        return find_tumour(case, tumour)
    except BrainTumorNetError as error:
        msg = f"case {case.id}: {error}"
        raise type(error)(msg) from error
