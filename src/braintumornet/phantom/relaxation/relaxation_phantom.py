"""One phantom of generator 3."""

import numpy as np

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.anatomy import make_brain
from braintumornet.phantom.contrasts import paint
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, draw_head
from braintumornet.phantom.limbic_cortex import draw_limbic_cortex
from braintumornet.phantom.phantom_case import Anatomy, PhantomExamination, Streams, centred_space, draw_records
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.relaxation.fractal_noise import fractal_noise
from braintumornet.phantom.relaxation.other_tumours import draw_fractal_tumours, grow_fractal_tumour
from braintumornet.phantom.relaxation.relaxation_levels import draw_relaxation_levels
from braintumornet.phantom.scanner import Acquisition, between_slices, blurred
from braintumornet.phantom.tumour_mimics import draw_lookalikes
from braintumornet.phantom.tumours.tumour import push_aside
from braintumornet.phantom.tumours.tumour_kinds import join_growths

_GREY_LEVELS = 350.0  # of white matter on T1


def make_relaxation_phantom(seed: int, settings: PhantomSettings | None = None, index: int = 0) -> PhantomExamination:
    """Make the phantom of generator 3 that a seed, an index and settings stand for.

    Args:
        seed: of the cohort.
        settings: default as `PhantomSettings`; the genotype shows in nothing.
        index: of the case in the cohort.

    Example:
        >>> small = PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))
        >>> make_relaxation_phantom(7, small).images["t1n"].shape
        (32, 32, 32)
    """
    settings = settings or PhantomSettings()
    streams = Streams.of(seed, index)
    records = draw_records(streams.records, settings)
    space = centred_space(settings)
    head = draw_head(streams.head, space, records.age_years, BRAIN_SIZE_MM)
    tumours = draw_fractal_tumours(streams.look, records.kind)
    inner = push_aside(head, [tumour.lesion for tumour in tumours])
    brain = make_brain(streams.head, head, inner, records.age_years)
    lookalikes = draw_limbic_cortex(streams.lookalikes, inner, brain)
    lookalikes += draw_lookalikes(streams.lookalikes, head, inner, brain, records.age_years)
    growths = [grow_fractal_tumour(streams.tumour, tumour, head, brain) for tumour in tumours]
    layers, labels = join_growths(growths, brain.mask.shape)
    anatomy = Anatomy(head, (*brain.layers, *lookalikes, *layers), labels, brain.mask, brain.depth)
    return PhantomExamination(_scan(streams, anatomy), labels, brain.mask, space, records)


def _scan(streams: Streams, anatomy: Anatomy) -> dict[str, np.ndarray]:
    """Image a head in all sequences: Gaussian noise, and a bias field that is a polynomial."""
    levels, rng, mask = draw_relaxation_levels(streams.levels), streams.scanner, anatomy.brainmask
    images = {}
    for sequence in SEQUENCES:
        taken = _draw_acquisition(rng)
        image = paint(anatomy.layers, levels, sequence, mask.shape)
        image *= 1 + np.float32(taken.grain) * fractal_noise(rng, anatomy.head.axes, 9)
        image = between_slices(blurred(image, anatomy.head.axes, taken), anatomy.head.axes, taken)
        image *= _polynomial_bias(rng, anatomy.head.axes, taken.bias)
        image += np.float32(taken.noise) * rng.standard_normal(image.shape, dtype=np.float32)
        images[sequence] = np.zeros(mask.shape, np.int16)
        images[sequence][mask] = np.clip(np.rint(np.float32(taken.gain) * image[mask]), 1, 32767).astype(np.int16)
    return images


def _draw_acquisition(rng: np.random.Generator) -> Acquisition:
    thick, slice_mm = rng.uniform() < 0.4, float(rng.uniform(3, 6))
    return Acquisition(
        gain=_GREY_LEVELS * float(np.exp(rng.normal(0, 0.4))),
        noise=float(rng.uniform(0.01, 0.05)),
        blur_mm=float(rng.uniform(0.4, 1.0)),
        slice_mm=slice_mm if thick else 0.0,
        slice_axis=int(rng.choice(3, p=[0.1, 0.1, 0.8])),
        bias=float(rng.uniform(0.02, 0.2)),
        grain=float(rng.uniform(0, 0.05)),
    )


def _polynomial_bias(rng: np.random.Generator, axes: tuple[np.ndarray, ...], strength: float) -> np.ndarray:
    """Draw a bias field (D, H, W) of second degree in the coordinates, about 1."""
    x, y, z = (np.linspace(-1, 1, axis.size, dtype=np.float32).reshape([-1 if a == i else 1 for a in range(3)])
               for i, axis in enumerate(axes))  # fmt: skip
    weights = rng.normal(0, strength, 9).astype(np.float32)
    terms = (x, y, z, x * x, y * y, z * z, x * y, y * z, x * z)
    field: np.ndarray = np.exp(sum(weight * term for weight, term in zip(weights, terms, strict=True)))
    return field
