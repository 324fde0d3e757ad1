"""Scores that measure distances between surfaces."""

from dataclasses import dataclass

from braintumornet.metrics.empty_structures import find_outcome
from braintumornet.metrics.mask_pair import MaskPair


@dataclass(frozen=True)
class SurfaceScores:
    """How near two surfaces are.

    Args:
        hd95_mm: 95th percentile Hausdorff distance.
        surface_dice: share of both borders that lies within a tolerance of the other.
    """

    hd95_mm: float
    surface_dice: float


def surface_scores(pair: MaskPair, tolerance_mm: float) -> SurfaceScores:
    """Return the 95th percentile Hausdorff distance and the normalised surface Dice of two masks.

    MONAI's definitions: a border voxel has a face neighbour outside the mask or lies at the volume's edge, and each
    counts as one; the HD95 is the larger of the two directions. Tools that weigh the elements of a surface mesh
    (surface-distance) or pool both directions (MedPy) give other numbers. Empty masks follow the policy in `empty`.

    Args:
        pair: the masks.
        tolerance_mm: up to which distance a border voxel is right.

    Example:
        >>> import numpy as np
        >>> from braintumornet.core.space import Space
        >>> truth, prediction = np.zeros((2, 4, 4, 4), bool)
        >>> truth[0, 0, 0] = prediction[0, 0, 3] = True
        >>> surface_scores(MaskPair.cut(truth, prediction, Space((4, 4, 4), np.diag([1, 1, 2, 1]))), tolerance_mm=1)
        SurfaceScores(hd95_mm=6.0, surface_dice=0.0)
    """
    outcome = find_outcome(pair.truth, pair.prediction)
    if outcome is not None:
        return SurfaceScores(outcome.hd95_diagonals * pair.space.diagonal_mm, outcome.overlap)
    return SurfaceScores(pair.distances.hd95_mm(), pair.distances.surface_dice(tolerance_mm))
