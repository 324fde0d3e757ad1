"""What a kind of task promises of its answers: plain, scored by known metrics, and better where the loss is lower."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor

from braintumornet.core.metric import find_metric
from braintumornet.core.prediction import RegionMap
from braintumornet.tasks.losses import Criterion
from braintumornet.tasks.task import Task
from braintumornet.testing.check_metric import badness
from braintumornet.testing.contract import Contract
from braintumornet.testing.task_loss import SAMPLES, HeadBatch

STEPS = 200


def check_answers(task: Task, criterion: Criterion, batch: HeadBatch, contract: Contract) -> None:
    """Require that outputs which follow the loss give answers that are better by the task's own figures."""
    logits = batch.logits.clone().requires_grad_()
    optimizer = torch.optim.Adam([logits], lr=0.3)
    before = _figures(task, logits.detach(), batch, contract)
    for _ in range(STEPS):
        optimizer.zero_grad()
        torch.autograd.backward(criterion(logits, batch.target, batch.present))
        optimizer.step()
    after = _figures(task, logits.detach(), batch, contract)
    worse = [name for name in before if np.mean(after.get(name, [-np.inf])) < np.mean(before[name])]
    contract.require(
        not worse,
        f"{STEPS} steps along the gradient of the loss make no figure of the answers worse",
        ", ".join(f"{name} {np.mean(before[name]):.3g} to {np.mean(after.get(name, [np.nan])):.3g}" for name in worse),
        "look at the sign of the loss, at `probabilities`, at `decode`, and at `measure`, where more is better",
    )


def _figures(task: Task, logits: Tensor, batch: HeadBatch, contract: Contract) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {}
    probabilities = task.probabilities(logits)
    contract.require(
        len(probabilities) == SAMPLES and bool(probabilities.isfinite().all()),
        "`probabilities` are finite, and stand for the samples one by one",
        tuple(probabilities.shape),
        "keep the first axis",
    )
    for number, (found, target) in enumerate(zip(probabilities, batch.target.numpy(), strict=True)):
        answer, note = task.tidy(task.decode(found), voxel_ml=0.001)
        contract.require(isinstance(note, str), "`tidy` returns an answer and a note", repr(note), 'return answer, ""')
        _check_answer(task, answer, contract)
        truth = target.astype(bool) if task.learned else target
        measured = task.measure(answer, truth, batch.present[number].numpy())
        if task.gives == "values":
            measured = {**measured, **_scores(task, {**task.about(), **answer}, batch.cells[number], contract)}
        for name, value in measured.items():
            figures.setdefault(name, []).append(value)
    return figures


def _scores(task: Task, answer: Mapping[str, Any], cell: str, contract: Contract) -> dict[str, float]:
    """Return metric -> how good the values are, after checking what tables and screens say of them."""
    words, scores = task.in_words(answer), task.score_case(answer, cell)
    contract.require(
        isinstance(words, str) and len(words.splitlines()) == 1, "`in_words` is one line", repr(words), "return text"
    )
    figures = {}
    for name, value in scores.items():
        metric = find_metric(name)
        contract.require(
            metric is not None and isinstance(value, int | float) and isfinite(value),
            "`score_case` gives finite values of known metrics, so that `btn compare` knows which are better",
            f"{name} {value!r}",
            "derive a class from braintumornet.core.metric.Metric, and name it among the entry points",
        )
        figures[f"{name} of score_case"] = -badness(metric, value) if metric else 0.0
    return figures


def _check_answer(task: Task, answer: Any, contract: Contract) -> None:
    if task.gives == "maps":
        kept = isinstance(answer, RegionMap) and tuple(answer.regions) == task.answered
        asked = "a task that gives maps decodes to a RegionMap of the regions in `answered`"
    else:
        try:
            kept = isinstance(answer, dict) and json.loads(json.dumps(answer, allow_nan=False)) == answer
        except (TypeError, ValueError):
            kept = False
        kept = kept and (task.gives == "values" or tuple(answer) == task.answered)
        asked = (
            "a task decodes to plain values by name, or to the probability of each of `answered` if it gives classes"
        )
    contract.require(kept, asked, repr(answer), "look at `gives` and `decode`")
