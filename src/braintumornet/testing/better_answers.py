"""Answers of which each is better than the one before and the last is perfect, for every thing that metrics measure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import ndimage

from braintumornet.core.metric import Metric
from braintumornet.core.space import Space
from braintumornet.metrics.detection import Detection, DetectionMetric
from braintumornet.metrics.lesion_metrics import CaseLesionsMetric, LesionMetric
from braintumornet.metrics.lesionwise import Lesion, LesionScores
from braintumornet.metrics.marker_answers import MarkerAnswers, MarkerMetric
from braintumornet.metrics.mask_pair import MaskMetric, MaskPair

SIDE = 24
GRID = Space((SIDE,) * 3, np.diag([1.0, 1.5, 2.0, 1.0]))
CLASSES = ("one", "other")
TRUTHS = ("one", "one", "other", "other", "other")

Chain = Sequence[Any]


def masks() -> dict[str, tuple[np.ndarray, Sequence[np.ndarray]]]:
    """Return in words -> a truth, and predictions (D, H, W) that come ever nearer to it."""
    truth = np.zeros((SIDE,) * 3, dtype=bool)
    truth[7:16, 8:15, 9:16] = True
    larger = [ndimage.binary_dilation(truth, iterations=steps) for steps in (4, 2, 1)]
    smaller = [ndimage.binary_erosion(truth, iterations=steps) for steps in (3, 2, 1)]
    moved = [np.roll(truth, steps, axis=1) for steps in (8, 5, 2, 1)]
    chains = {"ever less too large": larger, "ever less too small": smaller, "ever less far away": moved}
    return {name: (truth, [*chain, truth]) for name, chain in chains.items()}


def _mask_chains() -> dict[str, Chain]:
    return {name: [MaskPair.cut(truth, mask, GRID) for mask in chain] for name, (truth, chain) in masks().items()}


def marker_answers(right: float, truths: Sequence[str] = TRUTHS, answered: bool = True) -> MarkerAnswers:
    """Return answers that give each case's own class this probability."""
    probabilities = np.array([[right if name == truth else 1 - right for name in CLASSES] for truth in truths])
    return MarkerAnswers.of(CLASSES, truths, probabilities, answered=[answered] * len(truths))


def _marker_chains() -> dict[str, Chain]:
    return {"ever surer of the right class": [marker_answers(right) for right in (0.1, 0.4, 0.6, 0.8, 1.0)]}


def _lesions() -> list[Lesion]:
    sizes = ((2.0, 0.0, 0.0, 50.0), (2.0, 1.0, 0.5, 9.0), (2.0, 1.5, 0.8, 3.0), (2.0, 2.0, 1.0, 0.0))
    return [Lesion(*size) for size in sizes]


def _case_lesions_chains() -> dict[str, Chain]:
    false, *_, perfect = Lesion(0.0, 1.0, 0.0, 50.0), *_lesions()
    found = [LesionScores((perfect, lesion), 0, (1 + lesion.dice) / 2, lesion.hd95_mm / 2) for lesion in _lesions()]
    fewer = [LesionScores((perfect, *[false] * n), 0, 1 / (1 + n), 50 * n / (1 + n)) for n in (3, 1, 0)]
    return {"a lesion found ever better": found, "ever fewer false lesions": fewer}


def _detection_chains() -> dict[str, Chain]:
    found = [Detection(4, 6, number, 0) for number in (0, 1, 3, 6)]
    fewer = [Detection(4, 6, 6, number) for number in (8, 2, 1, 0)]
    return {"ever more lesions found": found, "ever fewer false lesions": fewer}


CHAINS: Mapping[type[Metric], Callable[[], dict[str, Chain]]] = {
    MaskMetric: _mask_chains,
    MarkerMetric: _marker_chains,
    CaseLesionsMetric: _case_lesions_chains,
    LesionMetric: lambda: {"a lesion found ever better": _lesions()},
    DetectionMetric: _detection_chains,
}
"""What a metric measures, by the base that it is derived from -> in words -> answers."""
