"""What a configuration says about data."""

from pathlib import Path
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from braintumornet.core.component import Settings

Fraction = float


class SplitSettings(Settings):
    """Shares of the patients for training, validation and test, where the cohort has no `split` column."""

    train: Fraction = Field(0.7, gt=0, le=1)
    val: Fraction = Field(0.15, ge=0, lt=1)
    test: Fraction = Field(0.15, ge=0, lt=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "SplitSettings":
        if abs(self.train + self.val + self.test - 1) > 1e-6:
            msg = f"train, val and test must sum to 1, found {self.train + self.val + self.test:g}"
            raise ValueError(msg)
        return self


class AugmentSettings(Settings):
    """How patches are varied; the defaults change nothing.

    Args:
        flip: probability of mirroring along each axis (left-right, posterior-anterior, inferior-superior).
        turn: probability of rotating and scaling a patch.
        rotation_degrees: largest angle around each axis.
        scale: smallest and largest magnification.
        shift_sd: standard deviation of what is added to a sequence's intensities, in units of the brain's SD.
        gain_sd: standard deviation of the logarithm of what they are multiplied by.
        gamma_sd: standard deviation of the logarithm of the exponent of their gamma curve.
        drift_sd: standard deviation of a linear drift, as of a bias field, from a patch's centre to its face.
        noise_sd: largest standard deviation of added Gaussian noise.
        blur_voxels: largest standard deviation of a Gaussian blur, which half of the patches get.
    """

    flip: tuple[Fraction, Fraction, Fraction] = (0.0, 0.0, 0.0)
    turn: Fraction = Field(0.0, ge=0, le=1)
    rotation_degrees: float = Field(0.0, ge=0, le=180)
    scale: tuple[PositiveFloat, PositiveFloat] = (1.0, 1.0)
    shift_sd: float = Field(0.0, ge=0)
    gain_sd: float = Field(0.0, ge=0)
    gamma_sd: float = Field(0.0, ge=0)
    drift_sd: float = Field(0.0, ge=0)
    noise_sd: float = Field(0.0, ge=0)
    blur_voxels: float = Field(0.0, ge=0)


class DataSettings(Settings):
    """How cases become batches.

    Args:
        patch: voxels along right-left, posterior-anterior, inferior-superior.
        batch_size: patches per step.
        centres: `uniform` puts a patch anywhere in the brain's box; `foreground` centres every second one on a labelled
            voxel; `classes` centres it on a voxel of a class drawn with equal chance from those that the case has,
            healthy brain being one.
        spacing_mm: images are resampled to this spacing; default as they are.
        split: shares where the cohort has no `split` column; default: all cases train.
        augment: how patches are varied.
        workers: processes that prepare batches beside the training.
        store: folder of the cases that were read once; default `store` beside the run, which all runs there share.
        memory_gib: how much of the training cases stays in memory; patches of the others are read from the store.
    """

    patch: tuple[PositiveInt, PositiveInt, PositiveInt] = (64, 64, 64)
    batch_size: PositiveInt = 2
    centres: Literal["uniform", "foreground", "classes"] = "classes"
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] | None = None
    split: SplitSettings | None = None
    augment: AugmentSettings = AugmentSettings()
    workers: int = Field(0, ge=0)
    store: Path | None = None
    memory_gib: float = Field(4.0, ge=0)
