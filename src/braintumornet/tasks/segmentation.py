"""Segmentation of regions, by a sigmoid for each of them or by exclusive tissues that add up to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import REGIONS, TISSUES, annotated_regions
from braintumornet.core.files.atomic_write import format_json
from braintumornet.core.prediction import MASK_THRESHOLD, RegionMap
from braintumornet.core.text.errors import require
from braintumornet.core.text.names import require_among, require_known, require_once
from braintumornet.metrics.overlap import dice
from braintumornet.tasks.post_processing import leave_out_small, leave_out_unsure
from braintumornet.tasks.task import Gives, Level, Task

if TYPE_CHECKING:
    from torch import Tensor, nn

    from braintumornet.core.cohort.case import Cohort
    from braintumornet.core.scores import Row
    from braintumornet.core.workers.failures import CaseFailure
    from braintumornet.scoring.scored_task import AskedHead, Scoring
    from braintumornet.tasks.losses import Criterion

VolumeMl = Annotated[float, Field(ge=0, allow_inf_nan=False)]

BACKGROUND = "background"
AUTO_CLEANING = "auto"
USUAL_NEEDS = {"ET": ("t1c",)}
"""Enhancement is seen after contrast agent only: means over BraTS cases are a Dice of .77 with t1c and .45 without
(RFNet, ICCV 2021, over the 8 and the 7 subsets of four sequences)."""


class SegmentationTask(Task):
    """Outline regions of a tumour.

    The head learns one sigmoid per region, so that regions may be nested or exclusive, unless `tissues` are given:
    then it learns exclusive classes, background and these tissues, by a softmax, as DeepMedic does. The probability
    of a region is then the sum over its tissues, and its mask is where the most probable class is one of them. A case
    whose coding cannot tell all of these tissues apart is absent.

    Args:
        target: holds the mask.
        regions: names of regions (WT, TC, ET, ...).
        tissues: of the exclusive classes 1, 2, ...; empty: a sigmoid per region.
        loss: `dice` is equation (2) of arXiv 2111.14959; `ce` is the cross-entropy, of each region by itself or of the
            exclusive classes; `dice_ce` is the sum of both.
        dice_reduction: take the sums of the Dice over the whole `batch` or per `sample`. Per sample, a patch without
            tumour has a constant Dice loss and teaches nothing by it.
        requires: region -> sequences without which nobody can tell it; default `{ET: [t1c]}` if the network reads t1c.
            Where one is missing, also by sequence dropout, the region is not learned, nor are exclusive classes, and a
            prediction says "not assessed". `{}`: nothing is needed.
        min_component_ml: connected tumours, all regions together, that are predicted smaller than this are left out of
            the masks; a ball of 10 mm has 0.52 ml. `auto`: this, and whatever else cleans the masks, is chosen on the
            validation cases after the training.
        min_component_share: those that are smaller than this share of the largest one are left out, too.
        seed_probability: connected parts of a region that nowhere reach this probability are left out first (a
            hysteresis threshold); `{0: 0.8, 0.5: 0.6}`: from 0.5 ml on, 0.6 is enough; 0 or `{}`: none.

    Example:
        >>> SegmentationTask(name="glioma", regions=("WT", "TC", "ET")).loss
        'dice_ce'
        >>> task = SegmentationTask(name="glioma", regions=("WT", "TC"), tissues=("tumour_core", "oedema"))
        >>> import torch
        >>> found = task.decode(torch.tensor([0.3, 0.25]).view(2, 1, 1, 1))  # core, oedema; the rest is background
        >>> found.probabilities.ravel().round(2), found.masks.ravel()  # WT, TC
        (array([0.55, 0.3 ], dtype=float32), array([False, False]))
    """

    reads: ClassVar[Level] = "voxels"
    gives: ClassVar[Gives] = "maps"
    compared: ClassVar[str] = "dice"

    kind: Literal["segmentation"] = "segmentation"
    target: str = "seg"
    regions: tuple[str, ...] = Field(min_length=1)
    tissues: tuple[str, ...] = ()
    loss: Literal["dice", "ce", "dice_ce"] = "dice_ce"
    dice_reduction: Literal["batch", "sample"] = "batch"
    requires: Mapping[str, tuple[str, ...]] | None = None
    min_component_ml: VolumeMl | Literal["auto"] = 0.0
    min_component_share: float = Field(0.0, ge=0, le=1)
    seed_probability: Mapping[VolumeMl, Annotated[float, Field(ge=0, lt=1)]] = {}

    @field_validator("seed_probability", mode="before")
    @classmethod
    def _of_every_volume(cls, given: object) -> object:
        if isinstance(given, (int, float)):
            return {0: given} if given else {}
        return given

    @field_validator("regions")
    @classmethod
    def _known(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        require_known("region", regions, REGIONS)
        require_once("region", regions)
        return regions

    @model_validator(mode="after")
    def _tissues_make_up_the_regions(self) -> SegmentationTask:
        require_known("tissue", self.tissues, TISSUES)
        elementary = [each for tissue in self.tissues for each in TISSUES[tissue]]
        require(
            len(set(elementary)) == len(elementary),
            f"tissues: {', '.join(self.tissues)} overlap, so they are no exclusive classes",
            ValueError,
        )
        if self.tissues:
            coding = format_json(dict(enumerate(self.tissues, start=1)))
            for region, annotated in zip(self.regions, annotated_regions(coding, self.regions), strict=True):
                require(
                    annotated, f"region {region!r} is not made up of the tissues {', '.join(self.tissues)}", ValueError
                )
        return self

    def needs(self, sequences: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return region -> sequences that it `requires`.

        Raises:
            ValueError: one of them is none of the network's.
        """
        for region, needed in (self.requires or {}).items():
            for name in needed:
                text = f"task {self.name!r}, requires: {region} needs {name!r}, which is not among the sequences"
                require_among(name, sequences, text, ValueError)
        wanted = USUAL_NEEDS if self.requires is None else self.requires
        needed_by = {region: tuple(s for s in wanted.get(region, ()) if s in sequences) for region in self.regions}
        return {region: names for region, names in needed_by.items() if names}

    @model_validator(mode="after")
    def _needs_are_of_its_regions(self) -> SegmentationTask:
        for region in self.requires or {}:
            require_among(region, self.regions, f"requires: region {region!r} is not outlined", ValueError)
        return self

    @property
    def answered(self) -> tuple[str, ...]:
        """The regions."""
        return self.regions

    @property
    def outputs(self) -> tuple[str, ...]:
        """The regions, or background and the tissues."""
        return (BACKGROUND, *self.tissues) if self.tissues else self.regions

    def about(self) -> dict[str, Any]:
        """Return what a scorer must know of the task, as JSON holds it."""
        return {**super().about(), "regions": list(self.regions)}

    @property
    def learned(self) -> tuple[str, ...]:
        """The tissues, or the regions."""
        return self.tissues or self.regions

    @property
    def counted(self) -> tuple[str, ...]:
        """The tissues or regions that are learned."""
        return self.learned

    def held(self, target: Tensor, present: Tensor) -> Tensor:
        """Return which samples hold a voxel of which tissue or region."""
        return present & (target.flatten(2).amax(2) > 0)

    def parts_of(self, region: str) -> list[int]:
        """Return which of the learned maps make up a region."""
        if not self.tissues:
            return [self.regions.index(region)]
        return [index for index, tissue in enumerate(self.tissues) if TISSUES[tissue] <= REGIONS[region]]

    def present(self, case: Case) -> np.ndarray:
        """Say for each learned map whether the case's mask annotates it; none where nobody looked."""
        absent = np.zeros(len(self.learned), dtype=bool)
        if not self.is_for(case) or self.target not in case.targets or case.coding is None:
            return absent
        annotated = np.array(annotated_regions(case.coding, self.learned_in(case)))
        return absent if self.tissues and not annotated.all() else annotated

    def last_layer(self, features: int) -> nn.Module:
        """Return a 1x1x1 convolution to one logit per region, or per exclusive class, background first."""
        from torch import nn

        return nn.Conv3d(features, len(self.tissues) + 1 if self.tissues else len(self.regions), kernel_size=1)

    def criterion(self, training_cases: Sequence[Case]) -> Criterion:
        """Return the loss over the samples and maps that are present."""
        from braintumornet.tasks.losses import exclusive_cross_entropy, masked_cross_entropy, soft_dice_loss

        cross_entropy = exclusive_cross_entropy if self.tissues else masked_cross_entropy

        def region_loss(logits: Tensor, target: Tensor, present: Tensor) -> Tensor:
            logits = logits.float()
            if self.loss == "ce":
                return cross_entropy(logits, target, present)
            loss = soft_dice_loss(self.probabilities(logits), target, present, over=self.dice_reduction)
            return loss + cross_entropy(logits, target, present) if self.loss == "dice_ce" else loss

        return region_loss

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probability of each learned map (B, M, D, H, W): of each region, or of each tissue."""
        return logits.softmax(1)[:, 1:] if self.tissues else logits.sigmoid()

    def outline(self, logits: Tensor) -> Tensor:
        """Return where each region is: bool (B, R, D, H, W)."""
        maps = self.probabilities(logits)
        return (self._decision_scores(maps, 1) if self.tissues else maps) > MASK_THRESHOLD

    def decode(self, probabilities: Tensor) -> RegionMap:
        """Turn probabilities of the learned maps (M, D, H, W) into those of the regions."""
        import torch

        maps = probabilities.float()
        if not self.tissues:
            return RegionMap(self.regions, maps.cpu().numpy())
        sums = torch.stack([maps[self.parts_of(region)].sum(0) for region in self.regions])
        return RegionMap(self.regions, sums.cpu().numpy(), self._decision_scores(maps, 0).cpu().numpy())

    def tidy(self, answer: RegionMap, voxel_ml: float) -> tuple[RegionMap, str]:
        """Leave out what is unsure, then what is too small; `min_component_ml: auto` has no limit here."""
        limit_ml = 0.0 if self.min_component_ml == AUTO_CLEANING else float(self.min_component_ml)
        unsure = small = ""
        if self.seed_probability:
            answer, unsure = leave_out_unsure(answer, self.seed_probability, voxel_ml)
        if limit_ml or self.min_component_share:
            answer, small = leave_out_small(answer, limit_ml, voxel_ml, self.min_component_share)
        return answer, "; ".join(filter(None, (unsure, small)))

    @classmethod
    def score(cls, asked: Sequence[AskedHead], cohort: Cohort, scoring: Scoring) -> tuple[list[Row], list[CaseFailure]]:
        """Score the masks, and the lesions that were found, case by case and over the cohort."""
        from braintumornet.scoring.masks_of_cohort import score_masks

        return score_masks(asked, cohort, scoring)

    def measure(self, answer: RegionMap, target: np.ndarray, present: np.ndarray) -> dict[str, float]:
        """Return the Dice of each region that the case's mask tells."""
        parts = {region: self.parts_of(region) for region in self.regions}
        return {
            f"{region}/dice": dice(np.asarray(target[parts[region]].any(axis=0)), mask)
            for region, mask in zip(answer.regions, answer.masks, strict=True)
            if present[parts[region]].all()
        }

    def _decision_scores(self, maps: Tensor, dim: int) -> Tensor:
        from braintumornet.tasks.exclusive_classes import decision_scores

        return decision_scores(maps, [self.parts_of(region) for region in self.regions], dim)
