"""A fixed weight per task: equation (1) of arXiv 2111.14959."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import NonNegativeFloat
from torch import Tensor, nn

from braintumornet.weighting.weighting import Weighting, WeightingState, weighted_sum

if TYPE_CHECKING:
    from lightning.fabric import Fabric


class FixedWeighting(Weighting):
    """Sum of the losses, each times its weight: L = L_segmentation + 0.3 L_classification in the paper.

    Args:
        weights: task -> weight; a task that is not named has weight 1.
    """

    kind: Literal["fixed"] = "fixed"
    weights: Mapping[str, NonNegativeFloat] = {}

    @property
    def named_tasks(self) -> tuple[str, ...]:
        """Tasks that have a weight."""
        return tuple(self.weights)

    def build(self, tasks: Sequence[str]) -> FixedSum:
        """Return the sum."""
        return FixedSum({name: self.weights.get(name, 1.0) for name in tasks})


class FixedSum(WeightingState):
    """The weighted sum; it learns nothing."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__()
        self.weights = weights

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric
    ) -> dict[str, float]:
        """Add the gradients of the sum to the parameters."""
        fabric.backward(weighted_sum(losses, self.weights))
        return {name: self.weights[name] for name in losses}
