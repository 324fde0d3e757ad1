"""Gradients that do not pull against each other: projecting conflicting gradients (Yu et al., arXiv 2001.06782)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor, nn

from braintumornet.weighting.gradients import inner_products, task_gradients
from braintumornet.weighting.weighting import Weighting, WeightingState

if TYPE_CHECKING:
    from lightning.fabric import Fabric


class PCGrad(Weighting):
    """Sum of the tasks' gradients, from each of which the parts are taken that point against another task's.

    Only in the shared parameters; a task's own get its plain gradient. Each step costs a backward pass per task and
    memory for a gradient per task.
    """

    kind: Literal["pcgrad"] = "pcgrad"

    def build(self, tasks: Sequence[str]) -> PCGradState:
        """Return a state before the first step."""
        return PCGradState()


class PCGradState(WeightingState):
    """What `PCGrad` remembers: how many steps were taken, of which the order of the projections depends."""

    steps: Tensor  # ()

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("steps", torch.tensor(0))

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric
    ) -> dict[str, float]:
        """Add the projected gradients to the shared parameters, the plain ones to each task's own."""
        gradients = task_gradients(losses, shared, fabric)
        order = np.random.default_rng(int(self.steps))
        weights = projected_weights(inner_products(gradients, shared).cpu().numpy(), order)
        for parameter, *parts in zip(shared, *gradients, strict=True):
            terms = [weight * part for weight, part in zip(weights.tolist(), parts, strict=True) if part is not None]
            if terms:  # else no task that is here uses it, and the optimiser must not move it
                parameter.grad = sum(terms[1:], start=terms[0])
        self.steps += 1
        return dict(zip(losses, weights.tolist(), strict=True))


def projected_weights(products: np.ndarray, order: np.random.Generator) -> np.ndarray:
    """Return what each gradient is multiplied by in the sum of the projected gradients.

    A projected gradient is a sum of the gradients, so their inner products are all that is needed to find it.

    Args:
        products: inner products of the tasks' gradients (K, K).
        order: draws the order in which a task's gradient meets the others; of two tasks there is only one.

    Returns:
        (K,)

    Example:
        >>> gradients = np.array([[1.0, 0.0], [-1.0, 1.0]])
        >>> weights = projected_weights(gradients @ gradients.T, np.random.default_rng(0))
        >>> weights @ gradients  # (0.5, 0.5) + (0, 1)
        array([0.5, 1.5])
    """
    weights = np.zeros(len(products))
    for task in range(len(products)):
        mix = np.eye(len(products))[task]
        for other in order.permutation([other for other in range(len(products)) if other != task]):
            along = mix @ products[other]
            if along < 0:
                mix[other] -= along / products[other, other]
        weights += mix
    return weights
