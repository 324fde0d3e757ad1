"""Which heads the predictions of a folder have, and what these were made to answer."""

from collections.abc import Iterable, Mapping

from braintumornet.core.cohort.case import Case, Cohort, as_values
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.task_record import TaskRecord
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import suggest
from braintumornet.scoring.scored_task import Question
from braintumornet.tasks.task import Task


def with_seen_patients(cohort: Cohort, records: Mapping[str, PredictionRecord]) -> dict[str, PredictionRecord]:
    """Return predictions in which every case of a patient counts as seen by a network that was trained on one of them.

    Predictions of today say it themselves; older ones knew the case alone.

    Args:
        cohort: says whose each case is.
        records: case id -> prediction; several runs may have made them.
    """

    def network_of(case: Case) -> tuple[str, str]:
        return case.patient_id, records[case.id].provenance.get("model", "")

    predicted = [case for case in cohort if case.id in records]
    seen = {network_of(case) for case in predicted if records[case.id].seen_in_training}
    return {
        case.id: records[case.id].model_copy(update={"seen_in_training": network_of(case) in seen})
        for case in predicted
    }


def kinds_of(records: Iterable[PredictionRecord]) -> list[str]:
    """Return the kinds under which predictions hold answers: masks and markers first."""
    return list(dict.fromkeys(["segmentation", "classification", *(kind for one in records for kind in one.answers)]))


def scorer(kind: str) -> type[Task]:
    """Return the kind of task that scores answers of a kind.

    Raises:
        UsageError: no package that has it is installed.
    """
    found = Task.named(kind)
    if found is None:
        meant = suggest(kind, Task.kinds())
        msg = f"predictions answer a task of kind {kind!r}, which is not known; {meant}, or install its package"
        raise UsageError(msg)
    return found


def heads_of(records: Mapping[str, PredictionRecord], kind: str) -> dict[str, dict[str, TaskRecord]]:
    """Return head -> case -> what its prediction says of the head, left out by a router or answered.

    Args:
        records: case id -> prediction; several runs may have made them.
        kind: under which predictions hold the answer.
    """
    heads: dict[str, dict[str, TaskRecord]] = {}
    for case_id, record in records.items():
        left_out = record.router.left_out if record.router and kind == "segmentation" else {}
        for head, about in {**left_out, **record.heads(kind)}.items():
            heads.setdefault(head, {})[case_id] = about
    return heads


def questions_of(records: Mapping[str, PredictionRecord]) -> list[Question]:
    """Return what the heads of the predictions were trained to answer.

    Predictions of several runs may lie in one folder. Each may list the regions of a task in an order of its own, but
    what the task is about must be the same: else it would depend on chance which of them is asked.

    Raises:
        InputError: two predictions disagree; names both cases.

    Example:
        >>> about = {"target": "seg", "regions": ["WT", "TC"]}
        >>> other = {**about, "regions": ["TC", "WT"]}
        >>> found = {name: PredictionRecord(segmentation={"tumour": {**one, "files": []}}) for name, one in
        ...     {"a": about, "b": other}.items()}
        >>> [question.regions for question in questions_of(found)]
        [('WT', 'TC')]
    """
    questions = []
    for kind in kinds_of(records.values()):
        for task, by_case in heads_of(records, kind).items():
            (first, about), *others = by_case.items()
            for case_id, other in others:
                require(
                    _meaning(other) == _meaning(about),
                    f"task {task!r} is {_words(about)} in the prediction of case {first}, and {_words(other)} in "
                    f"that of case {case_id}: two runs made them; score the cases of each by themselves (--case), "
                    "or the tasks of one configuration (--tasks-of)",
                )
            questions.append(Question.of(task, about, kind))
    return questions


def _meaning(about: TaskRecord) -> tuple[object, ...]:
    """Return what a task is about, without the order in which it is said."""
    where = {column: frozenset(as_values(wanted)) for column, wanted in about.where.items()}
    return about.target, frozenset(about.regions), where, about.by, about.structures


def _words(about: TaskRecord) -> str:
    conditions = {**about.where, **about.structures}
    where = ", ".join(f"{column}: {'/'.join(as_values(wanted))}" for column, wanted in conditions.items())
    regions = f"{', '.join(about.regions)} in " if about.regions else ""
    return f"{regions}{about.target}" + (f" ({where})" if where else "")
