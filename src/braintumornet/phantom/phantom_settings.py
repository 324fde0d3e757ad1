"""What a phantom cohort is like."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from braintumornet.core.cohort.cohort_table import NOT_KNOWN_OF_OWN
from braintumornet.core.plugin import Settings
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import suggest

Fraction = float
Axis = int

GENERATOR_VERSION = 1
"""The generator of phantoms where none is named; a number stands for one way from a seed to images for good."""

UNNAMED_GENERATOR = 1
"""The version of phantoms whose study names none, because it was begun before versions were named."""

SMALLEST_AXIS_VOXELS = 24  # below it a small tumour has no room for three tissues
GENOTYPES = ("fusion", "v600e", "other")
KINDS = ("hgg", "mets", "plgg", "healthy", "lgg")


class Shares(Settings):
    """Shares that sum to 1, one per key."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> "Shares":
        if abs(sum(self.shares()) - 1) > 1e-6:
            *first, last = type(self).model_fields
            msg = f"{', '.join(first)} and {last} must sum to 1, found {sum(self.shares()):g}"
            raise ValueError(msg)
        return self

    def shares(self) -> tuple[float, ...]:
        """Return the shares in the order of the keys."""
        return tuple(float(getattr(self, key)) for key in type(self).model_fields)


class GenotypeMix(Shares):
    """How often each genotype occurs among paediatric low-grade gliomas.

    The default is that of the 162 participants behind `lowgrade.LOCATION_COUNTS`.
    """

    fusion: Fraction = Field(0.574, ge=0, le=1)
    v600e: Fraction = Field(0.136, ge=0, le=1)
    other: Fraction = Field(0.290, ge=0, le=1)


class Mix(Shares):
    """How often each kind of head occurs.

    Args:
        hgg: with a glioblastoma-like tumour.
        mets: with brain metastases.
        plgg: of a child with a low-grade glioma, whose genotype is known or not.
        healthy: without a tumour; its mask is empty.
        lgg: with a diffuse glioma of an adult that hardly enhances; generators 2 and 3 have them.
    """

    hgg: Fraction = Field(0.0, ge=0, le=1)
    mets: Fraction = Field(0.0, ge=0, le=1)
    plgg: Fraction = Field(0.0, ge=0, le=1)
    healthy: Fraction = Field(0.0, ge=0, le=1)
    lgg: Fraction = Field(0.0, ge=0, le=1)

    @model_serializer(mode="wrap")
    def _as_before_there_was_lgg(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Omit what was not there yet, so that studies that were begun before go on."""
        return {key: share for key, share in write(self).items() if key != "lgg" or share}


class PhantomSettings(Settings):
    """Settings of a phantom cohort.

    Args:
        shape: voxels along right-left, posterior-anterior, inferior-superior.
        spacing_mm: distance between voxel centres along the same axes. A field of view too small for a head (150 x
            182 x 150 mm) gets a head scaled down to fit.
        mix: how often each kind of head occurs; default low-grade gliomas only.
        genotype_signal: how much the genotype shapes a low-grade glioma and its place; 0 not at all; 1 places as they
            were counted, and looks that overlap; up to 4 the same places and looks that overlap ever less.
        unlabelled_genotype_fraction: chance that nobody tested its genotype.
        genotype_mix: how often each genotype occurs.

    Example:
        >>> PhantomSettings(shape=(40, 48, 32), spacing_mm=(3, 3, 5)).genotype_mix.fusion
        0.574
    """

    shape: tuple[Axis, Axis, Axis] = (64, 72, 64)
    spacing_mm: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = (2.5, 2.5, 2.5)
    mix: Mix = Mix(plgg=1)
    genotype_signal: float = Field(1.0, ge=0, le=4)
    unlabelled_genotype_fraction: Fraction = Field(0.0, ge=0, le=1)
    genotype_mix: GenotypeMix = GenotypeMix()

    @model_validator(mode="after")
    def _large_enough(self) -> "PhantomSettings":
        if min(self.shape) < SMALLEST_AXIS_VOXELS:
            found = " x ".join(map(str, self.shape))
            msg = f"shape must be at least {SMALLEST_AXIS_VOXELS} voxels along each axis, found {found}"
            raise ValueError(msg)
        return self


class PhantomSet(Settings):
    """A fixed number of phantoms.

    Args:
        cases: how many.
        seed: of the cohort.
        head: what they are like.
        generator: number of the generator that makes them.
    """

    cases: PositiveInt
    seed: int = Field(0, ge=0)
    head: PhantomSettings = PhantomSettings()
    generator: PositiveInt = GENERATOR_VERSION


class PhantomCohort(PhantomSet):
    """Phantoms that a study makes for itself, so that it needs no data.

    Args:
        external: a fixed cohort that every network predicts, and none learns from.
        side: the set of a split that they are, where each replicate has phantoms of its own.
        foreign_masks: each head has the mask of the next one, from which nothing can be learned: a negative control.
    """

    external: bool = False
    side: Literal["train", "val", "test"] | None = None
    foreign_masks: bool = False


class FreshPhantoms(Settings):
    """Phantoms that a training makes for itself: every head is new, and is forgotten after some patches.

    Args:
        generator: number of the generator whose heads teach.
        seed: of the heads; beside it, each has its number in the order in which they come.
        head: what they are like; their voxels must be those of `data.spacing_mm`.
        patches: of each head; a batch takes them from different ones.
        written: of these heads are written beside the run, so that it can be told what the images were like.
        validation: phantoms to validate on, best of a generator that teaches nothing: what one generator has too
            little of, its own heads cannot show.
        pathology: kind of head -> what the column pathology says of it; default the kind itself, blank for a healthy
            one.
    """

    generator: PositiveInt = 2
    seed: int = Field(0, ge=0)
    head: PhantomSettings
    patches: PositiveInt = 6
    written: PositiveInt = 32
    validation: PhantomSet | None = None
    pathology: Mapping[Literal["hgg", "mets", "plgg", "healthy", "lgg"], str] = {}

    @field_validator("pathology")
    @classmethod
    def _can_be_told(cls, pathology: Mapping[Any, str]) -> Mapping[Any, str]:
        for kind, name in pathology.items():
            require(
                name.strip() and name.casefold() not in NOT_KNOWN_OF_OWN,
                f"the pathology of {kind}, {name!r}, says in a table that none is known; choose another word",
                ValueError,
            )
        return pathology


def parse_mix(text: str) -> Mix:
    """Read a mix as it is written on the command line.

    Raises:
        UsageError: a kind that nobody knows, a share that is no number from 0 to 1, or shares that do not sum to 1.

    Example:
        >>> parse_mix("hgg=0.75,healthy=0.25").shares()
        (0.75, 0.0, 0.0, 0.25, 0.0)
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        kind, _, share = (word.strip() for word in part.partition("="))
        if kind not in KINDS:
            msg = f"mix {text!r} names the kind {kind!r}; {suggest(kind, KINDS)}"
            raise UsageError(msg)
        if kind in shares:
            msg = f"mix {text!r} names {kind} twice; give each kind one share"
            raise UsageError(msg)
        try:
            shares[kind] = float(share)
        except ValueError:
            msg = f"mix {text!r} gives {kind} the share {share!r}; expected a number, such as hgg=0.6,mets=0.4"
            raise UsageError(msg) from None
    if not (abs(sum(shares.values()) - 1) < 1e-6 and min(shares.values()) >= 0):  # so that NaN is refused too
        msg = f"mix {text!r} sums to {sum(shares.values()):g}; expected shares from 0 to 1 that sum to 1"
        raise UsageError(msg)
    return Mix(**shares)
