"""Equation (2) of arXiv 2111.14959 and the cross-entropy, by hand."""

import math

import pytest
import torch

from braintumornet.tasks.losses import masked_cross_entropy, soft_dice_loss


def maps(*samples: list[float]) -> torch.Tensor:
    """Return (B, 1, 1, 1, voxels)."""
    return torch.tensor(samples)[:, None, None, None, :]


ALL = torch.tensor([[True], [True]])

# p, g, sums over, expected
TABLE = [
    ([[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]], "batch", 0.0),
    ([[0.5, 0.5], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]], "batch", 1 - 2 * 0.5 / (0.5 + 1)),
    ([[0.5, 0.0], [0.0, 0.5]], [[1.0, 0.0], [0.0, 1.0]], "batch", 1 - 2 * 1.0 / (0.5 + 2)),
    ([[1.0, 0.0], [0.5, 0.0]], [[1.0, 0.0], [1.0, 0.0]], "sample", (0 + 1 - 2 * 0.5 / 1.25) / 2),
    ([[0.5, 0.0], [0.5, 0.0]], [[0.0, 0.0], [0.0, 0.0]], "sample", 1.0),
]


@pytest.mark.parametrize(("p", "g", "over", "expected"), TABLE)
def test_equation_two(p: list[list[float]], g: list[list[float]], over: str, expected: float) -> None:
    assert soft_dice_loss(maps(*p), maps(*g), ALL, over) == pytest.approx(expected, abs=1e-4)


def test_absent_samples_do_not_count() -> None:
    p, g = maps([0.5, 0.5], [0.9, 0.9]), maps([1.0, 0.0], [0.0, 0.0])
    present = torch.tensor([[True], [False]])
    assert soft_dice_loss(p, g, present) == pytest.approx(1 - 2 * 0.5 / 1.5, abs=1e-4)


def test_cross_entropy_is_the_mean_over_present_maps() -> None:
    logits, target = maps([0.0, 0.0], [100.0, 100.0]), maps([1.0, 0.0], [0.0, 0.0])
    present = torch.tensor([[True], [False]])
    assert masked_cross_entropy(logits, target, present) == pytest.approx(math.log(2))
