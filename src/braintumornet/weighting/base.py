"""The contract of a weighting: frozen settings that build a state, because some strategies learn."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from lightning.fabric import Fabric
from torch import Tensor

from braintumornet.core.component import Component


class WeightingState(Protocol):
    """What a weighting is during training."""

    def backward(self, losses: Mapping[str, Tensor], fabric: Fabric) -> Tensor:
        """Add the gradients of the combined losses to the parameters and return the combined loss."""
        ...


class Weighting(Component):
    """Base of all weightings."""

    kind: str

    @abstractmethod
    def build(self) -> WeightingState:
        """Return a fresh state."""
