"""Scores that count voxels: overlap and volume."""

from dataclasses import dataclass

import numpy as np

from braintumornet.core.space import Space
from braintumornet.metrics.empty_structures import find_outcome


@dataclass(frozen=True)
class Overlap:
    """How much of two masks is common.

    Args:
        dice: twice the common voxels over the voxels of both.
        sensitivity: common voxels over those of the truth.
        precision: common voxels over those of the prediction.
    """

    dice: float
    sensitivity: float
    precision: float


def overlap(truth: np.ndarray, prediction: np.ndarray) -> Overlap:
    """Return the overlap of two masks; empty ones follow the policy in `empty`.

    Args:
        truth: boolean array (D, H, W).
        prediction: boolean array of the same shape.

    Example:
        >>> overlap(np.array([[[True, True, False]]]), np.array([[[False, True, False]]]))
        Overlap(dice=0.6666666666666666, sensitivity=0.5, precision=1.0)
    """
    outcome = find_outcome(truth, prediction)
    if outcome is not None:
        return Overlap(outcome.overlap, outcome.overlap, outcome.overlap)
    common, of_truth, of_prediction = (int(np.count_nonzero(mask)) for mask in (truth & prediction, truth, prediction))
    return Overlap(2 * common / (of_truth + of_prediction), common / of_truth, common / of_prediction)


def dice(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return the Dice of two masks; empty ones follow the policy in `empty`.

    Example:
        >>> dice(np.array([[[True, True, False]]]), np.array([[[False, True, True]]]))
        0.5
    """
    return overlap(truth, prediction).dice


def volume_ml(mask: np.ndarray, space: Space) -> float:
    """Return the volume of a boolean mask (D, H, W) in millilitres.

    Example:
        >>> volume_ml(np.ones((10, 10, 10), bool), Space((10, 10, 10), np.diag([1.0, 1.0, 2.0, 1.0])))
        2.0
    """
    return int(np.count_nonzero(mask)) * space.voxel_ml
