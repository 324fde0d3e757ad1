"""More weight for the tasks whose loss falls more slowly: dynamic weight average (Liu et al., arXiv 1803.10704)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import torch
from pydantic import PositiveFloat, PositiveInt
from torch import Tensor, nn

from braintumornet.weighting.weighting import Weighting, WeightingState, weighted_sum

if TYPE_CHECKING:
    from lightning.fabric import Fabric


class DynamicWeighting(Weighting):
    """Sum of the losses with weights K softmax(r / T), where r is each task's mean loss by that of the epoch before.

    Every weight is 1 in the first two epochs.

    Args:
        epoch_steps: steps that count as an epoch. The mean over too few follows the luck of the draw.
        temperature: T; the higher, the more equal the weights.
    """

    kind: Literal["dynamic"] = "dynamic"
    epoch_steps: PositiveInt = 100
    temperature: PositiveFloat = 2.0

    def build(self, tasks: Sequence[str]) -> DynamicSum:
        """Return the sum at the start of the first epoch."""
        return DynamicSum(tasks, self.epoch_steps, self.temperature)


class DynamicSum(WeightingState):
    """The sum of `DynamicWeighting`."""

    sums: Tensor  # (K,) losses of this epoch
    counts: Tensor  # (K,) how many they are
    means: Tensor  # (2, K) mean losses of the epoch before the last, and of the last; NaN where there is none
    steps: Tensor  # () of this epoch

    def __init__(self, tasks: Sequence[str], epoch_steps: int, temperature: float) -> None:
        super().__init__()
        self.tasks = list(tasks)
        self.epoch_steps = epoch_steps
        self.temperature = temperature
        self.register_buffer("sums", torch.zeros(len(tasks)))
        self.register_buffer("counts", torch.zeros(len(tasks)))
        self.register_buffer("means", torch.full((2, len(tasks)), torch.nan))
        self.register_buffer("steps", torch.tensor(0))

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric
    ) -> dict[str, float]:
        """Add the gradients of the sum to the parameters, and remember the losses."""
        all_weights = dict(zip(self.tasks, self.weights().tolist(), strict=True))
        weights = {name: all_weights[name] for name in losses}
        fabric.backward(weighted_sum(losses, weights))
        self._remember(losses)
        return weights

    def weights(self) -> Tensor:
        """Return the weights of this epoch (K,); they sum to K."""
        before, last = self.means[0], self.means[1]
        rates = (last / before).nan_to_num(nan=1.0)  # a task without a label in an epoch neither gains nor loses
        return (rates / self.temperature).softmax(0) * len(self.tasks)

    def _remember(self, losses: Mapping[str, Tensor]) -> None:
        for name, loss in losses.items():
            task = self.tasks.index(name)
            self.sums[task] += loss.detach()
            self.counts[task] += 1
        self.steps += 1
        if self.steps == self.epoch_steps:
            self.means.copy_(torch.stack([self.means[1], self.sums / self.counts]))
            for used in (self.sums, self.counts, self.steps):
                used.zero_()
