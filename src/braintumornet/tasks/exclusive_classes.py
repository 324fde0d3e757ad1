"""Which region wins at a voxel where exclusive classes make up the regions."""

from collections.abc import Sequence

import torch
from torch import Tensor


def decision_scores(maps: Tensor, parts: Sequence[Sequence[int]], dim: int) -> Tensor:
    """Return for each region the share of its best class in the sum of it and the best class outside the region.

    So the region is above one half where the most probable class, background among them, belongs to it.

    Args:
        maps: probability of each tissue along `dim`; what is left is the background.
        parts: for each region, which tissues make it up.
        dim: along which the regions stand in the result.

    Example:
        >>> core, oedema = 0.3, 0.25  # so the background has 0.45
        >>> decision_scores(torch.tensor([core, oedema]), [[0, 1], [0]], 0)  # 0.3 / 0.75, for both regions
        tensor([0.4000, 0.4000])
    """
    background = 1 - maps.sum(dim, keepdim=True)
    classes = torch.cat([maps, background], dim)
    scores = []
    for inside in parts:
        outside = [index for index in range(classes.size(dim)) if index not in inside]
        within, without = (
            classes.index_select(dim, torch.tensor(chosen, device=maps.device)).amax(dim)
            for chosen in (inside, outside)
        )
        scores.append(within / (within + without))
    return torch.stack(scores, dim)
