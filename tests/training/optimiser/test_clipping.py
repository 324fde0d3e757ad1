"""A long gradient of one head cuts that of no other part."""

import pytest
import torch
from torch import nn

from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.training.optimiser.clipping import clip_gradients


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
