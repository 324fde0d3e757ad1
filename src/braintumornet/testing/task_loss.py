"""What a kind of task promises of its head: a last layer of its own, and a loss that no absent label changes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from braintumornet.core.cohort.case import Case
from braintumornet.tasks.losses import Criterion
from braintumornet.tasks.task import Task
from braintumornet.testing.contract import Contract

FEATURES = 5
SAMPLES = 4
VOXELS = (4, 3, 5)


@dataclass(frozen=True)
class HeadBatch:
    """Outputs of a head, and what they should be.

    Args:
        logits: (B, K, D, H, W) or (B, K).
        target: (B, M, D, H, W) or (B,).
        present: bool (B, M) or (B,).
        cells: what the manifest says of each sample that has one label.
    """

    logits: Tensor
    target: Tensor
    present: Tensor
    cells: tuple[str, ...] = ()

    @classmethod
    def of(cls, task: Task, known: Sequence[Case]) -> "HeadBatch":
        """Return a batch in which all is present: of the cases' labels, or of maps that are drawn."""
        outputs, maps = len(task.outputs), len(task.learned)
        if not maps:
            cases = [known[number % len(known)] for number in range(SAMPLES)]
            labels = torch.tensor([float(task.label(case) or 0) for case in cases])
            cells = tuple(case.value(task.target) or "" for case in cases)
            return cls(torch.randn(SAMPLES, outputs), labels, torch.ones(SAMPLES, dtype=torch.bool), cells)
        owner = torch.randint(maps + 1, (SAMPLES, 1, *VOXELS))  # of each voxel: a map, or none
        target = (owner == torch.arange(maps).view(-1, 1, 1, 1)).float()
        return cls(torch.randn(SAMPLES, outputs, *VOXELS), target, torch.ones(SAMPLES, maps, dtype=torch.bool))


def check_last_layer(task: Task, contract: Contract) -> None:
    """Require a new last layer each time, with the outputs that the task names."""
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


def check_absent(criterion: Criterion, batch: HeadBatch, contract: Contract) -> None:
    """Require that what is not labelled changes nothing: neither the loss nor, exactly, the gradient."""
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


def _check_loss(criterion: Criterion, batch: HeadBatch, contract: Contract) -> float:
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
