"""A fixed weight per task: equation (1) of arXiv 2111.14959."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lightning.fabric import Fabric
from pydantic import NonNegativeFloat
from torch import Tensor

from braintumornet.weighting.base import Weighting


class FixedWeighting(Weighting):
    """Sum of the losses, each times its weight: L = L_segmentation + 0.3 L_classification in the paper.

    Args:
        weights: task -> weight; a task that is not named has weight 1.
    """

    kind: Literal["fixed"] = "fixed"
    weights: Mapping[str, NonNegativeFloat] = {}

    def build(self) -> "FixedSum":
        """Return the sum."""
        return FixedSum(self.weights)


@dataclass(frozen=True)
class FixedSum:
    """The weighted sum; it learns nothing."""

    weights: Mapping[str, float]

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """Return the weighted sum of the losses that are there.

        Example:
            >>> import torch
            >>> float(FixedSum({"genotype": 0.5}).total({"tumour": torch.tensor(1.0), "genotype": torch.tensor(2.0)}))
            2.0
        """
        terms = [self.weights.get(name, 1.0) * loss for name, loss in losses.items()]
        return sum(terms[1:], start=terms[0])

    def backward(self, losses: Mapping[str, Tensor], fabric: Fabric) -> Tensor:
        """Add the gradients of the sum to the parameters and return it."""
        total = self.total(losses)
        fabric.backward(total)
        return total
