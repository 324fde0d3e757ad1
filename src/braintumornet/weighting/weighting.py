"""The contract of a weighting: frozen settings that build a state, because some strategies learn."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from torch import Tensor, nn

from braintumornet.core.plugin import Plugin

if TYPE_CHECKING:
    from lightning.fabric import Fabric


class WeightingState(nn.Module):
    """The state of a weighting during training.

    What it learns are its parameters, which join the optimiser, and what it remembers are its buffers. Both are saved
    with the training, so a resumed training continues with them.
    """

    @abstractmethod
    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric
    ) -> dict[str, float]:
        """Add the gradients of the combined losses to the parameters, and return the weight that each task had.

        If several processes share a batch, each adds the part of its own samples, and the training sums the parts.

        Args:
            losses: task -> loss, a tensor of shape (), for the tasks that have a label in the batch; at least one.
            shared: parameters that every task may use; they have no gradient yet.
            fabric: runs the backward passes.
        """


class Weighting(Plugin):
    """Base class of all weightings."""

    group: ClassVar[str] = "braintumornet.weightings"

    kind: str

    @property
    def named_tasks(self) -> tuple[str, ...]:
        """Tasks that the settings name; a configuration without one of them is refused."""
        return ()

    @abstractmethod
    def build(self, tasks: Sequence[str]) -> WeightingState:
        """Return a fresh state.

        Args:
            tasks: names of the tasks that share the network, or of one detached task on its own.
        """


def weighted_sum(losses: Mapping[str, Tensor], weights: Mapping[str, float | Tensor]) -> Tensor:
    """Return the weighted sum of the losses, of shape ().

    Args:
        losses: task -> loss, of shape ().
        weights: task -> its weight.

    Example:
        >>> import torch
        >>> losses = {"tumour": torch.tensor(1.0), "genotype": torch.tensor(2.0)}
        >>> weighted_sum(losses, {"tumour": 1.0, "genotype": 0.5})
        tensor(2.)
    """
    terms = [weights[name] * loss for name, loss in losses.items()]
    return sum(terms[1:], start=terms[0])
