"""From maps to a vector, and the layers that read a marker from it."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SMALLEST_WEIGHT = 1e-4
"""What a place without tumour still counts, so that there is a mean where no tumour is seen."""


def pool(scales: Sequence[Tensor], tumour: Tensor | None = None) -> Tensor:
    """Return the mean of the coarsest map over the patch, or the means of all maps over the tumour.

    Without an outline a tumour that fills a hundredth of the patch is drowned by the brain around it.

    Args:
        scales: (B, C, d, h, w) each, the coarsest last.
        tumour: (B, R, D, H, W), mask of each region; a patch without tumour is averaged as a whole.

    Returns:
        (B, C) of the coarsest, or (B, sum of all C).

    Example:
        >>> outline = torch.tensor([1.0, 0.0]).view(1, 1, 1, 1, 2)
        >>> pool([torch.tensor([3.0, 5.0]).view(1, 1, 1, 1, 2)], outline).round(decimals=2)
        tensor([[3.]])
    """
    if tumour is None:
        return scales[-1].mean((2, 3, 4))
    anywhere = tumour.to(scales[0].dtype).amax(1, keepdim=True)  # (B, 1, D, H, W)
    return torch.cat([_mean_over(features, anywhere) for features in scales], dim=1)


class MarkerHead(nn.Sequential):
    """The head of a marker: what readies each scale, pooling, the backbone's branch, the task's last layer.

    What readies the scales may hold statistics, and these are the head's: no other head reads or moves them.

    Args:
        branch: (B, features) to (B, F).
        last_layer: (B, F) to the logits.
        norms: one for each scale that is read, which are the coarsest.
    """

    norms: nn.ModuleList

    def __init__(self, branch: nn.Module, last_layer: nn.Module, norms: Sequence[nn.Module]) -> None:
        super().__init__(OrderedDict([("norms", nn.ModuleList(norms)), ("0", branch), ("1", last_layer)]))

    def forward(self, scales: Sequence[Tensor], tumour: Tensor | None = None) -> Tensor:
        """Return the logits of maps (B, C, d, h, w), the coarsest last, and the masks (B, R, D, H, W) of the tumour."""
        read = scales[-len(self.norms) :]
        ready = [norm(features) for norm, features in zip(self.norms, read, strict=True)]
        logits: Tensor = self[-1](self[-2](pool(ready, tumour)))
        return logits


def fully_connected(features: int, hidden: Sequence[int], dropout: float) -> nn.Sequential:
    """Return hidden layers of these widths, each after dropout; (B, features) to (B, the last of them)."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Dropout(dropout), nn.Linear(features, width), nn.ReLU()]
        features = width
    return nn.Sequential(*layers)


def _mean_over(features: Tensor, tumour: Tensor) -> Tensor:
    depth, height, width = features.shape[2:]
    weight = F.adaptive_avg_pool3d(tumour, (depth, height, width)) + SMALLEST_WEIGHT  # (B, 1, d, h, w)
    return (features * weight).sum((2, 3, 4)) / weight.sum((2, 3, 4))
