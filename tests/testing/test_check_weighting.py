"""A weighting with one fault at a time, which its check names."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pytest
import torch
from lightning.fabric import Fabric
from torch import Tensor, nn

from braintumornet.testing import check_weighting
from braintumornet.weighting.weighting import Weighting, WeightingState, weighted_sum


class Faulty(Weighting):
    """The plain sum, with a fault where one is named."""

    kind: Literal["faulty_weighting"] = "faulty_weighting"
    fault: str = ""

    def build(self, tasks: Sequence[str]) -> WeightingState:
        return nn.Identity() if self.fault == "state" else FaultySum(self.fault, tasks)


del Faulty._members["faulty_weighting"]  # known within these tests alone: see conftest.py


class FaultySum(WeightingState):
    def __init__(self, fault: str, tasks: Sequence[str]) -> None:
        super().__init__()
        self.fault = fault
        self.weights = dict.fromkeys(tasks, 1.0)
        self.sums = dict.fromkeys(tasks, torch.tensor(0.0))
        self.last: Mapping[str, Tensor] = {}
        self.steps = 0
        if fault == "idle":
            self.idle = nn.Parameter(torch.tensor(1.0))

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric
    ) -> dict[str, float]:
        self.steps += 1
        weights = {name: self.weights[name] for name in losses}
        if self.fault == "nan":
            weights = {
                name: loss.item() / self.sums[name].item() if self.steps > 2 else 1.0 for name, loss in losses.items()
            }
            self.sums = {name: losses.get(name, torch.tensor(torch.nan)).detach() for name in self.sums}
        if self.fault == "draws":
            weights = {name: np.random.random() for name in losses}
        if self.fault == "memory":
            weights = dict.fromkeys(losses, 1 + 0.01 * self.steps)
        if self.fault == "starved" and "tumour" in losses:
            weights["tumour"] = 1e-5
        used = {**self.last, **losses} if self.fault == "graph" else losses
        self.last = losses
        if self.fault != "nothing":
            fabric.backward(weighted_sum(used, self.weights | weights), retain_graph=self.fault == "graph")
        if self.fault == "direction" and shared[0].grad is not None:
            shared[0].grad = shared[0].grad.flip(0)
        if self.fault == "detached":
            shared[0].grad = torch.zeros_like(shared[0])
        return self.weights if self.fault == "all" else weights


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("state", "`build` returns a WeightingState; found Identity"),
        ("all", "the weight of each task that has a loss; found weights of tumour, genotype where genotype had one"),
        ("nan", "a weight is a finite number from 0 on, also after steps in which a task had no label; found"),
        ("draws", "random numbers come from torch's own stream"),
        ("graph", "what belongs to a task without a loss gets no gradient"),
        ("detached", "a loss that does not reach the shared parameters"),
        ("direction", "where 'tumour' is the only task with a loss, its gradient keeps its direction"),
        ("memory", "a restored state goes on where it was"),
        ("nothing", "teaches its own alone; found a gradient None in the shared ones and None in its own"),
        ("idle", "the weighting's own parameters too; found none in idle"),
        ("starved", "of tasks that agree, each loss falls below 1% in 600 steps of plain gradient descent; found"),
    ],
)
def test_a_fault_is_named(fault: str, told: str) -> None:
    with pytest.raises(AssertionError) as breach:
        check_weighting(Faulty(fault=fault))
    assert told in str(breach.value)


def test_where_there_is_no_fault_nothing_is_said() -> None:
    check_weighting(Faulty)
