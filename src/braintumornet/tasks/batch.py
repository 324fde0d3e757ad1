"""What one training step sees, and which of its labels exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Patches of several cases with their labels.

    A head learns only where `present` is true: per sample for one label, per sample and map for masks. What
    stands in `targets` elsewhere has no meaning.

    Args:
        image: float32 (B, S, D, H, W); a sequence that a case lacks is all zero.
        present_sequences: bool (B, S).
        targets: task -> float32 (B, M, D, H, W) for the maps that it learns, float32 (B,) for its one label.
        present: task -> bool (B, M) for these maps, bool (B,) for the label.
        case_ids: whose patches these are.
    """

    image: Tensor
    present_sequences: Tensor
    targets: Mapping[str, Tensor]
    present: Mapping[str, Tensor]
    case_ids: tuple[str, ...]

    def to(self, device: torch.device, non_blocking: bool = False) -> "Batch":
        """Return the batch on another device."""
        move = partial(Tensor.to, device=device, non_blocking=non_blocking)
        return Batch(
            move(self.image),
            move(self.present_sequences),
            {task: move(target) for task, target in self.targets.items()},
            {task: move(present) for task, present in self.present.items()},
            self.case_ids,
        )
