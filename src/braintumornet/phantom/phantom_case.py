"""One phantom: a head with a tumour or without, its labels, and what the records say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import UsageError
from braintumornet.core.text.names import SEQUENCES, suggest
from braintumornet.phantom.anatomy import make_brain
from braintumornet.phantom.contrasts import draw_levels, paint
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, Head, draw_head
from braintumornet.phantom.phantom_settings import GENOTYPES, KINDS, PhantomSettings
from braintumornet.phantom.scanner import (
    SITES,
    between_slices,
    bias_field,
    blurred,
    digitised,
    draw_acquisition,
    draw_coverage,
)
from braintumornet.phantom.smooth_noise import smooth_noise
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumour_mimics import draw_lookalikes
from braintumornet.phantom.tumours.tumour import CORE, ENHANCING, push_aside
from braintumornet.phantom.tumours.tumour_kinds import draw_tumours, grow_tumours

_AGES_YEARS = {"hgg": (35, 80), "mets": (35, 80), "plgg": (1, 18), "healthy": (4, 80), "lgg": (20, 70)}


@dataclass(frozen=True)
class Records:
    """What is known of a phantom apart from its images.

    Args:
        kind: `hgg`, `mets`, `plgg`, `healthy` or `lgg`.
        genotype: of a low-grade glioma; None in any other head.
        genotype_is_known: whether somebody tested it.
        age_years: at the examination.
        sex: `F` or `M`.
        site: the hospital.
    """

    kind: str
    genotype: str | None
    genotype_is_known: bool
    age_years: float
    sex: str
    site: str


@dataclass(frozen=True, eq=False)
class PhantomExamination:
    """A labelled four-sequence examination of a head that never was.

    Args:
        images: sequence name -> int16 array (D, H, W), 0 outside the brain.
        labels: uint8 array (D, H, W) in coding brats2023; all 0 in a healthy head.
        brainmask: boolean array (D, H, W).
        space: the grid of all of them.
        records: what else is known.
    """

    images: Mapping[str, np.ndarray]
    labels: np.ndarray
    brainmask: np.ndarray
    space: Space
    records: Records


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A head before any scanner has seen it.

    Args:
        head: where the voxels lie.
        layers: all tissues, to be painted in this order over white matter.
        labels: uint8 array (D, H, W) in coding brats2023.
        brainmask: boolean array (D, H, W).
        depth: how deep each voxel lies under the brain's surface, in mm (D, H, W).
    """

    head: Head
    layers: tuple[Layer, ...]
    labels: np.ndarray
    brainmask: np.ndarray
    depth: np.ndarray


@dataclass(frozen=True)
class Streams:
    """The random streams of one phantom; what one part takes does not change the others.

    The records have a stream of their own, so a genotype that leaves no signal leaves no trace.
    """

    records: np.random.Generator
    head: np.random.Generator
    look: np.random.Generator
    tumour: np.random.Generator
    lookalikes: np.random.Generator
    levels: np.random.Generator
    scanner: np.random.Generator
    shell: np.random.Generator
    coverage: np.random.Generator

    @classmethod
    def of(cls, seed: int, index: int) -> "Streams":
        """Return the streams of a case."""
        return cls(*np.random.default_rng([seed, index]).spawn(9))


def make_phantom(
    seed: int, settings: PhantomSettings | None = None, index: int = 0, genotype: str | None = None
) -> PhantomExamination:
    """Make the phantom that a seed, an index and settings stand for.

    Args:
        seed: of the cohort.
        settings: default as `PhantomSettings`.
        index: of the case in the cohort.
        genotype: of a low-grade glioma, if there is one; default drawn from the settings' mix.

    Raises:
        UsageError: the genotype is not known.

    Example:
        >>> make_phantom(7, PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))).images["t1n"].shape
        (32, 32, 32)
    """
    settings = settings or PhantomSettings()
    streams = Streams.of(seed, index)
    records = draw_records(streams.records, settings, genotype)
    space = centred_space(settings)
    anatomy = make_anatomy(streams, settings, records, space, BRAIN_SIZE_MM)
    covered = draw_coverage(streams.coverage, anatomy.brainmask, np.isin(anatomy.labels, (CORE, ENHANCING)))
    mask = anatomy.brainmask & covered
    images = _scan(streams, anatomy, mask, records.site)
    return PhantomExamination(images, anatomy.labels * covered, mask, space, records)


def make_anatomy(
    streams: Streams, settings: PhantomSettings, records: Records, space: Space, needed_mm: tuple[float, float, float]
) -> Anatomy:
    """Make the head of a case on a grid.

    Args:
        streams: of the case.
        settings: of the cohort.
        records: of the case.
        space: the grid, axes along those of the patient, its centre at 0 mm.
        needed_mm: field of view that the head needs.
    """
    head = draw_head(streams.head, space, records.age_years, needed_mm)
    tumours = draw_tumours(streams.look, records.kind, records.genotype, settings.genotype_signal)
    inner = push_aside(head, [tumour.lesion for tumour in tumours])
    brain = make_brain(streams.head, head, inner, records.age_years)
    lookalikes = draw_lookalikes(streams.lookalikes, head, inner, brain, records.age_years)
    layers, labels = grow_tumours(streams.tumour, tumours, head, brain)
    return Anatomy(head, (*brain.layers, *lookalikes, *layers), labels, brain.mask, brain.depth)


def centred_space(settings: PhantomSettings) -> Space:
    """Return the grid of a phantom, in RAS orientation with its centre at 0 mm."""
    affine = np.diag([*settings.spacing_mm, 1.0])
    affine[:3, 3] = -(np.asarray(settings.shape) - 1) / 2 * np.asarray(settings.spacing_mm)
    return Space(settings.shape, affine)


def draw_records(rng: np.random.Generator, settings: PhantomSettings, genotype: str | None = None) -> Records:
    """Draw what is known of a case.

    Raises:
        UsageError: the genotype is not known.
    """
    if genotype is not None and genotype not in GENOTYPES:
        msg = f"genotype {genotype!r} is not known; {suggest(genotype, GENOTYPES)}"
        raise UsageError(msg)
    kind = KINDS[rng.choice(len(KINDS), p=settings.mix.shares())]
    drawn = GENOTYPES[rng.choice(len(GENOTYPES), p=settings.genotype_mix.shares())]
    known = rng.uniform() >= settings.unlabelled_genotype_fraction
    youngest, oldest = _AGES_YEARS[kind]
    return Records(
        kind=kind,
        genotype=(genotype or drawn) if kind == "plgg" else None,
        genotype_is_known=bool(known and kind == "plgg"),
        age_years=round(float(rng.uniform(youngest, oldest)), 1),
        sex=str(rng.choice(["F", "M"])),
        site=str(rng.choice(list(SITES))),
    )


def _scan(streams: Streams, anatomy: Anatomy, mask: np.ndarray, site: str) -> dict[str, np.ndarray]:
    """Image a head in all sequences, co-registered and skull-stripped: int16, at least 1 in the brain, 0 outside."""
    levels = draw_levels(streams.levels)
    axes = anatomy.head.axes
    rng = streams.scanner
    grain = smooth_noise(rng, axes, 5)
    images = {}
    for sequence in SEQUENCES:
        taken = draw_acquisition(rng, site)
        image = paint(anatomy.layers, levels, sequence, mask.shape)
        image *= 1 + np.float32(taken.grain) * grain
        image = between_slices(blurred(image, axes, taken), axes, taken) * bias_field(rng, axes, taken)
        images[sequence] = np.zeros(mask.shape, np.int16)
        images[sequence][mask] = digitised(rng, image[mask], taken)
    return images
