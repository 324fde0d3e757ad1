"""The gradient of each task by itself: what pulls the shared parameters which way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from braintumornet.tasks.batch_totals import total

if TYPE_CHECKING:
    from lightning.fabric import Fabric


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


@dataclass(frozen=True)
class GradientMeasures:
    """How the gradients of the tasks lie to each other in the parameters that all tasks use.

    Args:
        cosines: `one/other` -> cosine, for each pair of tasks that both have a gradient.
        norms: task -> Euclidean norm, 0 for a loss that reaches none of the parameters.
    """

    cosines: dict[str, float]
    norms: dict[str, float]


def measure_gradients(losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric) -> GradientMeasures:
    """Measure the gradient of each task in the parameters that every task may use.

    Costs a backward pass per task, and changes nothing.

    Args:
        losses: task -> loss; a backward pass through all of them is still possible afterwards.
        shared: parameters; they have no gradient yet.
        fabric: does the backward passes.
    """
    products = inner_products(task_gradients(losses, shared, fabric, look_only=True), shared)
    norms = products.diagonal().sqrt()
    cosines = {
        f"{one}/{other}": (products[i, j] / (norms[i] * norms[j])).item()
        for (i, one), (j, other) in combinations(enumerate(losses), 2)
        if norms[i] > 0 and norms[j] > 0
    }
    return GradientMeasures(cosines, dict(zip(losses, norms.tolist(), strict=True)))


def _flat(gradient: Sequence[Tensor | None], shared: Sequence[nn.Parameter]) -> Tensor:
    parts = (torch.zeros_like(to) if part is None else part for part, to in zip(gradient, shared, strict=True))
    return torch.cat([part.reshape(-1) for part in parts])  # in logical order, whatever the memory layout
