"""Tasks that teach the shared network are weighed against each other; a detached one is by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from torch import Tensor, nn

from braintumornet.weighting.weighting import Weighting, WeightingState

if TYPE_CHECKING:
    from lightning.fabric import Fabric


def build_apart(weighting: Weighting, tasks: Sequence[str], detached: Sequence[str]) -> WeightingState:
    """Return a fresh state for tasks, of which the detached ones must change nothing of how the others are weighed.

    Args:
        weighting: the strategy.
        tasks: names of all; their order changes nothing.
        detached: names of those whose gradient does not reach the shared parameters.

    Example:
        >>> from braintumornet.weighting.fixed import FixedWeighting
        >>> build_apart(FixedWeighting(), ["tumour", "genotype"], ["genotype"]).apart
        ModuleDict(
          (genotype): FixedSum()
        )
    """
    together = weighting.build(sorted(set(tasks) - set(detached)))
    return (
        WeighedApart(together, {name: weighting.build([name]) for name in sorted(detached)}) if detached else together
    )


class WeighedApart(WeightingState):
    """One state for the tasks that share, and one for each detached task."""

    def __init__(self, together: WeightingState, apart: Mapping[str, WeightingState]) -> None:
        super().__init__()
        self.together = together
        self.apart = nn.ModuleDict(apart)

    def backward(
        self, losses: Mapping[str, Tensor], shared: Sequence[nn.Parameter], fabric: Fabric
    ) -> dict[str, float]:
        """Add the gradients of the detached tasks to their heads, then those of the others as if they were alone."""
        weights: dict[str, float] = {}
        for name, state in self.apart.items():
            if name in losses:
                weights |= state.backward({name: losses[name]}, shared, fabric)  # type: ignore[operator]
        others = {name: loss for name, loss in losses.items() if name not in self.apart}
        if others:
            weights |= self.together.backward(others, shared, fabric)
        return weights
