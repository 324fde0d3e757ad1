"""The distances between two borders, measured once for all scores that need them."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from braintumornet.core.tolerance import upper


@dataclass(frozen=True, eq=False)
class Border:
    """The border voxels of a mask, and how far each is from the other mask's border.

    Args:
        places_mm: where they lie, (N, 3), N > 0.
        distances_mm: to the nearest voxel of the other border, (N,).
        nearest: index of that voxel, (N,).
    """

    places_mm: np.ndarray
    distances_mm: np.ndarray
    nearest: np.ndarray

    def part_mm(self, part: np.ndarray, other: "Border", of_other: np.ndarray) -> np.ndarray:
        """Return the distances of a part of the border to a part of the other; both are boolean, at least one true.

        Only what was nearest to a voxel outside that part is measured again.
        """
        distances_mm: np.ndarray = self.distances_mm[part]
        elsewhere = ~of_other[self.nearest[part]]
        if elsewhere.any():
            distances_mm[elsewhere] = _tree(other.places_mm[of_other]).query(self.places_mm[part][elsewhere])[0]
        return distances_mm


@dataclass(frozen=True)
class BorderDistances:
    """The distances between two borders, in both directions."""

    truth: Border
    prediction: Border

    @classmethod
    def between(cls, truth_mm: np.ndarray, prediction_mm: np.ndarray) -> "BorderDistances":
        """Measure the distances between two sets of places, (N, 3) and (M, 3), neither of them empty.

        Example:
            >>> BorderDistances.between(np.array([[0.0, 0, 0]]), np.array([[0.0, 0, 6]])).hd95_mm()
            6.0
        """
        return cls(
            Border(truth_mm, *_tree(prediction_mm).query(truth_mm)),
            Border(prediction_mm, *_tree(truth_mm).query(prediction_mm)),
        )

    def hd95_mm(self) -> float:
        """Return the larger of the two directed 95th percentiles, each interpolated linearly."""
        return _hd95_mm(self.truth.distances_mm, self.prediction.distances_mm)

    def hd95_of_parts_mm(self, of_truth: np.ndarray, of_prediction: np.ndarray) -> float:
        """Return the HD95 between parts of the two borders, boolean (N,) and (M,), at least one true in each."""
        return _hd95_mm(
            self.truth.part_mm(of_truth, self.prediction, of_prediction),
            self.prediction.part_mm(of_prediction, self.truth, of_truth),
        )

    def surface_dice(self, tolerance_mm: float) -> float:
        """Return the share of both borders' voxels that lie no further than a tolerance from the other border."""
        both_mm = np.concatenate([self.truth.distances_mm, self.prediction.distances_mm])
        return float(np.count_nonzero(both_mm <= upper(tolerance_mm)) / both_mm.size)


def _hd95_mm(*directions_mm: np.ndarray) -> float:
    return max(float(np.percentile(distances_mm, 95)) for distances_mm in directions_mm)


def _tree(places_mm: np.ndarray) -> cKDTree:
    return cKDTree(places_mm, balanced_tree=False)  # built in half the time, and answers as fast
