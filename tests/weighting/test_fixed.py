"""Equation (1) of arXiv 2111.14959: L = L_segmentation + 0.3 L_classification."""

import pytest
import torch
from lightning.fabric import Fabric

from braintumornet.weighting.fixed import FixedWeighting


def test_equation_one() -> None:
    state = FixedWeighting(weights={"genotype": 0.3}).build()
    x = torch.tensor(2.0, requires_grad=True)
    total = state.backward({"tumour": x * 1.0, "genotype": x * 5.0}, Fabric(accelerator="cpu"))
    assert total.item() == pytest.approx(2.0 + 0.3 * 10.0)
    assert x.grad is not None
    assert x.grad.item() == pytest.approx(1 + 0.3 * 5)


def test_a_task_without_a_loss_adds_nothing() -> None:
    state = FixedWeighting(weights={"genotype": 0.3}).build()
    assert state.total({"tumour": torch.tensor(1.5)}).item() == 1.5
