"""What a phantom cohort is like."""

from pydantic import Field, PositiveFloat, model_validator

from braintumornet.core.component import Settings

Fraction = float
Axis = int

SMALLEST_AXIS_VOXELS = 24  # below it a small tumour has no room for three tissues
GENOTYPES = ("fusion", "v600e", "other")


class GenotypeMix(Settings):
    """How often each genotype occurs among the tumours; the default is that of the pLGG cohort."""

    fusion: Fraction = Field(0.45, ge=0, le=1)
    v600e: Fraction = Field(0.21, ge=0, le=1)
    other: Fraction = Field(0.34, ge=0, le=1)

    @model_validator(mode="after")
    def _sum_to_one(self) -> "GenotypeMix":
        if abs(sum(self.shares()) - 1) > 1e-6:
            msg = f"fusion, v600e and other must sum to 1, found {sum(self.shares()):g}"
            raise ValueError(msg)
        return self

    def shares(self) -> tuple[float, ...]:
        """Return the shares in the order of `GENOTYPES`."""
        return tuple(float(getattr(self, genotype)) for genotype in GENOTYPES)


class PhantomSettings(Settings):
    """Settings of a phantom cohort.

    Args:
        shape: voxels along right-left, posterior-anterior, inferior-superior; the head fills them.
        spacing_mm: distance between voxel centres along the same axes.
        genotype_signal: how much the genotype shapes the tumour; 0 not at all, 1 so that 60 cases teach it.
        healthy_fraction: chance of a head without a tumour, whose mask is empty.
        unlabelled_genotype_fraction: chance that nobody tested a tumour's genotype.
        genotype_mix: how often each genotype occurs.

    Example:
        >>> PhantomSettings(shape=(40, 48, 32), spacing_mm=(3, 3, 5)).genotype_mix.fusion
        0.45
    """

    shape: tuple[Axis, Axis, Axis] = (64, 64, 64)
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = (2.5, 2.5, 2.5)
    genotype_signal: float = Field(1.0, ge=0, le=1)
    healthy_fraction: Fraction = Field(0.0, ge=0, le=1)
    unlabelled_genotype_fraction: Fraction = Field(0.0, ge=0, le=1)
    genotype_mix: GenotypeMix = GenotypeMix()

    @model_validator(mode="after")
    def _large_enough(self) -> "PhantomSettings":
        if min(self.shape) < SMALLEST_AXIS_VOXELS:
            found = " x ".join(map(str, self.shape))
            msg = f"shape must be at least {SMALLEST_AXIS_VOXELS} voxels along each axis, found {found}"
            raise ValueError(msg)
        return self
