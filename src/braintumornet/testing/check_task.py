"""What a kind of task promises: words, labels, last layer, a loss without absent labels, answers that improve."""

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from braintumornet.core.cohort.case import Case
from braintumornet.core.metric import find_metric
from braintumornet.tasks.task import Task
from braintumornet.testing.contract import Contract, check_settings
from braintumornet.testing.task_answers import check_answers
from braintumornet.testing.task_loss import HeadBatch, check_absent, check_last_layer


def check_task(task: Task, cases: Sequence[Case]) -> None:
    """Check that a task fulfils the contract of `Task`.

    Args:
        task: settings of the task.
        cases: cases to learn from: some with a label, of every class if there are classes; no file is opened.

    Raises:
        AssertionError: the contract is broken; the message says what is required, what was found and what to do.

    Example:
        >>> from braintumornet.tasks.classification import ClassificationTask
        >>> cases = [Case(idh, idh, "c", {}, attributes={"idh": idh}) for idh in ("mutant", "wildtype")]
        >>> check_task(ClassificationTask(name="idh", target="idh", classes=("mutant", "wildtype")), cases)
    """
    settings, contract = check_settings(task, Task)
    _check_words(settings, contract)
    known = _check_labels(settings, cases, contract)
    with torch.random.fork_rng(devices=[]), contract.only_torch_draws():
        torch.manual_seed(0)
        check_last_layer(settings, contract)
        criterion = settings.criterion(known)
        batch = HeadBatch.of(settings, known)
        check_absent(criterion, batch, contract)
        check_answers(settings, criterion, batch, contract)


def _check_words(task: Task, contract: Contract) -> None:
    for name in ("answered", "outputs", "learned", "counted", "class_columns"):
        words = getattr(task, name)
        contract.require(
            isinstance(words, tuple)
            and all(isinstance(word, str) for word in words)
            and len(set(words)) == len(words)
            and (len(words) > 0 or name not in ("answered", "outputs")),
            f"`{name}` is a tuple of names that differ",
            repr(words),
            "return one",
        )
    contract.require(
        not task.compared or find_metric(task.compared) is not None,
        "`compared` is a metric that is known",
        repr(task.compared),
        "name its class among the entry points, or leave `compared` out",
    )
    about = task.about()
    try:
        again = json.loads(json.dumps(about, allow_nan=False))
    except (TypeError, ValueError) as error:
        again = f"{type(error).__name__}: {error}"
    contract.require(
        again == about and {"target", "where"} <= set(about),
        "`about` is what JSON holds, with target and where",
        again if again != about else about,
        "add plain values to super().about()",
    )


def _check_labels(task: Task, cases: Sequence[Case], contract: Contract) -> list[Case]:
    """Return the cases that have a label."""
    shape = (len(task.learned),) if task.learned else ()
    blank = [replace(case, targets={}, attributes={}, coding=None, pathology=None) for case in cases]
    for case in (*cases, *blank):
        present = task.present(case)
        contract.require(
            isinstance(present, np.ndarray) and present.dtype == bool and present.shape == shape,
            f"`present` is a bool array of shape {shape}, one value for each of `learned`, or one for the one label",
            repr(present),
            "return numpy's array",
        )
        contract.require(
            task.labelled(case) == bool(present.any()),
            "`labelled` says whether anything is present",
            f"{task.labelled(case)} of case {case.id}, of which {present} is present",
            "leave `labelled` as it is",
        )
    wrong = [case.id for case in blank if task.labelled(case)]
    contract.require(
        not wrong, "a case of which nothing is known has no label", f"one in {wrong}", "look into the case"
    )
    known = [case for case in cases if task.labelled(case)]
    contract.require(bool(known), "a case with a label", "none", "give `cases` from which the task can learn")
    labels = [] if task.learned else [task.label(case) for case in known]
    contract.require(
        all(isinstance(label, int | float) for label in labels), "`label` is a number", labels, "return one"
    )
    return known
