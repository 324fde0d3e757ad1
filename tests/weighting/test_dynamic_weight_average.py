"""Weights K softmax(r / T) from the mean losses of the last two epochs."""

import math

import pytest
import torch
from lightning.fabric import Fabric

from braintumornet.weighting.dynamic_weight_average import DynamicSum, DynamicWeighting


def step(state: DynamicSum, **losses: float) -> dict[str, float]:
    """Return the weights of a step with these losses."""
    x = torch.nn.Parameter(torch.tensor(1.0))
    return state.backward({name: x * loss for name, loss in losses.items()}, [x], Fabric(accelerator="cpu"))


def test_the_third_epoch_favours_the_task_that_falls_more_slowly() -> None:
    state = DynamicWeighting(epoch_steps=2).build(["fast", "slow"])
    for _ in range(2):
        assert step(state, fast=1.0, slow=4.0) == {"fast": 1.0, "slow": 1.0}
    assert step(state, fast=0.5, slow=4.5) == {"fast": 1.0, "slow": 1.0}
    assert step(state, fast=0.3, slow=3.5) == {"fast": 1.0, "slow": 1.0}
    fast, slow = math.exp(0.4 / 2), math.exp(1.0 / 2)  # r = mean(0.5, 0.3) / 1, mean(4.5, 3.5) / 4; T = 2
    expected = {"fast": 2 * fast / (fast + slow), "slow": 2 * slow / (fast + slow)}
    assert step(state, fast=0.3, slow=3.5) == pytest.approx(expected)


def test_the_mean_is_over_the_steps_with_a_label() -> None:
    state = DynamicWeighting(epoch_steps=2).build(["tumour", "genotype"])
    step(state, tumour=1.0, genotype=1.0)
    step(state, tumour=1.0)
    step(state, tumour=1.0)
    step(state, tumour=1.0, genotype=1.0)
    assert step(state, tumour=1.0, genotype=1.0) == {"tumour": 1.0, "genotype": 1.0}


def test_a_task_without_a_label_in_an_epoch_neither_gains_nor_loses() -> None:
    state = DynamicWeighting(epoch_steps=1).build(["tumour", "genotype"])
    step(state, tumour=1.0, genotype=1.0)
    step(state, tumour=1.0)
    assert step(state, tumour=1.0, genotype=1.0) == {"tumour": 1.0, "genotype": 1.0}
