"""Weights learned as the noise of each task: homoscedastic uncertainty (Kendall et al., arXiv 1705.07115)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import PositiveFloat
from torch import Tensor, nn

from braintumornet.weighting.weighting import Weighting, WeightingState, weighted_sum

if TYPE_CHECKING:
    from lightning.fabric import Fabric

START = -0.5
"""Of every s, as in LibMTL: weights begin near 0.8."""


class UncertaintyWeighting(Weighting):
    """Sum of L / (2 exp s) + s / 2 over the tasks, with a learned s, the logarithm of a variance, for each.

    The derivation takes each loss for the negative logarithm of a likelihood. Cross-entropy is one. Dice is not: it can
    come close to zero, and as s follows the logarithm of the loss, the weight would grow without end. So s is kept
    within a limit, and for a task with Dice the weights are a heuristic, not an estimate of its noise.

    Args:
        limit: s stays between -limit and limit, so weights between exp(-limit) / 2 and exp(limit) / 2.
    """

    kind: Literal["uncertainty"] = "uncertainty"
    limit: PositiveFloat = 2.0

    def build(self, tasks: Sequence[str]) -> UncertaintySum:
        """Return the sum with fresh uncertainties."""
        return UncertaintySum(tasks, self.limit)


class UncertaintySum(WeightingState):
    """The sum of `UncertaintyWeighting`; s of a task without a label in the batch stays as it is."""

    def __init__(self, tasks: Sequence[str], limit: float) -> None:
        super().__init__()
        self.limit = limit
        self.log_variances = nn.ParameterDict({name: torch.tensor(START) for name in tasks})

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric
    ) -> dict[str, float]:
        """Add the gradients of the sum to the parameters, the uncertainties included."""
        logs = {name: self.log_variances[name] for name in losses}
        with torch.no_grad():  # a clamp in the sum would have no gradient beyond the limit, and hold s there for ever
            for log in logs.values():
                log.clamp_(-self.limit, self.limit)
        weights = {name: (-log).exp() / 2 for name, log in logs.items()}
        fabric.backward(weighted_sum(losses, weights) + sum(logs.values()) / 2)
        return {name: weight.item() for name, weight in weights.items()}
