"""Penalties on large weights, as gradients."""

from torch import nn


def add_weight_penalty(network: nn.Module, l1: float, l2: float) -> None:
    """Add the gradient of l1 * sum(|w|) + l2 * sum(w ** 2), over the weights w of all convolutions.

    A head that had no label in the batch has no gradient, and is left alone.

    Example:
        >>> import torch
        >>> layer = nn.Conv3d(1, 1, 1)
        >>> _ = layer.weight.data.fill_(-3.0)
        >>> layer.weight.grad = torch.zeros_like(layer.weight)
        >>> add_weight_penalty(layer, l1=0.5, l2=0.1)  # 0.5 * -1 + 0.1 * 2 * -3
        >>> round(layer.weight.grad.item(), 4)
        -1.1
    """
    if not (l1 or l2):
        return
    for module in network.modules():
        if isinstance(module, nn.Conv3d) and module.weight.grad is not None:
            weight = module.weight.detach()
            module.weight.grad.add_(weight.sign(), alpha=l1).add_(weight, alpha=2 * l2)
