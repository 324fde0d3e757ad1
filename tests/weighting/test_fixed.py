"""Equation (1) of arXiv 2111.14959: L = L_segmentation + 0.3 L_classification."""

import pytest
import torch
from lightning.fabric import Fabric

from braintumornet.weighting.fixed import FixedWeighting


def test_equation_one() -> None:
    state = FixedWeighting(weights={"genotype": 0.3}).build(["tumour", "genotype"])
    x = torch.nn.Parameter(torch.tensor(2.0))
    weights = state.backward({"tumour": x * 1.0, "genotype": x * 5.0}, [x], Fabric(accelerator="cpu"))
    assert x.grad.item() == pytest.approx(1 + 0.3 * 5)
    assert weights == {"tumour": 1.0, "genotype": 0.3}


def test_a_task_without_a_loss_adds_nothing() -> None:
    state = FixedWeighting(weights={"genotype": 0.3}).build(["tumour", "genotype"])
    x = torch.nn.Parameter(torch.tensor(2.0))
    assert state.backward({"tumour": x * 1.5}, [x], Fabric(accelerator="cpu")) == {"tumour": 1.0}
    assert x.grad.item() == 1.5
