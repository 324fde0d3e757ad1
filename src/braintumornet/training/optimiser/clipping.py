"""Gradients that are too long are cut, those of each part of the network by themselves."""

from collections.abc import Mapping

import torch
from torch import nn

from braintumornet.core.text.errors import BrainTumorNetError


def clip_gradients(parts: Mapping[str, nn.Module], max_norm: float, step: int) -> None:
    """Cut the gradient of each part to a norm; a head's is not cut because another head's is long.

    Args:
        parts: name -> part of a network.
        max_norm: the largest norm that is left as it is.
        step: that is said where a gradient is not finite.

    Raises:
        BrainTumorNetError: names the part whose gradient is not finite.

    Example:
        >>> layers = {name: nn.Linear(1, 1, bias=False) for name in ("backbone", "heads.genotype")}
        >>> for layer, gradient in zip(layers.values(), (3.0, 80.0)):
        ...     layer.weight.grad = torch.tensor([[gradient]])
        >>> clip_gradients(layers, max_norm=12, step=0)
        >>> [round(layer.weight.grad.item(), 3) for layer in layers.values()]
        [3.0, 12.0]
    """
    norms = [nn.utils.clip_grad_norm_(part.parameters(), max_norm) for part in parts.values()]
    together = torch.stack(norms)
    if not bool(together.isfinite().all()):
        name = next(name for name, norm in zip(parts, norms, strict=True) if not norm.isfinite())
        msg = f"step {step}: the gradient of {name} is not finite; train anew with a lower training.learning_rate"
        raise BrainTumorNetError(msg)
