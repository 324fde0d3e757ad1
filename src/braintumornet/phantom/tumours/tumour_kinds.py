"""The kinds of tumours: which is drawn how, and how it grows."""

from collections.abc import Sequence

import numpy as np

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumours.glioblastoma import Glioblastoma, draw_glioblastoma, grow_glioblastoma
from braintumornet.phantom.tumours.low_grade_glioma import LowGradeGlioma, draw_lowgrade, grow_lowgrade
from braintumornet.phantom.tumours.metastases import Metastasis, draw_metastases, grow_metastasis
from braintumornet.phantom.tumours.tumour import CORE, ENHANCING, OEDEMA, Growth

Tumour = Glioblastoma | Metastasis | LowGradeGlioma


def draw_tumours(rng: np.random.Generator, kind: str, genotype: str | None, signal: float) -> tuple[Tumour, ...]:
    """Draw the tumours of a head of a kind; a healthy one has none.

    Args:
        rng: random stream.
        kind: `hgg`, `mets`, `plgg` or `healthy`.
        genotype: of a low-grade glioma.
        signal: how much it shapes the tumour, from 0 to 1.
    """
    if kind == "hgg":
        return (draw_glioblastoma(rng),)
    if kind == "mets":
        return draw_metastases(rng)
    return () if genotype is None else draw_lowgrade(rng, genotype, signal)


def grow_tumours(
    rng: np.random.Generator, tumours: Sequence[Tumour], head: Head, brain: Brain
) -> tuple[list[Layer], np.ndarray]:
    """Grow tumours in a brain.

    Returns:
        Their layers, and uint8 labels (D, H, W) in coding brats2023; where two meet, core wins over oedema.
    """
    labels = np.zeros(brain.mask.shape, np.uint8)
    layers: list[Layer] = []
    oedema: list[Layer] = []
    for tumour in tumours:
        growth = _grow(rng, tumour, head, brain)
        for layer in growth.layers:
            (oedema if layer.tissue == "oedema" else layers).append(layer)
        part = labels[growth.box]
        for label in (OEDEMA, CORE, ENHANCING):
            over = (growth.labels == label) & (part != ENHANCING) & ((label != OEDEMA) | (part == 0))
            part[over] = label
    return [*oedema, *layers], labels


def _grow(rng: np.random.Generator, tumour: Tumour, head: Head, brain: Brain) -> Growth:
    if isinstance(tumour, Glioblastoma):
        return grow_glioblastoma(rng, tumour, head, brain)
    if isinstance(tumour, Metastasis):
        return grow_metastasis(rng, tumour, head, brain)
    return grow_lowgrade(rng, tumour, head, brain)
