"""The convolutional pathways of DeepMedic: pre-activation layers without padding, and sums that skip two of them."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Norm = Callable[[int], nn.Module]
"""Number of features -> layer that normalises them."""

PRELU_START = 0.01

BATCH_NORM_MOMENTUM = 2 / 61
"""At inference the original normalises by the plain mean over the statistics of the last 60 batches. A running mean
with this momentum is as old on average (29.5 batches) and begins at the same values, mean 0 and variance 1; its weights
fall off exponentially instead of ending at 60. Unlike the original's, its variance is the unbiased one."""


def norm_of(kind: Literal["batch", "instance"]) -> Callable[..., nn.Module]:
    """Return what builds the normalisation: of a batch, as the original has it, or of each sample by itself."""
    if kind == "instance":
        return partial(nn.InstanceNorm3d, affine=True)
    return partial(nn.BatchNorm3d, momentum=BATCH_NORM_MOMENTUM)


class Activation(nn.Module):
    """Norm, PReLU with a slope per feature, dropout.

    Dropout is the original's: what stays is not scaled up in training, so everything is scaled down at inference.

    Args:
        features: number of channels.
        norm: builds the normalisation.
        dropout: probability that a value is set to zero in training.
    """

    def __init__(self, features: int, norm: Norm, dropout: float = 0.0) -> None:
        super().__init__()
        self.norm = norm(features)
        self.prelu = nn.PReLU(features, init=PRELU_START)
        self.dropout = dropout

    def forward(self, features: Tensor) -> Tensor:
        """Return a tensor of the same shape (B, C, D, H, W)."""
        active: Tensor = self.prelu(self.norm(features))
        return F.dropout(active, self.dropout, self.training) * (1 - self.dropout) if self.dropout else active


class FirstLayer(nn.Module):
    """The layer on the image itself: a bias per sequence, then a 3x3x3 convolution; neither norm nor PReLU."""

    def __init__(self, sequences: int, width: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(sequences))
        self.convolution = convolution(sequences, width, 3)

    def forward(self, image: Tensor) -> Tensor:
        """Return (B, C, D - 2, H - 2, W - 2) of an image (B, S, D, H, W)."""
        return self.convolution(image + self.bias[:, None, None, None])  # type: ignore[no-any-return]


class Layer(nn.Module):
    """Activation, then a convolution without padding.

    Args:
        features: channels that come in.
        width: channels that go out.
        kernel: size of the convolution along each axis.
        norm: builds the normalisation.
        dropout: of the activation.
        mirrors: in training, repeat the outermost voxels, so that nothing is lost at the border of a patch.
    """

    def __init__(
        self, features: int, width: int, kernel: int, norm: Norm, dropout: float = 0.0, mirrors: bool = False
    ) -> None:
        super().__init__()
        self.activation = Activation(features, norm, dropout)
        self.convolution = convolution(features, width, kernel)
        self.mirrors = kernel // 2 if mirrors else 0

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, width, ...), smaller by kernel - 1 along each axis unless mirrored."""
        active = self.activation(features)
        if self.mirrors and self.training:
            active = F.pad(active, (self.mirrors,) * 6, mode="replicate")
        return self.convolution(active)  # type: ignore[no-any-return]


class Pathway(nn.Module):
    """Layers one after the other; the output of some is added to the input of the layer before.

    Args:
        layers: each takes what the one before gives.
        residual: numbers of the layers, from 1, whose output becomes a sum.
    """

    def __init__(self, layers: Sequence[nn.Module], residual: Collection[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.residual = frozenset(residual)

    def forward(self, features: Tensor) -> Tensor:
        """Return the last layer's output."""
        inputs: list[Tensor] = []
        for number, layer in enumerate(self.layers, start=1):
            inputs.append(features)
            features = layer(features)
            if number in self.residual:
                add_centre(features, inputs[-2])
        return features


def add_centre(features: Tensor, earlier: Tensor) -> None:
    """Add the middle of an earlier, larger map in place; channels that only one of them has are left alone.

    Example:
        >>> deep = torch.zeros(1, 2, 1, 1, 1)
        >>> add_centre(deep, torch.arange(27.0).view(1, 1, 3, 3, 3))
        >>> deep.flatten().tolist()
        [13.0, 0.0]
    """
    channels = min(features.shape[1], earlier.shape[1])
    for axis in (2, 3, 4):
        size = features.shape[axis]
        earlier = earlier.narrow(axis, (earlier.shape[axis] - size) // 2, size)
    features[:, :channels] += earlier[:, :channels]


def convolution(features: int, width: int, kernel: int) -> nn.Conv3d:
    """Return a convolution without bias and padding, with He's first weights (variance 2 / inputs of a voxel)."""
    layer = nn.Conv3d(features, width, kernel, bias=False)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return layer


def spread(features: Tensor, factor: int, offset: Sequence[int], shape: Sequence[int]) -> Tensor:
    """Repeat each cell for all voxels that lie in it.

    Args:
        features: (B, C, d, h, w), one value per cell.
        factor: voxels of a cell along each axis.
        offset: voxels before the first one that is wanted.
        shape: number of voxels wanted.

    Returns:
        (B, C, *shape).

    Example:
        >>> spread(torch.tensor([[[[[1, 2]]]]]), 3, (0, 0, 1), (1, 1, 4)).flatten().tolist()
        [1, 1, 2, 2]
    """
    if factor == 1:
        return features
    for axis, (first, length) in enumerate(zip(offset, shape, strict=True), start=2):
        cells = torch.arange(first, first + length, device=features.device) // factor
        features = features.index_select(axis, cells)
    return features
