"""The answers to one marker over a cohort, beside a baseline that has seen no image."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.score_notes import NO_ANSWER, note_truth
from braintumornet.core.scores import Row
from braintumornet.core.text.errors import prefix_errors, require
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, attempt_case, part_failures
from braintumornet.core.workers.parallel import map_parallel
from braintumornet.metrics.marker_answers import MACRO, WRONG, MarkerAnswers, MarkerMetric
from braintumornet.scoring.clinical_baseline import TumourFeatures, baseline_rows, find_tumour
from braintumornet.scoring.marker_rows import MARKER_METRICS, score_markers
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.scoring.scored_task import AskedHead, Question, Scoring
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume

FLATTERS = "seen in training: their scores are optimistically biased"
LEFT_OUT = "left out by a router or by --task: not scored"
SITE = "site "


@dataclass(frozen=True)
class MarkerCases:
    """The cases that a marker is scored on.

    Args:
        question: what is asked.
        cases: whose class is known.
        given: class -> probability for each case; empty where there is no answer, which counts as wrong.
        seen: whether the network learned from each patient.
    """

    question: Question
    cases: Sequence[Case]
    given: Sequence[Mapping[str, float]]
    seen: Sequence[bool]

    @property
    def truths(self) -> list[str]:
        """Class of each case."""
        return [str(case.value(self.question.column)) for case in self.cases]

    @property
    def patients(self) -> list[str]:
        """Whose each case is."""
        return [case.patient_id for case in self.cases]

    def at_site(self, site: str) -> "MarkerCases":
        """Return the cases of one site."""
        here = [case.value("site") == site for case in self.cases]
        cases, given = [*compress(self.cases, here)], [*compress(self.given, here)]
        return MarkerCases(self.question, cases, given, [*compress(self.seen, here)])


def score_marker(asked: AskedHead, cohort: Cohort, scoring: Scoring) -> tuple[list[Row], list[CaseFailure]]:
    """Score one marker over the cases whose class is known, and a regression on location, volume and age on the same.

    A case without a prediction counts as wrong and has a row that says so. A case whose prediction lacks the marker,
    because a router or a person chose other tasks, is left out and counted.

    Args:
        asked: what is asked, and who answers.
        cohort: the cases.
        scoring: their predictions; one of them has the head.

    Returns:
        The rows, and the cases whose tumour could not be read; only the regression is without it.

    Raises:
        InputError: two predictions tell different classes.
    """
    question, head, records = asked.question, asked.head, scoring.records
    fitting = [case for case in cohort if question.is_about(case)]
    labelled = [case for case in fitting if case.value(question.column) is not None]
    if not labelled:
        return [], []
    answered = {case_id: record.classification.get(head) for case_id, record in records.items()}
    answers = {case_id: marker.probabilities for case_id, marker in answered.items() if marker is not None}
    classes = _classes_of(answers, head)
    cases = [case for case in labelled if case.id in answers or case.id not in records]
    given = [answers.get(case.id, {}) for case in cases]
    seen = [case.id in records and records[case.id].seen_in_training for case in cases]
    scored = MarkerCases(question, cases, given, seen)
    facts, failures = _read_facts(cases, records, scoring.folder, scoring.workers)
    about_cohort = [
        _count("cases_without_label", len(fitting) - len(labelled)),
        _count("cases_without_prediction", given.count({}), WRONG),
        _count("cases_left_out", len(labelled) - len(cases), LEFT_OUT),
        _count("cases_seen_in_training", sum(seen), FLATTERS),
    ]
    about_cohort += baseline_rows(classes, scored.truths, scored.patients, facts)
    rows = [*probability_rows(scored), *score_answers(scored, classes, scoring.settings)]
    return [*rows, *({"task": question.task, **row} for row in about_cohort)], failures


def _count(metric: str, number: int, note: str = "") -> Row:
    return {"structure": MACRO, "metric": metric, "value": number, "note": note if number else ""}


def score_answers(scored: MarkerCases, classes: Sequence[str], settings: ScoreSettings | None = None) -> list[Row]:
    """Score class probabilities over the cases, and over those of each site where there are several.

    Args:
        scored: the cases.
        classes: that can be answered.
        settings: what is measured; default the usual metrics.

    Returns:
        The rows of `score_markers`, and for each site those that are about all classes: whether the class is told
        where all cases come from one place.
    """
    metrics = (settings or ScoreSettings()).with_others(MarkerMetric, MARKER_METRICS)

    def score(some: MarkerCases) -> list[Row]:
        table = np.array([[one.get(name, 0.0) for name in classes] for one in some.given]).reshape(-1, len(classes))
        answers = MarkerAnswers.of(classes, some.truths, table, some.patients, [bool(one) for one in some.given])
        return score_markers(some.question.task, classes, answers, metrics)

    rows = score(scored)
    sites = sorted({site for case in scored.cases if (site := case.value("site")) is not None})
    for site in sites if len(sites) > 1 else []:
        of_all = [row for row in score(scored.at_site(site)) if row["structure"] == MACRO]
        rows += [{**row, "structure": f"{SITE}{site}"} for row in of_all]
    return rows


def _classes_of(answers: Mapping[str, Mapping[str, float]], head: str) -> list[str]:
    """Return the classes that a head tells, in the order of the first answer; each answer may have its own.

    Raises:
        InputError: two answers have different ones; names both cases.
    """
    (first, classes), *others = answers.items()
    for case_id, other in others:
        require(
            other.keys() == classes.keys(),
            f"head {head!r} tells {', '.join(classes)} in the prediction of case {first}, and {', '.join(other)} "
            f"in that of case {case_id}: two runs made them; score the cases of each by themselves (--case)",
        )
    return list(classes)


def probability_rows(scored: MarkerCases) -> Iterator[Row]:
    """Yield a row for each probability that a case got, and one that says so for a case without an answer."""
    for case, truth, given, seen in zip(scored.cases, scored.truths, scored.given, scored.seen, strict=True):
        where, note = {"case_id": case.id, "task": scored.question.task}, note_truth(truth, seen)
        for name, probability in given.items():
            yield {**where, "structure": name, "metric": "probability", "value": probability, "note": note}
        if not given:
            yield {**where, "structure": MACRO, "metric": "answered", "value": 0.0, "note": f"{NO_ANSWER}; {note}"}


def _read_facts(
    cases: Sequence[Case], records: Mapping[str, PredictionRecord], folder: Path, jobs: int | Cluster
) -> tuple[list[TumourFeatures], list[CaseFailure]]:
    """Return what the regression knows of each case, and the cases whose tumour could not be read."""
    each = partial(attempt_case, partial(_find_facts, folder))
    tried = map_parallel(each, [(case, records.get(case.id)) for case in cases], jobs)
    facts = [find_tumour(c, None) if isinstance(one, CaseFailure) else one for c, one in zip(cases, tried, strict=True)]
    return facts, part_failures(tried)[1]


def _find_facts(folder: Path, given: tuple[Case, PredictionRecord | None]) -> TumourFeatures:
    """Find the tumour in the true mask, the first by name, else in all that was predicted for such a case."""
    case, record = given
    heads = record.segmentation if record else {}
    fitting = [about for head, about in heads.items() if Question.of(head, about).is_about(case)]
    predicted = [folder / file.name for about in fitting for file in about.files]
    files = [case.targets[min(case.targets)]] if case.targets else predicted
    with prefix_errors(f"case {case.id}: "):
        masks = [read_labels(file) for file in files]
        tumour = Volume(np.logical_or.reduce([mask.array > 0 for mask in masks]), masks[0].space) if masks else None
        return find_tumour(case, tumour)
