"""Truth and prediction of one structure, cut to what matters, and what is measured on them."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from braintumornet.core.metric import Metric, Share
from braintumornet.core.space import Space
from braintumornet.metrics.empty_structures import REFUSED, EmptyOutcome, EmptyRule, find_outcome
from braintumornet.metrics.surface_distances import BorderDistances
from braintumornet.volumes.brain import box_around


@dataclass(frozen=True, eq=False)
class MaskPair:
    """Two masks, cut to the box around both; what several metrics need is computed once.

    Args:
        truth: boolean array (D, H, W).
        prediction: boolean array of the same shape.
        space: grid of the whole image, which gives spacing and diagonal.
        assessed: whether there is an answer; without one, the prediction is empty and counts as a failure.
    """

    truth: np.ndarray
    prediction: np.ndarray
    space: Space
    assessed: bool = True

    @classmethod
    def cut(cls, truth: np.ndarray, prediction: np.ndarray, space: Space, assessed: bool = True) -> "MaskPair":
        """Return two masks of a whole image (D, H, W), cut to a box outside which both are empty.

        Example:
            >>> truth = np.zeros((9, 9, 9), bool)
            >>> truth[4:6, 4, 4] = True
            >>> MaskPair.cut(truth, truth, Space((9, 9, 9), np.eye(4))).truth.shape
            (2, 1, 1)
        """
        box = box_around(truth | prediction)
        return cls(np.ascontiguousarray(truth[box]), np.ascontiguousarray(prediction[box]), space, assessed)

    @cached_property
    def outcome(self) -> EmptyOutcome | None:
        """What the rules for empty structures say about the two masks; None if neither is empty."""
        return find_outcome(self.truth, self.prediction) if self.assessed else REFUSED

    @cached_property
    def truth_voxels(self) -> int:
        """Number of voxels in the truth."""
        return int(np.count_nonzero(self.truth))

    @cached_property
    def prediction_voxels(self) -> int:
        """Number of voxels in the prediction."""
        return int(np.count_nonzero(self.prediction))

    @cached_property
    def common_voxels(self) -> int:
        """Number of voxels in both."""
        return int(np.count_nonzero(self.truth & self.prediction))

    @cached_property
    def truth_border(self) -> np.ndarray:
        """Voxels (N, 3) of the truth that have a face neighbour outside it."""
        return _border(self.truth)

    @cached_property
    def prediction_border(self) -> np.ndarray:
        """Voxels (N, 3) of the prediction that have a face neighbour outside it."""
        return _border(self.prediction)

    @cached_property
    def distances(self) -> BorderDistances:
        """Distances between the two borders, in the order of their voxels; neither mask may be empty."""
        borders = (self.truth_border, self.prediction_border)
        return BorderDistances.between(*(border * np.asarray(self.space.spacing_mm) for border in borders))


class MaskMetric(Metric):
    """Base class of metrics of two masks.

    `empty` says which rule for empty structures applies: `OVERLAP` for a share from 0 to 1, `DISTANCE` for a metric in
    mm that is best at 0, `AS_MEASURED` if `measure` knows what to do, also for a pair that was not `assessed`.
    """

    empty: ClassVar[EmptyRule]

    def score(self, pair: MaskPair) -> float:
        """Return the value of a pair; if a mask is empty, the value that the rules give.

        Args:
            pair: bool masks (D, H, W), either of which may be empty.
        """
        if pair.outcome is None or self.empty is EmptyRule.AS_MEASURED:
            return self.measure(pair)
        return pair.outcome.value(self.empty, pair.space)

    @abstractmethod
    def measure(self, pair: MaskPair) -> float:
        """Return the value of a pair, in the metric's unit.

        Args:
            pair: bool masks (D, H, W) and their spacing in mm; neither is empty, unless the metric's rule is
                `AS_MEASURED`.
        """


class OverlapMetric(MaskMetric, Share):
    """A metric of two masks from 0, where they have nothing in common, to 1, where they are the same."""

    empty: ClassVar[EmptyRule] = EmptyRule.OVERLAP


def _border(mask: np.ndarray) -> np.ndarray:
    framed = np.pad(mask, 1)  # the edge of the image is a border too
    inside = mask.copy()
    middle = slice(1, -1)
    for axis in range(3):  # six shifts take a sixth of the time of ndimage.binary_erosion
        for shifted in (slice(0, -2), slice(2, None)):
            window = [middle, middle, middle]
            window[axis] = shifted
            inside &= framed[tuple(window)]
    flat = np.flatnonzero(mask & ~inside)
    return np.stack(np.unravel_index(flat, mask.shape), axis=1)  # (N, 3)
