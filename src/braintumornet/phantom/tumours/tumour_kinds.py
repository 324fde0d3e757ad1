"""The kinds of tumours: which is drawn how, and how it grows."""

from collections.abc import Iterable, Sequence

import numpy as np

from braintumornet.core.text.errors import UsageError, require
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

    Raises:
        UsageError: it is none of these kinds.
    """
    require(kind != "lgg", "generator 1 of phantoms has no lgg; omit it from the mix, or take generator 2", UsageError)
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
    return join_growths((grow_tumour(rng, tumour, head, brain) for tumour in tumours), brain.mask.shape)


def join_growths(growths: Iterable[Growth], shape: tuple[int, ...]) -> tuple[list[Layer], np.ndarray]:
    """Lay what lesions have become on one grid.

    Args:
        growths: of the lesions, in the order in which they are painted.
        shape: of the grid.

    Returns:
        Their layers, and uint8 labels (D, H, W) in coding brats2023; where two meet, core wins over oedema.
    """
    labels = np.zeros(shape, np.uint8)
    layers: list[Layer] = []
    oedema: list[Layer] = []
    for growth in growths:
        for layer in growth.layers:
            (oedema if layer.tissue == "oedema" else layers).append(layer)
        part = labels[growth.box]
        for label in (OEDEMA, CORE, ENHANCING):
            over = (growth.labels == label) & (part != ENHANCING) & ((label != OEDEMA) | (part == 0))
            part[over] = label
    return [*oedema, *layers], labels


def grow_tumour(rng: np.random.Generator, tumour: Tumour, head: Head, brain: Brain) -> Growth:
    """Grow one tumour in a brain."""
    if isinstance(tumour, Glioblastoma):
        return grow_glioblastoma(rng, tumour, head, brain)
    if isinstance(tumour, Metastasis):
        return grow_metastasis(rng, tumour, head, brain)
    return grow_lowgrade(rng, tumour, head, brain)
