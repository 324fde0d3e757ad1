"""What a configuration says about data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, model_validator

from braintumornet.core.plugin import Settings
from braintumornet.core.text.errors import require
from braintumornet.core.workers.processes import MOST_PROCESSES

Fraction = float
_Axis = Annotated[int, Field(gt=0, le=4096)]
Voxels = tuple[_Axis, _Axis, _Axis]


class SplitSettings(Settings):
    """Shares of the patients for training, validation and test, where the cohort has no `split` column."""

    train: Fraction = Field(0.7, gt=0, le=1)
    val: Fraction = Field(0.15, ge=0, lt=1)
    test: Fraction = Field(0.15, ge=0, lt=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "SplitSettings":
        require(
            abs(self.train + self.val + self.test - 1) <= 1e-6,
            f"train, val and test must sum to 1, found {self.train + self.val + self.test:g}",
            ValueError,
        )
        return self


class CohortSplit(SplitSettings):
    """The shares, and what every side should have its part of.

    Args:
        stratify: columns of the cohort table, such as `[genotype]`, whose mix every side should have beside that of
            `cohort` and `pathology`. What is learned has no say in it, so that networks with other tasks, trained with
            the same seed, are tested on the same patients.
    """

    stratify: tuple[str, ...] = ()


class SamplingSettings(Settings):
    """How often each case is sampled; `sampling: uniform` is short for `sampling: {kind: uniform}`.

    Args:
        kind: `proportional` to the number of cases, so that each comes equally often; `uniform` gives every group the
            same share, `sqrt` one proportional to the root of its number of cases, `quota` the share named.
        by: column of the cohort table that makes the groups.
        shares: of each group, for `quota`.
    """

    kind: Literal["proportional", "uniform", "sqrt", "quota"] = "proportional"
    by: str = "cohort"
    shares: Mapping[str, Annotated[float, Field(ge=0.001)]] = {}

    @model_validator(mode="after")
    def _shares_are_a_quota(self) -> "SamplingSettings":
        quota, total = self.kind == "quota", sum(self.shares.values())
        require(self.shares or not quota, "kind: quota needs shares, such as {hgg: 0.5, mets: 0.5}", ValueError)
        require(quota or not self.shares, "shares belong to kind: quota", ValueError)
        require(not self.shares or abs(total - 1) <= 1e-6, f"shares must sum to 1, found {total:g}", ValueError)
        return self


def _from_kind(sampling: Any) -> Any:
    return {"kind": sampling} if isinstance(sampling, str) else sampling


class ProbabilitySettings(Settings):
    """Probability that a patch gets each augmentation whose strength is not zero.

    Args:
        elastic: of the deformation whose strength is `elastic_mm`.
        blur: of `blur_voxels`.
        low_resolution, thick_slices: of the augmentations of that name.
        gamma, contrast, gain, shift, linear_bias, bias_field, noise: of that whose strength is the key ending in `_sd`.
        sequence_dropout: that sequences are removed from it at all; all others keep every sequence that the case has.
    """

    elastic: Fraction = Field(1.0, ge=0, le=1)
    blur: Fraction = Field(0.5, ge=0, le=1)
    low_resolution: Fraction = Field(1.0, ge=0, le=1)
    thick_slices: Fraction = Field(1.0, ge=0, le=1)
    gamma: Fraction = Field(1.0, ge=0, le=1)
    contrast: Fraction = Field(1.0, ge=0, le=1)
    gain: Fraction = Field(1.0, ge=0, le=1)
    shift: Fraction = Field(1.0, ge=0, le=1)
    linear_bias: Fraction = Field(1.0, ge=0, le=1)
    bias_field: Fraction = Field(1.0, ge=0, le=1)
    noise: Fraction = Field(1.0, ge=0, le=1)
    sequence_dropout: Fraction = Field(1.0, ge=0, le=1)


class AugmentSettings(Settings):
    """How patches are augmented; the defaults change nothing.

    Args:
        flip: probability of mirroring along each axis (left-right, posterior-anterior, inferior-superior).
        affine: probability of rotating, scaling and shearing a patch.
        rotation_degrees: largest angle around each axis.
        scale: smallest and largest magnification.
        anisotropic_scale: largest relative change of the magnification of each axis by itself.
        shear: largest shift of a plane per distance between planes, for each pair of axes.
        elastic_mm: standard deviation of the displacement of the control points of a smooth deformation.
        elastic_spacing_mm: about how far these control points are apart.
        blur_voxels: largest standard deviation of a Gaussian blur.
        low_resolution: largest voxel edge, in voxels, that a coarser image is imitated of.
        thick_slices: largest slice thickness, in voxels, along one axis, that thick slices are imitated of.
        gamma_sd: standard deviation of the logarithm of the exponent of a sequence's gamma curve.
        contrast_sd: standard deviation of the logarithm of what a sequence's intensities are stretched by around their
            mean in the patch.
        gain_sd: standard deviation of the logarithm of what they are multiplied by.
        shift_sd: standard deviation of what is added to them, in units of the brain's SD.
        linear_bias_sd: standard deviation of a linear bias from a patch's centre to its face, in the same units.
        bias_field_sd: standard deviation of a smooth bias field, in the same units, as coil sensitivities leave it.
        noise_sd: largest standard deviation of added Gaussian noise.
        sequence_dropout: probability of removing each sequence of a patch that is to lose some; one that the case has
            always stays.
        probability: of each of the augmentations.
    """

    flip: tuple[Fraction, Fraction, Fraction] = (0.0, 0.0, 0.0)
    affine: Fraction = Field(0.0, ge=0, le=1)
    rotation_degrees: float = Field(0.0, ge=0, le=180)
    scale: tuple[PositiveFloat, PositiveFloat] = (1.0, 1.0)
    anisotropic_scale: float = Field(0.0, ge=0, lt=1)
    shear: float = Field(0.0, ge=0, lt=1)
    elastic_mm: float = Field(0.0, ge=0)
    elastic_spacing_mm: PositiveFloat = 32.0
    blur_voxels: float = Field(0.0, ge=0)
    low_resolution: float = Field(1.0, ge=1)
    thick_slices: float = Field(1.0, ge=1)
    gamma_sd: float = Field(0.0, ge=0)
    contrast_sd: float = Field(0.0, ge=0)
    gain_sd: float = Field(0.0, ge=0)
    shift_sd: float = Field(0.0, ge=0)
    linear_bias_sd: float = Field(0.0, ge=0)
    bias_field_sd: float = Field(0.0, ge=0)
    noise_sd: float = Field(0.0, ge=0)
    sequence_dropout: Fraction = Field(0.0, ge=0, le=1)
    probability: ProbabilitySettings = ProbabilitySettings()


class DataSettings(Settings):
    """How cases become batches.

    Args:
        patch: voxels along right-left, posterior-anterior, inferior-superior.
        batch_size: patches per step.
        sampling: how often each case is sampled.
        centres: `uniform` puts a patch anywhere in the brain's box; `foreground` centres every second one on a labelled
            voxel; `classes` centres it on a voxel of a class chosen with equal probability from those that the case
            has, healthy brain being one.
        spacing_mm: images are resampled to this spacing; default as they are.
        split: shares where the cohort has no `split` column; default: all cases train.
        augment: how patches are augmented.
        workers: processes that prepare batches beside the training.
        store: folder of the cases that were read once; default `store` beside the run, which all runs there share.
        memory_gib: how much of the training cases stays in memory; patches of the others are read from the store.
    """

    patch: Voxels = (64, 64, 64)
    batch_size: int = Field(2, gt=0, le=65536)
    sampling: Annotated[SamplingSettings, BeforeValidator(_from_kind)] = SamplingSettings()
    centres: Literal["uniform", "foreground", "classes"] = "classes"
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None
    split: CohortSplit | None = None
    augment: AugmentSettings = AugmentSettings()
    workers: int = Field(0, ge=0, le=MOST_PROCESSES)
    store: Path | None = None
    memory_gib: float = Field(4.0, ge=0)
