"""A weighting: some tasks count fully only after a while, when there is something to learn them from."""

from typing import Literal

import torch
from pydantic import PositiveInt

from braintumornet.weighting.weighting import Weighting, WeightingState, weighted_sum


class SlowStart(Weighting):
    """Sum of the losses, in which the weight of some tasks rises to 1.

    Args:
        tasks: whose weight rises.
        steps: how long it rises.
    """

    kind: Literal["slow_start"] = "slow_start"
    tasks: tuple[str, ...] = ()
    steps: PositiveInt = 1000

    @property
    def named_tasks(self):
        return self.tasks  # a configuration without one of them is refused

    def build(self, tasks):
        return SlowStartSum(self)


class SlowStartSum(WeightingState):
    def __init__(self, settings):
        super().__init__()
        self.settings = settings
        self.register_buffer("steps", torch.tensor(0))  # a buffer is saved, so that a resumed run goes on with it

    def backward(self, losses, shared, fabric):
        self.steps += 1
        risen = min(1.0, int(self.steps) / self.settings.steps)
        weights = {name: risen if name in self.settings.tasks else 1.0 for name in losses}
        fabric.backward(weighted_sum(losses, weights))
        return weights
