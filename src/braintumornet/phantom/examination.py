"""One phantom: a head with a tumour or without, its labels, and what the records say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from braintumornet.core.errors import UsageError
from braintumornet.core.names import suggest
from braintumornet.core.space import Space
from braintumornet.phantom.anatomy import draw_position, make_brain
from braintumornet.phantom.contrasts import SITES, scan
from braintumornet.phantom.settings import GENOTYPES, PhantomSettings
from braintumornet.phantom.tumours import draw_look, grow_tumour, push_aside


@dataclass(frozen=True)
class Records:
    """What is known of a phantom apart from its images.

    Args:
        genotype: of the tumour; None in a healthy head.
        genotype_is_known: whether somebody tested it.
        age_years: at the examination.
        sex: `F` or `M`.
        site: the hospital.
    """

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


def make_phantom(
    seed: int, settings: PhantomSettings | None = None, index: int = 0, genotype: str | None = None
) -> PhantomExamination:
    """Make the phantom that a seed, an index and settings stand for.

    The records have a random stream of their own, so a genotype that leaves no signal leaves no trace.

    Args:
        seed: of the cohort.
        settings: default as `PhantomSettings`.
        index: of the case in the cohort.
        genotype: of the tumour, if there is one; default drawn from the settings' mix.

    Raises:
        UsageError: the genotype is not known.

    Example:
        >>> make_phantom(7, PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))).images["t1n"].shape
        (32, 32, 32)
    """
    settings = settings or PhantomSettings()
    if genotype is not None and genotype not in GENOTYPES:
        msg = f"genotype {genotype!r} is not known; {suggest(genotype, GENOTYPES)}"
        raise UsageError(msg)
    for_records, for_head, for_tumour, for_scanner = np.random.default_rng([seed, index]).spawn(4)
    records = _draw_records(for_records, settings, genotype)
    position = draw_position(for_head, settings.shape)
    if records.genotype is None:
        brain = make_brain(for_head, position, position, records.age_years)
        labels, tissues = np.zeros(settings.shape, np.uint8), brain.tissues
    else:
        look = draw_look(for_tumour, records.genotype, settings.genotype_signal)
        brain = make_brain(for_head, position, push_aside(position, look), records.age_years)
        tumour = grow_tumour(for_tumour, look, position, brain)
        labels, tissues = tumour.labels, tumour.tissues
    images = scan(for_scanner, tissues, brain.mask, records.site)
    return PhantomExamination(images, labels, brain.mask, centred_space(settings), records)


def centred_space(settings: PhantomSettings) -> Space:
    """Return the grid of a phantom, in RAS orientation with its centre at 0 mm."""
    affine = np.diag([*settings.spacing_mm, 1.0])
    affine[:3, 3] = -(np.asarray(settings.shape) - 1) / 2 * np.asarray(settings.spacing_mm)
    return Space(settings.shape, affine)


def _draw_records(rng: np.random.Generator, settings: PhantomSettings, genotype: str | None) -> Records:
    healthy = rng.uniform() < settings.healthy_fraction
    drawn = GENOTYPES[rng.choice(len(GENOTYPES), p=settings.genotype_mix.shares())]
    known = rng.uniform() >= settings.unlabelled_genotype_fraction
    return Records(
        genotype=None if healthy else genotype or drawn,
        genotype_is_known=bool(known and not healthy),
        age_years=round(float(rng.uniform(1, 18)), 1),
        sex=str(rng.choice(["F", "M"])),
        site=str(rng.choice(list(SITES))),
    )
