"""Segmentation of regions: one sigmoid output per region, so that they may be nested or exclusive."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn import functional as F

from braintumornet.core.case import Case
from braintumornet.core.coding import REGIONS, told_regions
from braintumornet.core.names import suggest
from braintumornet.core.prediction import RegionMap
from braintumornet.tasks.base import Criterion, Level, Task


class SegmentationTask(Task):
    """Outline regions of a tumour.

    Args:
        target: column of the manifest that holds the mask.
        regions: names of regions (WT, TC, ET, ...).
        loss: `dice` is equation (2) of arXiv 2111.14959; `dice_ce` adds the binary cross-entropy.
        dice_over: sums of the Dice over the whole `batch` or over each `sample`. Per sample, a patch without tumour
            has a constant Dice loss and teaches nothing by it.

    Example:
        >>> SegmentationTask(name="glioma", regions=("WT", "TC", "ET")).loss
        'dice_ce'
    """

    reads: ClassVar[Level] = "voxels"

    kind: Literal["segmentation"] = "segmentation"
    target: str = "seg"
    regions: tuple[str, ...] = Field(min_length=1)
    loss: Literal["dice", "dice_ce"] = "dice_ce"
    dice_over: Literal["batch", "sample"] = "batch"

    @field_validator("regions")
    @classmethod
    def _known(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        for region in regions:
            if region not in REGIONS:
                msg = f"region {region!r} is not known; {suggest(region, REGIONS)}"
                raise ValueError(msg)
        return regions

    @property
    def outputs(self) -> tuple[str, ...]:
        """The regions."""
        return self.regions

    def about(self) -> dict[str, Any]:
        """Return what a scorer must know of the task, as JSON holds it."""
        return {**super().about(), "regions": list(self.regions)}

    def regions_of(self, case: Case) -> tuple[str, ...]:
        """Return the regions of a case's mask that the outputs are to show, in their order."""
        return self.regions

    def present_regions(self, case: Case) -> list[bool]:
        """Say for each region whether the case's mask tells it; all false where nobody looked."""
        if not self.is_for(case) or self.target not in case.targets or case.coding is None:
            return [False] * len(self.regions)
        return told_regions(case.coding, self.regions_of(case))

    def labelled(self, case: Case) -> bool:
        """Say whether at least one region is told."""
        return any(self.present_regions(case))

    def last_layer(self, features: int) -> nn.Module:
        """Return a 1x1x1 convolution to one logit per region."""
        return nn.Conv3d(features, len(self.regions), kernel_size=1)

    def criterion(self, training_cases: Sequence[Case]) -> Criterion:
        """Return the loss over the samples and regions that are present."""
        with_cross_entropy = self.loss == "dice_ce"

        def region_loss(logits: Tensor, target: Tensor, present: Tensor) -> Tensor:
            logits = logits.float()
            loss = soft_dice_loss(logits.sigmoid(), target, present, over=self.dice_over)
            return loss + masked_cross_entropy(logits, target, present) if with_cross_entropy else loss

        return region_loss

    def decode(self, probabilities: Tensor) -> RegionMap:
        """Turn probabilities (R, D, H, W) into a named map."""
        return RegionMap(self.regions, probabilities.float().cpu().numpy())


def soft_dice_loss(
    probabilities: Tensor, target: Tensor, present: Tensor, over: str = "batch", epsilon: float = 1e-5
) -> Tensor:
    """Return 1 - 2 sum(p g) / (sum p^2 + sum g^2 + epsilon): equation (2) of arXiv 2111.14959.

    Args:
        probabilities: (B, R, D, H, W).
        target: same shape, 0 or 1.
        present: bool (B, R); the others get exactly no gradient.
        over: take the sums over the `batch` (a mean over regions follows) or per `sample` (a mean over samples and
            regions follows).
        epsilon: keeps an empty denominator from dividing by zero.

    Example:
        >>> p, g = torch.tensor([[[[[0.5, 1.0]]]]]), torch.tensor([[[[[0.0, 1.0]]]]])
        >>> round(float(soft_dice_loss(p, g, torch.tensor([[True]]))), 3)  # 1 - 2 * 1 / (1.25 + 1)
        0.111
    """
    mask = present[:, :, None, None, None].to(probabilities.dtype)
    dims = (0, 2, 3, 4) if over == "batch" else (2, 3, 4)
    overlap = (probabilities * target * mask).sum(dims)  # (R,) or (B, R)
    squares = ((probabilities.square() + target.square()) * mask).sum(dims)
    loss = 1 - 2 * overlap / (squares + epsilon)
    return loss[present.any(0) if over == "batch" else present].mean()


def masked_cross_entropy(logits: Tensor, target: Tensor, present: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over the voxels of all samples and regions that are present.

    Args:
        logits: (B, R, D, H, W).
        target: same shape, 0 or 1.
        present: bool (B, R).
    """
    per_map = F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean((2, 3, 4))  # (B, R)
    return torch.where(present, per_map, 0).sum() / present.sum()
