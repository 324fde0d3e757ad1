"""A trained DeepMedic made ready to answer: the same function with fewer and faster operations."""

from copy import deepcopy
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from braintumornet.networks.deepmedic.pathway import Activation, FirstLayer, Layer, Pathway

ONEDNN = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]

Network = TypeVar("Network", bound=nn.Module)


def fold_for_inference(network: Network) -> Network:
    """Return a copy of a network for inference only, whose answers are equal up to rounding.

    The factor that dropout leaves moves into the norm before it, and a batch norm into the convolution before it,
    unless that convolution's output is also used as it is, in a sum. What is not DeepMedic stays as it is.
    """
    folded = deepcopy(network).eval()
    for module in list(folded.modules()):
        if isinstance(module, Activation):
            _fold_dropout(module)
    for module in list(folded.modules()):
        if isinstance(module, Pathway):
            _fold_pathway(module)
    for module in list(folded.modules()):
        if isinstance(module, nn.Sequential):
            for pathway, activation in pairwise(module):
                if isinstance(pathway, Pathway) and isinstance(activation, Activation):
                    _fold_end(pathway, activation)
    return folded


class FoldedConvolution(nn.Module):
    """An unpadded convolution with a bias.

    On a CPU it calls oneDNN itself: for one sample on one thread torch prefers an implementation of its own, which
    takes up to five times as long.
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight.detach()), nn.Parameter(bias.detach())

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, C', ...), smaller by kernel - 1 along each axis."""
        if features.device.type != "cpu" or torch.is_autocast_enabled("cpu") or not ONEDNN:
            return F.conv3d(features, self.weight, self.bias)
        ones = [1, 1, 1]
        return torch.ops.aten.mkldnn_convolution(  # type: ignore[no-any-return]
            features, self.weight, self.bias, [0, 0, 0], ones, ones, 1
        )


class FoldedPReLU(nn.Module):
    """PReLU for slopes of at most 1, as a maximum, which is faster than torch's in bf16 and channels-last."""

    def __init__(self, slope: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope.detach())

    def forward(self, features: Tensor) -> Tensor:
        """Return a tensor of the same shape (B, C, D, H, W)."""
        return torch.maximum(features, features * self.slope[:, None, None, None].to(features.dtype))


def _fold_dropout(activation: Activation) -> None:
    """Scale the norm instead of what leaves the PReLU: a PReLU of c * x is c times that of x for positive c."""
    with torch.no_grad():
        for parameter in activation.norm.parameters():
            parameter.mul_(1 - activation.dropout)
    activation.dropout = 0.0
    if isinstance(activation.prelu, nn.PReLU) and bool((activation.prelu.weight <= 1).all()):
        activation.prelu = FoldedPReLU(activation.prelu.weight)  # type: ignore[assignment]


def _fold_pathway(pathway: Pathway) -> None:
    for number, layer in enumerate(pathway.layers, start=1):
        if isinstance(layer, FirstLayer):  # a bias on every input voxel is a bias on every output voxel
            weight = layer.convolution.weight
            bias = torch.einsum("oidhw,i->o", weight, layer.bias)
            pathway.layers[number - 1] = FoldedConvolution(weight, bias)
        elif isinstance(layer, Layer):
            weight = layer.convolution.weight
            layer.convolution = FoldedConvolution(weight, weight.new_zeros(len(weight)))  # type: ignore[assignment]
    for number, (before, layer) in enumerate(pairwise(pathway.layers), start=2):
        is_summed = {number - 1, number + 1} & pathway.residual  # where it comes from, or where it also goes to
        if not is_summed and isinstance(layer, Layer):
            _fold_norm(before, layer.activation)


def _fold_end(pathway: Pathway, activation: Activation) -> None:
    if len(pathway.layers) not in pathway.residual:
        _fold_norm(pathway.layers[-1], activation)


def _fold_norm(before: nn.Module, activation: Activation) -> None:
    convolution = before.convolution if isinstance(before, Layer) else before
    norm = activation.norm
    if not isinstance(convolution, FoldedConvolution) or not isinstance(norm, nn.BatchNorm3d):
        return
    assert norm.running_mean is not None
    assert norm.running_var is not None
    with torch.no_grad():
        scale = norm.weight / (norm.running_var + norm.eps).sqrt()
        convolution.weight.mul_(scale[:, None, None, None, None])
        convolution.bias.mul_(scale).add_(norm.bias - norm.running_mean * scale)
    activation.norm = nn.Identity()
