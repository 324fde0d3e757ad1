"""What a kind of task promises: words, labels, last layer, a loss without absent labels, answers that improve."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from braintumornet.core.case import Case
from braintumornet.core.prediction import RegionMap
from braintumornet.tasks.losses import Criterion
from braintumornet.tasks.task import Task
from braintumornet.testing.contract import Contract, check_settings

FEATURES = 5
SAMPLES = 4
VOXELS = (4, 3, 5)
STEPS = 200


def check_task(task: Task, cases: Sequence[Case]) -> None:
    """Check that a task keeps what `Task` promises.

    Args:
        task: settings.
        cases: from which it learns: some with a label, of every class where there are classes; no file is opened.

    Raises:
        AssertionError: says what the contract asks, what was found and what to do.

    Example:
        >>> from braintumornet.tasks.classification import ClassificationTask
        >>> cases = [Case(idh, idh, "c", {}, attributes={"idh": idh}) for idh in ("mutant", "wildtype")]
        >>> check_task(ClassificationTask(name="idh", target="idh", classes=("mutant", "wildtype")), cases)
    """
    settings, contract = check_settings(task, Task)
    _check_words(settings, contract)
    labels = _check_labels(settings, cases, contract)
    with torch.random.fork_rng(devices=[]), contract.only_torch_draws():
        torch.manual_seed(0)
        _check_last_layer(settings, contract)
        criterion = settings.criterion([case for case in cases if settings.labelled(case)])
        batch = _Batch.of(settings, labels)
        _check_absent(settings, criterion, batch, contract)
        _check_answers(settings, criterion, batch, contract)


@dataclass(frozen=True)
class _Batch:
    """Outputs of a head, and what they should be.

    Args:
        logits: (B, K, D, H, W) or (B, K).
        target: (B, M, D, H, W) or (B,).
        present: bool (B, M) or (B,).
    """

    logits: Tensor
    target: Tensor
    present: Tensor

    @classmethod
    def of(cls, task: Task, labels: Sequence[float]) -> "_Batch":
        outputs, maps = len(task.outputs), len(task.learned)
        if not maps:
            numbers = torch.tensor([labels[number % len(labels)] for number in range(SAMPLES)])
            return cls(torch.randn(SAMPLES, outputs), numbers, torch.ones(SAMPLES, dtype=torch.bool))
        owner = torch.randint(maps + 1, (SAMPLES, 1, *VOXELS))  # of each voxel: a map, or none
        target = (owner == torch.arange(maps).view(-1, 1, 1, 1)).float()
        return cls(torch.randn(SAMPLES, outputs, *VOXELS), target, torch.ones(SAMPLES, maps, dtype=torch.bool))


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


def _check_labels(task: Task, cases: Sequence[Case], contract: Contract) -> list[float]:
    """Return the labels of the cases, where the task learns one label of each."""
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
    return [float(label or 0) for label in labels]


def _check_last_layer(task: Task, contract: Contract) -> None:
    one, other = task.last_layer(FEATURES), task.last_layer(FEATURES)
    contract.require(
        isinstance(one, nn.Module) and one is not other, "`last_layer` makes a new module", type(one), "build it there"
    )
    size = VOXELS if task.reads == "voxels" else ()
    given, wanted = (2, FEATURES, *size), (2, len(task.outputs), *size)
    found = tuple(one(torch.randn(given)).shape)
    contract.require(
        found == wanted,
        f"the last layer leads from {given} to {wanted}, as `outputs` says",
        found,
        "bring them in line",
    )


def _check_absent(task: Task, criterion: Criterion, batch: _Batch, contract: Contract) -> None:
    """Check that what is not labelled changes nothing: neither the loss nor, exactly, the gradient."""
    present = batch.present.clone()
    present[1] = False
    losses = []
    for content in (0, 1):
        target = batch.target.clone()
        target[1] = content
        losses.append(_check_loss(criterion, replace(batch, target=target, present=present), contract))
    contract.require(
        losses[0] == losses[1],
        "what stands in the target of an absent label changes nothing",
        f"losses {losses[0]} and {losses[1]}",
        "use only target[present]",
    )


def _check_loss(criterion: Criterion, batch: _Batch, contract: Contract) -> float:
    logits, before = batch.logits.clone().requires_grad_(), batch.target.clone()
    loss = criterion(logits.bfloat16(), batch.target, batch.present)
    contract.require(
        loss.shape == () and loss.dtype == torch.float32 and bool(loss.isfinite()) and loss.requires_grad,
        "the loss is one finite float32 that teaches the head, also where that computes in bfloat16",
        repr(loss),
        "compute on logits.float()",
    )
    contract.require(torch.equal(batch.target, before), "the target is left as it is", "other values", "copy it first")
    (gradient,) = torch.autograd.grad(loss, logits)
    taught = gradient.flatten(1).abs().sum(1)  # (B,)
    known = batch.present.reshape(SAMPLES, -1).any(1)
    contract.require(
        bool((taught[known] > 0).all()),
        "every sample with a label has a gradient",
        f"{taught[known].tolist()} in sum",
        "let the loss depend on each",
    )
    contract.require(
        not taught[~known].any(),
        "a sample without a label gets exactly no gradient",
        f"{taught[~known].tolist()} in sum",
        "use only logits[present]",
    )
    return loss.item()


def _check_answers(task: Task, criterion: Criterion, batch: _Batch, contract: Contract) -> None:
    """Check that outputs that follow the loss give answers that are better by the task's own measure."""
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
        f"{STEPS} steps along the gradient of the loss make no figure of `measure` worse",
        ", ".join(f"{name} {np.mean(before[name]):.3g} to {np.mean(after.get(name, [np.nan])):.3g}" for name in worse),
        "look at the sign of the loss, at `probabilities`, `decode`, and at `measure`, where more is better",
    )


def _figures(task: Task, logits: Tensor, batch: _Batch, contract: Contract) -> dict[str, list[float]]:
    figures: dict[str, list[float]] = {}
    probabilities = task.probabilities(logits)
    contract.require(
        len(probabilities) == SAMPLES and bool(probabilities.isfinite().all()),
        "`probabilities` are finite, and stand for the samples one by one",
        tuple(probabilities.shape),
        "keep the first axis",
    )
    for found, target, present in zip(probabilities, batch.target.numpy(), batch.present.numpy(), strict=True):
        answer, note = task.tidy(task.decode(found), voxel_ml=0.001)
        contract.require(isinstance(note, str), "`tidy` returns an answer and a note", repr(note), 'return answer, ""')
        _check_answer(task, answer, contract)
        truth = target.astype(bool) if task.learned else target
        for name, value in task.measure(answer, truth, present).items():
            figures.setdefault(name, []).append(value)
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
