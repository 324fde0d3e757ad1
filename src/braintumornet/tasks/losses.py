"""What tells a network how wrong it is: the loss of each task over a batch of which labels may be absent."""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from braintumornet.tasks.batch import Batch
from braintumornet.tasks.batch_totals import total
from braintumornet.tasks.task import Task

Criterion = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Output, target and presence of one task -> its loss; called only where at least one label is present.

The loss is over the batch of all processes, of which one may hold no label: a criterion takes the `total` of its sums
before it divides them.
"""


def teaching(losses: Mapping[str, Tensor], tasks: Sequence[Task]) -> dict[str, Tensor]:
    """Return the losses of the tasks that teach the shared network."""
    detached = {task.name for task in tasks if task.detach}
    return {name: loss for name, loss in losses.items() if name not in detached}


def task_losses(outputs: Mapping[str, Tensor], batch: Batch, criteria: Mapping[str, Criterion]) -> dict[str, Tensor]:
    """Return the loss of every task of which the batch holds a label; the others have no entry, so no gradient.

    Args:
        outputs: task -> output of its head.
        batch: labels and their presence.
        criteria: task -> loss.
    """
    labels = total(torch.stack([batch.present[name].sum() for name in criteria]))  # (K,)
    return {
        name: criterion(outputs[name], batch.targets[name], batch.present[name])
        for (name, criterion), number in zip(criteria.items(), labels.tolist(), strict=True)
        if number
    }


def soft_dice_loss(
    probabilities: Tensor, target: Tensor, present: Tensor, over: str = "batch", epsilon: float = 1e-5
) -> Tensor:
    """Return 1 - 2 sum(p g) / (sum p^2 + sum g^2 + epsilon): equation (2) of arXiv 2111.14959.

    Args:
        probabilities: (B, R, D, H, W).
        target: same shape, 0 or 1.
        present: bool (B, R); the others get exactly no gradient.
        over: take the sums over the `batch` (a mean over regions follows) or per `sample` (a mean over samples and
            regions follows).
        epsilon: keeps an empty denominator from dividing by zero.

    Example:
        >>> p, g = torch.tensor([[[[[0.5, 1.0]]]]]), torch.tensor([[[[[0.0, 1.0]]]]])
        >>> round(float(soft_dice_loss(p, g, torch.tensor([[True]]))), 3)  # 1 - 2 * 1 / (1.25 + 1)
        0.111
    """
    mask = present[:, :, None, None, None].to(probabilities.dtype)
    dims = (0, 2, 3, 4) if over == "batch" else (2, 3, 4)
    overlap = (probabilities * target * mask).sum(dims)  # (R,) or (B, R)
    squares = ((probabilities.square() + target.square()) * mask).sum(dims)
    if over == "batch":
        overlap, squares, present = total(overlap), total(squares), total(present.sum(0)) > 0  # (R,)
        return (1 - 2 * overlap / (squares + epsilon))[present].mean()
    loss = 1 - 2 * overlap / (squares + epsilon)
    return total(loss[present].sum()) / total(present.sum())


def masked_cross_entropy(logits: Tensor, target: Tensor, present: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over the voxels of all samples and regions that are present.

    Args:
        logits: (B, R, D, H, W).
        target: same shape, 0 or 1.
        present: bool (B, R).
    """
    per_map = F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean((2, 3, 4))  # (B, R)
    return total(torch.where(present, per_map, 0).sum()) / total(present.sum())


def exclusive_cross_entropy(logits: Tensor, target: Tensor, present: Tensor) -> Tensor:
    """Return the mean cross-entropy of exclusive classes over the voxels of all samples that are present.

    Args:
        logits: (B, 1 + K, D, H, W), background first.
        target: (B, K, D, H, W), 0 or 1, at most one of them 1 at a voxel; none means background.
        present: bool (B, K), alike for all classes of a sample.

    Example:
        >>> target = torch.tensor([1.0, 0.0]).view(1, 1, 1, 1, 2)  # tumour, background
        >>> logits = torch.tensor([[0.0, 0.0], [0.0, 99.0]]).view(1, 2, 1, 1, 2)  # undecided, surely tumour
        >>> exclusive_cross_entropy(logits, target, torch.tensor([[True]])).round(decimals=2)  # (log 2 + 99) / 2
        tensor(49.8500)
    """
    whole = present.all(1)  # (B,)
    numbers = torch.arange(1, target.shape[1] + 1, device=target.device)[:, None, None, None]
    classes = (target[whole] * numbers).sum(1).long()  # (B', D, H, W)
    voxels = torch.tensor(classes.numel(), device=logits.device)
    return total(F.cross_entropy(logits[whole], classes, reduction="sum")) / total(voxels)


def class_cross_entropy(logits: Tensor, target: Tensor, present: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean cross-entropy over the samples whose class is present.

    Args:
        logits: (B, K).
        target: (B,), index of the class.
        present: bool (B,).
        weights: (K,), how much a sample of each class counts.
    """
    weights, known = weights.to(logits.device), target[present].long()
    return total(F.cross_entropy(logits[present].float(), known, weight=weights, reduction="sum")) / total(
        weights[known].sum()
    )
