"""Metrics that count voxels: overlap and volume."""

from typing import ClassVar, Literal

import numpy as np

from braintumornet.core.metric import Better
from braintumornet.core.space import Space
from braintumornet.metrics.empty_structures import EmptyRule
from braintumornet.metrics.mask_pair import MaskMetric, MaskPair


class Dice(MaskMetric):
    """The Dice coefficient.

    Example:
        >>> masks = np.array([[[[True, True, False]]], [[[False, True, True]]]])
        >>> Dice().score(MaskPair(*masks, Space((1, 1, 3), np.eye(4))))
        0.5
    """

    kind: Literal["dice"] = "dice"
    better: ClassVar[Better] = Better.HIGHER
    empty: ClassVar[EmptyRule] = EmptyRule.OVERLAP

    def measure(self, pair: MaskPair) -> float:
        """Return twice the common voxels over the voxels of both."""
        return 2 * pair.common_voxels / (pair.truth_voxels + pair.prediction_voxels)


class Sensitivity(MaskMetric):
    """How much of the truth was found, in voxels."""

    kind: Literal["sensitivity"] = "sensitivity"
    better: ClassVar[Better] = Better.HIGHER
    empty: ClassVar[EmptyRule] = EmptyRule.OVERLAP

    def measure(self, pair: MaskPair) -> float:
        """Return the common voxels over those of the truth."""
        return pair.common_voxels / pair.truth_voxels


class Precision(MaskMetric):
    """How much of the prediction is right, in voxels."""

    kind: Literal["precision"] = "precision"
    better: ClassVar[Better] = Better.HIGHER
    empty: ClassVar[EmptyRule] = EmptyRule.OVERLAP

    def measure(self, pair: MaskPair) -> float:
        """Return the common voxels over those of the prediction."""
        return pair.common_voxels / pair.prediction_voxels


class TruthVolume(MaskMetric):
    """Volume of the truth."""

    kind: Literal["volume_truth_ml"] = "volume_truth_ml"
    unit: ClassVar[str] = "ml"
    empty: ClassVar[EmptyRule] = EmptyRule.AS_MEASURED

    def measure(self, pair: MaskPair) -> float:
        """Return its voxels times their size."""
        return pair.truth_voxels * pair.space.voxel_ml


class PredictionVolume(MaskMetric):
    """Volume of the prediction."""

    kind: Literal["volume_prediction_ml"] = "volume_prediction_ml"
    unit: ClassVar[str] = "ml"
    empty: ClassVar[EmptyRule] = EmptyRule.AS_MEASURED

    def measure(self, pair: MaskPair) -> float:
        """Return its voxels times their size."""
        return pair.prediction_voxels * pair.space.voxel_ml


class VolumeDifference(MaskMetric):
    """How much too large the prediction is."""

    kind: Literal["volume_difference_ml"] = "volume_difference_ml"
    unit: ClassVar[str] = "ml"
    better: ClassVar[Better] = Better.LOWER
    signed: ClassVar[bool] = True
    empty: ClassVar[EmptyRule] = EmptyRule.AS_MEASURED

    def measure(self, pair: MaskPair) -> float:
        """Return the volume of the prediction minus that of the truth."""
        return pair.prediction_voxels * pair.space.voxel_ml - pair.truth_voxels * pair.space.voxel_ml


def dice(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return the Dice of two boolean masks (D, H, W); empty ones follow the rules for empty structures.

    Example:
        >>> dice(np.array([[[True, True, False]]]), np.array([[[False, True, True]]]))
        0.5
    """
    return Dice().score(MaskPair(truth, prediction, Space(truth.shape, np.eye(4))))
