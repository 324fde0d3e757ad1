"""Metrics that count voxels: overlap and volume."""

from math import nan
from typing import ClassVar, Literal

import numpy as np

from braintumornet.core.metric import Better
from braintumornet.core.space import Space
from braintumornet.metrics.empty_structures import EmptyRule
from braintumornet.metrics.mask_pair import MaskMetric, MaskPair, OverlapMetric


class Dice(OverlapMetric):
    """The Dice coefficient.

    Example:
        >>> masks = np.array([[[[True, True, False]]], [[[False, True, True]]]])
        >>> Dice().score(MaskPair(*masks, Space((1, 1, 3), np.eye(4))))
        0.5
    """

    kind: Literal["dice"] = "dice"

    def measure(self, pair: MaskPair) -> float:
        """Return twice the common voxels over the voxels of both."""
        return 2 * pair.common_voxels / (pair.truth_voxels + pair.prediction_voxels)


class Sensitivity(OverlapMetric):
    """How much of the truth was found, in voxels."""

    kind: Literal["sensitivity"] = "sensitivity"

    def measure(self, pair: MaskPair) -> float:
        """Return the common voxels over those of the truth."""
        return pair.common_voxels / pair.truth_voxels


class Precision(OverlapMetric):
    """How much of the prediction is right, in voxels."""

    kind: Literal["precision"] = "precision"

    def measure(self, pair: MaskPair) -> float:
        """Return the common voxels over those of the prediction."""
        return pair.common_voxels / pair.prediction_voxels


class VolumeMetric(MaskMetric):
    """A metric of two masks in ml, which an empty one does not disturb."""

    unit: ClassVar[str] = "ml"
    empty: ClassVar[EmptyRule] = EmptyRule.AS_MEASURED


class TruthVolume(VolumeMetric):
    """Volume of the truth."""

    kind: Literal["volume_truth_ml"] = "volume_truth_ml"

    def measure(self, pair: MaskPair) -> float:
        """Return its voxels times their size."""
        return pair.truth_voxels * pair.space.voxel_ml


class PredictionVolume(VolumeMetric):
    """Volume of the prediction."""

    kind: Literal["volume_prediction_ml"] = "volume_prediction_ml"

    def measure(self, pair: MaskPair) -> float:
        """Return its voxels times their size; NaN for what was not assessed."""
        return pair.prediction_voxels * pair.space.voxel_ml if pair.assessed else nan


class VolumeDifference(VolumeMetric):
    """How much too large the prediction is."""

    kind: Literal["volume_difference_ml"] = "volume_difference_ml"
    better: ClassVar[Better] = Better.LOWER
    signed: ClassVar[bool] = True

    def measure(self, pair: MaskPair) -> float:
        """Return the volume of the prediction minus that of the truth; what was not assessed is missed, or NaN."""
        if not (pair.assessed or pair.truth_voxels):
            return nan  # 0 would be the best there is
        return pair.prediction_voxels * pair.space.voxel_ml - pair.truth_voxels * pair.space.voxel_ml


def dice(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return the Dice of two boolean masks (D, H, W); empty ones follow the rules for empty structures.

    Example:
        >>> dice(np.array([[[True, True, False]]]), np.array([[[False, True, True]]]))
        0.5
    """
    return Dice().score(MaskPair(truth, prediction, Space(truth.shape, np.eye(4))))
