"""Tensors of networks that were trained when some of them had other names."""

from collections.abc import Mapping, Sequence
from typing import Any

SHARED_NORMS = ("backbone.scale_norms.", "backbone.scale_norm.")
"""Statistics of what markers read were once the backbone's, of all scales or of the only one; now each head has its
own."""


def with_current_names(tensors: Mapping[str, Any], scales: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """Return tensors by the names that they have now; those that have one already are left as they are.

    Args:
        tensors: name -> tensor of a network.
        scales: head of a marker -> numbers of the scales that it reads.

    Example:
        >>> with_current_names({"backbone.scale_norms.1.running_mean": 0.5}, {"genotype": [0, 1]})
        {'heads.genotype.norms.1.0.running_mean': 0.5}
    """
    named = {}
    for name, tensor in tensors.items():
        prefix = next((prefix for prefix in SHARED_NORMS if name.startswith(prefix)), None)
        if prefix is None:
            named[name] = tensor
            continue
        *number, statistic = name.removeprefix(prefix).split(".")
        scale = int(number[0]) if number else 0
        for head, read in scales.items():
            if scale in read:
                named[f"heads.{head}.norms.{read.index(scale)}.0.{statistic}"] = tensor
    return named
