"""The gradient of each task by itself: what pulls the shared parameters which way."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from braintumornet.tasks.batch_totals import total


def task_gradients(
    losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric, *, look_only: bool = False
) -> list[list[Tensor | None]]:
    """Return for each loss its gradient with regard to the shared parameters, and leave these without a gradient.

    Args:
        losses: task -> loss.
        shared: parameters without a gradient; None is returned for one that a loss does not reach.
        fabric: does the backward passes.
        look_only: leave all other parameters alone, and the graph for another backward pass; else the others get the
            gradients of all losses, and the graph is gone.
    """
    gradients = []
    for number, loss in enumerate(losses.values(), start=1):
        keep = look_only or number < len(losses)
        fabric.backward(loss, retain_graph=keep, inputs=list(shared) if look_only else None)
        gradients.append([parameter.grad for parameter in shared])
        for parameter in shared:
            parameter.grad = None
    return gradients


def inner_products(gradients: Sequence[Sequence[Tensor | None]], shared: Sequence[nn.Parameter]) -> Tensor:
    """Return the inner products of the tasks' gradients over the samples of all processes, float64 (K, K)."""
    rows = total(torch.stack([_flat(gradient, shared) for gradient in gradients]))  # (K, N)
    return (rows @ rows.T).double()


def gradient_cosines(losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric) -> dict[str, float]:
    """Return the cosine between the gradients of each pair of tasks in the parameters that both use.

    Costs a backward pass per task, and changes nothing.

    Args:
        losses: task -> loss; a backward pass through all of them is still possible afterwards.
        shared: parameters that every task may use; they have no gradient yet.
        fabric: does the backward passes.

    Returns:
        `one/other` -> cosine, for each pair of tasks that both have a gradient.
    """
    products = inner_products(task_gradients(losses, shared, fabric, look_only=True), shared)
    lengths = products.diagonal().sqrt()
    return {
        f"{one}/{other}": (products[i, j] / (lengths[i] * lengths[j])).item()
        for (i, one), (j, other) in combinations(enumerate(losses), 2)
        if lengths[i] > 0 and lengths[j] > 0
    }


def _flat(gradient: Sequence[Tensor | None], shared: Sequence[nn.Parameter]) -> Tensor:
    parts = (torch.zeros_like(to) if part is None else part for part, to in zip(gradient, shared, strict=True))
    return torch.cat([part.reshape(-1) for part in parts])  # in logical order, whatever the memory layout
