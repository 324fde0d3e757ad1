"""The optimiser of the original DeepMedic, its schedule and its penalties, against formulas in NumPy; clipping."""

import numpy as np
import pytest
import torch
from torch import nn

from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.networks.training_settings import TrainingSettings
from braintumornet.training.optimiser import (
    DeepMedicRMSprop,
    add_weight_penalty,
    clip_gradients,
    set_learning_rate,
)


def test_three_steps_by_the_formula() -> None:
    rng = np.random.default_rng(0)
    start, gradients = rng.standard_normal(5), rng.standard_normal((3, 5)) * 10.0 ** np.arange(-3, 2)
    weight = nn.Parameter(torch.tensor(start))
    optimizer = DeepMedicRMSprop([weight], lr=0.01)
    expected, mean_square, velocity = start.copy(), np.zeros(5), np.zeros(5)
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        optimizer.step()
        mean_square = 0.9 * mean_square + 0.1 * gradient**2
        step = 0.01 * gradient / np.sqrt(mean_square + 1e-4)
        velocity = 0.6 * velocity - step
        expected = expected + 0.6 * velocity - step
    np.testing.assert_allclose(weight.detach().numpy(), expected, rtol=1e-12)


def test_the_first_step_by_hand() -> None:
    weight = nn.Parameter(torch.tensor([0.0]))
    weight.grad = torch.tensor([0.3])
    DeepMedicRMSprop([weight], lr=1.0).step()
    root = (0.1 * 0.09 + 1e-4) ** 0.5  # 0.0954
    assert weight.item() == pytest.approx(-1.6 * 0.3 / root, rel=1e-5)


def test_without_a_gradient_nothing_moves() -> None:
    weight = nn.Parameter(torch.tensor([1.0]))
    optimizer = DeepMedicRMSprop([weight])
    weight.grad = torch.tensor([1.0])
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    before = weight.item()
    optimizer.step()  # the velocity is not zero
    assert weight.item() == before


@pytest.mark.parametrize(("epoch", "factor"), [(0, 1), (16.9, 1), (17, 0.5), (22, 0.25), (32.9, 1 / 16), (34, 1 / 32)])
def test_the_rate_is_halved_at_the_epochs_of_the_original(epoch: float, factor: float) -> None:
    settings = TrainingSettings(steps=1, learning_rate=1e-3, schedule="halving")
    optimizer = DeepMedicRMSprop([nn.Parameter(torch.zeros(1))])
    set_learning_rate(optimizer, settings, epoch / 35)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(1e-3 * factor)


def test_the_penalty_is_the_gradient_of_the_sums_over_convolutions() -> None:
    network = nn.Sequential(nn.Conv3d(2, 3, 3), nn.BatchNorm3d(3), nn.Conv3d(3, 2, 1))
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    add_weight_penalty(network, l1=1e-2, l2=1e-1)
    found = [parameter.grad.clone() for parameter in network.parameters()]
    network.zero_grad()
    weights = [network[0].weight, network[2].weight]
    sum(1e-2 * weight.abs().sum() + 1e-1 * weight.square().sum() for weight in weights).backward()
    for parameter, gradient in zip(network.parameters(), found, strict=True):
        torch.testing.assert_close(gradient, torch.zeros_like(parameter) if parameter.grad is None else parameter.grad)


def test_a_head_without_a_label_is_not_penalised() -> None:
    layer = nn.Conv3d(1, 1, 1)
    add_weight_penalty(layer, l1=1.0, l2=1.0)
    assert layer.weight.grad is None


def parts_with(**gradients: float) -> dict[str, nn.Module]:
    parts = {name: nn.Linear(2, 1, bias=False) for name in gradients}
    for name, gradient in gradients.items():
        parts[name].weight.grad = torch.tensor([[0.6 * gradient, 0.8 * gradient]])
    return parts


def norm_of(part: nn.Module) -> float:
    return float(part.weight.grad.norm())


def test_each_part_is_cut_by_itself() -> None:
    parts = parts_with(backbone=3.0, tumour=20.0, genotype=1e6)
    clip_gradients(parts, max_norm=12, step=0)
    assert [norm_of(part) for part in parts.values()] == pytest.approx([3, 12, 12], rel=1e-5)
    assert torch.equal(parts["backbone"].weight.grad, torch.tensor([[0.6 * 3, 0.8 * 3]]))


def test_a_part_without_a_gradient_keeps_none() -> None:
    parts = parts_with(backbone=20.0) | {"genotype": nn.Linear(2, 1)}
    clip_gradients(parts, max_norm=12, step=0)
    assert parts["genotype"].weight.grad is None


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_gradient_that_is_not_finite_is_said_by_its_part(value: float) -> None:
    with pytest.raises(BrainTumorNetError, match=r"^step 7: the gradient of genotype is not finite; train anew with a"):
        clip_gradients(parts_with(backbone=1.0, genotype=value), max_norm=12, step=7)
