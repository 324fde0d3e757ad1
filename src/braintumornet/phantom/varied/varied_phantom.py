"""One phantom of generator 2."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.anatomy import Brain, make_brain
from braintumornet.phantom.contrasts import draw_levels, paint
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, Head, draw_head
from braintumornet.phantom.limbic_cortex import draw_limbic_cortex
from braintumornet.phantom.phantom_case import (
    Anatomy,
    PhantomExamination,
    Records,
    Streams,
    centred_space,
    draw_records,
)
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.scanner import draw_acquisition, draw_coverage
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumour_mimics import draw_lookalikes
from braintumornet.phantom.tumours.tumour import CORE, ENHANCING, Growth, push_aside
from braintumornet.phantom.tumours.tumour_kinds import Tumour, draw_tumours, grow_tumour, join_growths
from braintumornet.phantom.varied.adult_gliomas import (
    DiffuseGlioma,
    draw_diffuse_glioma,
    draw_glioblastomas,
    grow_diffuse_glioma,
)
from braintumornet.phantom.varied.ingredients import Ingredients
from braintumornet.phantom.varied.label_borders import vary_borders
from braintumornet.phantom.varied.posterior_fossa import draw_brightness, draw_even_cerebellum, draw_venous_sinuses
from braintumornet.phantom.varied.resection_cavity import draw_cavity
from braintumornet.phantom.varied.uneven_levels import draw_patterns, draw_uneven_levels, paint_uneven
from braintumornet.phantom.varied.varied_scan import (
    Stripping,
    draw_falloff,
    draw_gamma,
    draw_shift,
    draw_stripping,
    draw_varied_acquisition,
    is_apart,
    scan,
)

_FADING = (1.0, 3.0)
_SULCAL_WIDTHS = (0.2, 1.0)  # BraTS brains show a third of the fluid that generator 1 has
_CAVITY_SHARE = 0.08  # of glioblastomas
AnyTumour = Tumour | DiffuseGlioma


def make_varied_phantom(
    seed: int, settings: PhantomSettings | None = None, index: int = 0, ingredients: Ingredients | None = None
) -> PhantomExamination:
    """Make the phantom of generator 2 that a seed, an index and settings stand for.

    Args:
        seed: of the cohort.
        settings: default as `PhantomSettings`.
        index: of the case in the cohort.
        ingredients: what varies; default all.

    Example:
        >>> make_varied_phantom(7, PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))).images["t1n"].shape
        (32, 32, 32)
    """
    settings, ingredients = settings or PhantomSettings(), ingredients or Ingredients()
    streams = Streams.of(seed, index)
    records = draw_records(streams.records, settings)
    space = centred_space(settings)
    head = draw_head(streams.head, space, records.age_years, BRAIN_SIZE_MM)
    anatomy, inner = _grow(streams, settings, records, head, ingredients)
    stripping = draw_stripping(streams.shell, head, anatomy.depth, ingredients.acquisition)
    core = np.isin(anatomy.labels, (CORE, ENHANCING))
    mask = stripping.mask & draw_coverage(streams.coverage, anatomy.brainmask, core)
    images = _scan(streams, anatomy, inner, stripping, mask, records.site, ingredients)
    labels = anatomy.labels
    if ingredients.tumours:
        labels = vary_borders(streams.shell, labels, head, anatomy.brainmask)
    return PhantomExamination(images, labels * mask, mask, space, records)


def _draw_tumours(
    rng: np.random.Generator, settings: PhantomSettings, records: Records, varied: bool
) -> Sequence[AnyTumour]:
    if varied and records.kind == "hgg":
        return draw_glioblastomas(rng)
    if records.kind == "lgg":
        return (draw_diffuse_glioma(rng),)
    return draw_tumours(rng, records.kind, records.genotype, settings.genotype_signal)


def _grow(
    streams: Streams, settings: PhantomSettings, records: Records, head: Head, ingredients: Ingredients
) -> tuple[Anatomy, Head]:
    """Make the head of a case with its tumours; also return where its voxels lie once these have pushed the tissue."""
    tumours = _draw_tumours(streams.look, settings, records, ingredients.tumours)
    inner = push_aside(head, [tumour.lesion for tumour in tumours])
    sulcal_width = float(streams.shell.uniform(*_SULCAL_WIDTHS))
    brain = make_brain(streams.head, head, inner, records.age_years, sulcal_width)
    lookalikes = draw_limbic_cortex(streams.lookalikes, inner, brain)
    lookalikes += draw_lookalikes(streams.lookalikes, head, inner, brain, records.age_years)
    sinuses = draw_venous_sinuses(streams.lookalikes, head, inner, brain)
    lookalikes += sinuses.layers
    cerebellum = draw_even_cerebellum(streams.lookalikes, inner)
    growths = [_grow_one(streams.tumour, tumour, head, brain) for tumour in tumours]
    if ingredients.tumours:
        growths = [_fade_oedema(growth, float(streams.shell.uniform(*_FADING))) for growth in growths]
    layers, labels = join_growths(growths, brain.mask.shape)
    if ingredients.tumours and records.kind == "hgg" and streams.tumour.uniform() < _CAVITY_SHARE:
        cavity = draw_cavity(streams.tumour, tumours[0].lesion, head, brain)
        layers += cavity.layers
        labels[cavity.box][cavity.mask] = 0
    layers = [*brain.layers, cerebellum, *lookalikes, *layers]
    return Anatomy(head, tuple(layers), labels, sinuses.depth > 0, sinuses.depth), inner


def _grow_one(rng: np.random.Generator, tumour: AnyTumour, head: Head, brain: Brain) -> Growth:
    if isinstance(tumour, DiffuseGlioma):
        return grow_diffuse_glioma(rng, tumour, head, brain)
    return grow_tumour(rng, tumour, head, brain)


def _fade_oedema(growth: Growth, exponent: float) -> Growth:
    """Let oedema be faint towards its border, where people still draw it."""
    faded = [
        replace(layer, share=layer.share ** np.float32(exponent)) if layer.tissue == "oedema" else layer
        for layer in growth.layers
    ]
    return replace(growth, layers=tuple(faded))


def _scan(
    streams: Streams,
    anatomy: Anatomy,
    inner: Head,
    stripping: Stripping,
    mask: np.ndarray,
    site: str,
    ingredients: Ingredients,
) -> dict[str, np.ndarray]:
    """Image a head in all sequences, about co-registered and skull-stripped."""
    head, rng = anatomy.head, streams.scanner
    layers = (*anatomy.layers, Layer("csf", stripping.fluid))
    painted = _paint(streams.levels, layers, inner, mask.shape, ingredients.intensity)
    apart = is_apart(rng) and ingredients.acquisition
    falloff = draw_falloff(streams.coverage, head) if ingredients.acquisition else dict.fromkeys(SEQUENCES, 1)
    images = {}
    for sequence in SEQUENCES:
        taken = (draw_varied_acquisition if ingredients.acquisition else draw_acquisition)(rng, site)
        motion = draw_shift(rng, apart and sequence != "t1c")
        images[sequence] = scan(rng, painted[sequence] * falloff[sequence], head, taken, motion, mask, stripping.fringe)
    return images


def _paint(
    rng: np.random.Generator, layers: Sequence[Layer], inner: Head, shape: tuple[int, ...], varied: bool
) -> dict[str, np.ndarray]:
    if not varied:
        levels = {**draw_levels(rng)}
        levels |= {"infiltrating": levels["solid"], "limbic": levels["grey"]}
        return {sequence: paint(layers, levels, sequence, shape) for sequence in SEQUENCES}
    uneven, patterns = draw_uneven_levels(rng), draw_patterns(rng, inner.axes)
    brightness = draw_brightness(rng, inner)
    painted = {}
    for sequence in SEQUENCES:
        image = np.maximum(paint_uneven(layers, uneven, patterns, sequence) * brightness[sequence], 0)
        painted[sequence] = image ** np.float32(draw_gamma(rng))
    return painted
