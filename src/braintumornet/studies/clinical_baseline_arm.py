"""A marker told from the tumour's place and volume and the patient's age, learned from a split's training patients."""

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError, prefix_errors
from braintumornet.evaluation.evaluate_cohort import with_cases
from braintumornet.scoring.clinical_baseline import TumourFeatures, find_tumour, regression
from braintumornet.scoring.markers_of_cohort import MarkerCases, probability_rows, score_answers
from braintumornet.scoring.scored_task import Question
from braintumornet.volumes.nifti import read_labels
from braintumornet.volumes.volume import Volume


def score_clinical_baseline(question: Question, outline: Question | None, train: Cohort, tested: Cohort) -> Scores:
    """Score a logistic regression on location, volume and age.

    Args:
        question: about a marker.
        outline: about the tumour, whose true masks tell place and volume; None for the age alone.
        train: cases to learn from; those without the marker are left aside.
        tested: cases to answer for, likewise.

    Raises:
        InputError: the training cases do not have two classes, or a file cannot be read.
    """
    known, cases = (
        [case for case in cohort if question.is_about(case) and case.value(question.column) is not None]
        for cohort in (train, tested)
    )
    learned, truths = ([str(case.value(question.column)) for case in group] for group in (known, cases))
    if len(set(learned)) < 2:
        found = f"only {learned[0]!r}" if learned else "nothing"
        msg = f"{question.task}: a regression needs two classes to learn; the training cases have {found}"
        raise InputError(msg)
    model = regression().fit(_features(known, outline), learned)
    classes = sorted({*learned, *truths})
    if not cases:
        return Scores.of([])
    answers = model.predict_proba(_features(cases, outline))
    given = [
        dict.fromkeys(classes, 0.0) | dict(zip(model.classes_.tolist(), row.tolist(), strict=True)) for row in answers
    ]
    scored = MarkerCases(question, cases, given, [False] * len(cases))
    return with_cases([*probability_rows(scored), *score_answers(scored, classes)], tested)


def _features(cases: list[Case], outline: Question | None) -> np.ndarray:
    return np.array([_find(case, outline).features() for case in cases])


def _find(case: Case, outline: Question | None) -> TumourFeatures:
    mask = None if outline is None else case.targets.get(outline.column)
    with prefix_errors(f"case {case.id}: "):
        labels = None if mask is None else read_labels(mask)
        return find_tumour(case, None if labels is None else Volume(labels.array > 0, labels.space))
