"""Projected gradients, against numbers found by hand and by another implementation."""

import numpy as np
import pytest
import torch
from lightning.fabric import Fabric

from braintumornet.config import ExperimentConfig
from braintumornet.networks.device import place
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.weighting.pcgrad import PCGrad, projected_weights


def project(*gradients: list[float], seed: int = 0) -> list[float]:
    rows = np.array(gradients)
    return (projected_weights(rows @ rows.T, np.random.default_rng(seed)) @ rows).tolist()


TABLE = [
    ([1.0, 0.0], [0.0, 2.0], [1.0, 2.0]),  # at right angles: the plain sum
    ([1.0, 0.0], [1.0, 1.0], [2.0, 1.0]),  # no conflict: the plain sum
    ([1.0, 0.0], [-1.0, 1.0], [0.5, 1.5]),  # (0.5, 0.5) + (0, 1)
    ([1.0, 0.0], [-3.0, 0.0], [0.0, 0.0]),  # against each other: nothing is left
    ([-4.0, 1.0, 1.0], [6.0, 1.0, 1.0], [0.5848, 3.8012, 3.8012]),  # of TorchJD's documentation
]


@pytest.mark.parametrize(("one", "other", "expected"), TABLE)
def test_the_projected_sum(one: list[float], other: list[float], expected: list[float]) -> None:
    assert project(one, other) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_three_gradients_in_an_order_that_is_drawn(seed: int) -> None:
    rows = torch.randn(3, 4, generator=torch.Generator().manual_seed(seed)).double().numpy()
    possible = []
    for orders in np.ndindex(2, 2, 2):
        mixed = np.zeros(4)
        for task, reverse in enumerate(orders):
            gradient = rows[task].copy()
            others = [other for other in range(3) if other != task]
            for other in reversed(others) if reverse else others:
                along = gradient @ rows[other]
                gradient -= min(along, 0) / (rows[other] @ rows[other]) * rows[other]
            mixed += gradient
        possible.append(mixed)
    found = project(*rows.tolist(), seed=seed)
    assert any(np.allclose(found, mixed) for mixed in possible)


def test_own_parameters_get_their_plain_gradient() -> None:
    shared, own = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.tensor(3.0))
    losses = {"one": shared[0] + 5 * own, "other": shared[1] - shared[0]}
    PCGrad().build(["one", "other"]).backward(losses, [shared], Fabric(accelerator="cpu"))
    assert shared.grad.tolist() == pytest.approx([0.5, 1.5])
    assert own.grad.item() == 5.0


def test_the_memory_layout_changes_nothing(tiny: ExperimentConfig) -> None:
    image, gradients = torch.randn(2, 2, 16, 16, 16, generator=torch.Generator().manual_seed(0)), []
    for placed in (False, True):
        torch.manual_seed(0)
        network = MultiTaskNetwork(tiny.backbone, tiny.tasks, 2).eval()
        if placed:
            place(network, torch.device("cpu"))
        losses = {name: (1 - 2 * i) * output.mean() for i, (name, output) in enumerate(network(image).items())}
        shared = list(network.shared_parameters())
        PCGrad().build(list(losses)).backward(losses, shared, Fabric(accelerator="cpu"))
        gradients.append([parameter.grad for parameter in shared])
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-5, rtol=1e-4)
