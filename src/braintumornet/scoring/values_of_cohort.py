"""Plain values become rows of the table, as their own kind of task measures them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.score_notes import NO_VALUE, SEEN
from braintumornet.core.scores import Row
from braintumornet.core.workers.failures import CaseFailure, attempt, part_failures
from braintumornet.scoring.scored_task import AskedHead, Scoring

Measure = Callable[[Mapping[str, Any], str], Mapping[str, float]]
"""What a prediction says and what the manifest says -> metric -> value."""


def score_values(
    measure: Measure, asked: Sequence[AskedHead], cohort: Cohort, scoring: Scoring
) -> tuple[list[Row], list[CaseFailure]]:
    """Score each case with a label; one without a prediction has a row that says so, one that was left out has none.

    Args:
        measure: of the kind.
        asked: what is asked, and who answers.
        cohort: the cases.
        scoring: their predictions.

    Returns:
        The rows, and the cases whose label or answer cannot be used.
    """
    tried = [attempt(partial(_score_case, measure, one, case, scoring), case.id) for one in asked for case in cohort]
    done, failures = part_failures(tried)
    return [row for rows in done for row in rows], failures


def _score_case(measure: Measure, asked: AskedHead, case: Case, scoring: Scoring) -> list[Row]:
    return list(_rows(measure, asked, case, scoring))


def _rows(measure: Measure, asked: AskedHead, case: Case, scoring: Scoring) -> Iterator[Row]:
    question, record = asked.question, scoring.records.get(case.id)
    truth = case.value(question.column)
    if truth is None or not question.is_about(case):
        return
    where = {"case_id": case.id, "task": question.task}
    if record is None:
        yield {**where, "metric": "answered", "value": 0.0, "note": NO_VALUE}
    elif (answer := record.heads(question.kind).get(asked.head)) is not None:
        for metric, value in measure(answer.model_extra or {}, truth).items():
            yield {**where, "metric": metric, "value": value, "note": SEEN if record.seen_in_training else ""}
