"""L / (2 exp s) + s / 2 is smallest where exp s = L."""

import pytest
import torch
from lightning.fabric import Fabric

from braintumornet.weighting.uncertainty import UncertaintySum, UncertaintyWeighting


def learn(state: UncertaintySum, losses: dict[str, float], steps: int = 400) -> dict[str, float]:
    """Return the weights after so many steps with losses that stay as they are."""
    fabric, optimizer = Fabric(accelerator="cpu"), torch.optim.SGD(state.parameters(), lr=0.1)
    weights = {}
    for _ in range(steps):
        values = {name: torch.tensor(loss) for name, loss in losses.items()}
        weights = state.backward(values, [], fabric)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return weights


def test_the_weights_become_half_the_inverse_losses() -> None:
    weights = learn(UncertaintyWeighting().build(["tumour", "genotype"]), {"tumour": 0.5, "genotype": 2.0})
    assert weights == pytest.approx({"tumour": 1.0, "genotype": 0.25}, rel=1e-3)


def test_a_loss_near_zero_does_not_take_over() -> None:
    state = UncertaintyWeighting(limit=1.0).build(["tumour"])
    assert learn(state, {"tumour": 1e-6}) == pytest.approx({"tumour": 2.718 / 2}, rel=1e-3)


def test_a_weight_comes_back_from_the_limit() -> None:
    state = UncertaintyWeighting(limit=1.0).build(["tumour"])
    learn(state, {"tumour": 1e-6})
    assert learn(state, {"tumour": 2.0}) == pytest.approx({"tumour": 0.25}, rel=1e-3)


def test_an_absent_task_keeps_its_uncertainty() -> None:
    state = UncertaintyWeighting().build(["tumour", "genotype"])
    before = state.log_variances["genotype"].item()
    learn(state, {"tumour": 0.5})
    assert state.log_variances["genotype"].item() == before
    assert state.log_variances["tumour"].item() != before
