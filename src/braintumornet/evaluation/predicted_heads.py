"""Which heads the predictions of a folder have, and what these were made to answer."""

from collections.abc import Mapping
from typing import Any

from braintumornet.core.case import as_values
from braintumornet.core.text.errors import InputError
from braintumornet.evaluation.evaluated_task import Question

Summaries = Mapping[str, Mapping[str, Any]]
"""Case id -> summary of its prediction."""

KINDS = ("segmentation", "classification")


def heads_of(summaries: Summaries, kind: str) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return head -> case -> what its prediction says of the head, left out by a router or answered.

    Args:
        summaries: of the predictions; several runs may have made them.
        kind: `segmentation` or `classification`.
    """
    heads: dict[str, dict[str, Mapping[str, Any]]] = {}
    for case_id, summary in summaries.items():
        left_out = summary.get("router", {}).get("left_out", {}) if kind == "segmentation" else {}
        for head, about in {**left_out, **summary[kind]}.items():
            heads.setdefault(head, {})[case_id] = about
    return heads


def questions_of(summaries: Summaries) -> list[Question]:
    """Return what the heads of the predictions were trained to answer.

    Predictions of several runs may lie in one folder. Each may list the regions of a task in an order of its own, but
    what the task is about must be the same: else it would depend on chance which of them is asked.

    Raises:
        InputError: two predictions disagree; names both cases.

    Example:
        >>> about = {"target": "seg", "regions": ["WT", "TC"]}
        >>> other = {**about, "regions": ["TC", "WT"]}
        >>> found = {name: {"segmentation": {"tumour": one}, "classification": {}} for name, one in
        ...     {"a": about, "b": other}.items()}
        >>> [question.regions for question in questions_of(found)]
        [('WT', 'TC')]
    """
    questions = []
    for kind in KINDS:
        for task, by_case in heads_of(summaries, kind).items():
            (first, about), *others = by_case.items()
            for case_id, other in others:
                if _meaning(other) != _meaning(about):
                    msg = (
                        f"task {task!r} is {_words(about)} in the prediction of case {first}, and {_words(other)} in "
                        f"that of case {case_id}: two runs made them; score the cases of each by themselves (--case), "
                        "or the tasks of one configuration (--tasks)"
                    )
                    raise InputError(msg)
            questions.append(Question.of(task, about))
    return questions


def _meaning(about: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what a task is about, without the order in which it is said."""
    where = {column: frozenset(as_values(wanted)) for column, wanted in about.get("where", {}).items()}
    regions = frozenset(about.get("regions", ()))
    return about["target"], regions, where, about.get("by", ""), about.get("structures", {})


def _words(about: Mapping[str, Any]) -> str:
    conditions = {**about.get("where", {}), **about.get("structures", {})}
    where = ", ".join(f"{column}: {'/'.join(as_values(wanted))}" for column, wanted in conditions.items())
    regions = f"{', '.join(about['regions'])} in " if "regions" in about else ""
    return f"{regions}{about['target']}" + (f" ({where})" if where else "")
