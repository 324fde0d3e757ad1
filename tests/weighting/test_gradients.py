"""The sizes of the tasks' gradients and the cosines between them, measured without a trace."""

import pytest
import torch
from lightning.fabric import Fabric

from braintumornet.weighting.gradients import measure_gradients


def test_known_gradients() -> None:
    x, own = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.tensor(1.0))
    losses = {"a": x[0] * own, "b": 3 * x[0] + 3 * x[1], "c": -2 * x[0]}
    measured = measure_gradients(losses, [x], Fabric(accelerator="cpu"))
    assert measured.cosines == pytest.approx({"a/b": 0.5**0.5, "a/c": -1.0, "b/c": -(0.5**0.5)})
    assert measured.norms == pytest.approx({"a": 1.0, "b": 3 * 2**0.5, "c": 2.0})


def test_measuring_leaves_no_trace() -> None:
    x, own = torch.nn.Parameter(torch.tensor(2.0)), torch.nn.Parameter(torch.tensor(3.0))
    losses = {"a": x * own, "b": x * x}
    measure_gradients(losses, [x], Fabric(accelerator="cpu"))
    assert (x.grad, own.grad) == (None, None)
    sum(losses.values()).backward()
    assert (x.grad.item(), own.grad.item()) == (3.0 + 4.0, 2.0)


def test_a_task_that_uses_none_of_the_shared_parameters_has_no_cosine() -> None:
    x, own = torch.nn.Parameter(torch.tensor(2.0)), torch.nn.Parameter(torch.tensor(3.0))
    measured = measure_gradients({"a": x * 1, "b": own * 1}, [x], Fabric(accelerator="cpu"))
    assert (measured.cosines, measured.norms) == ({}, {"a": 1.0, "b": 0.0})
