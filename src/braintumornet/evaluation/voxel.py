"""Scores that count voxels: overlap and volume."""

import numpy as np

from braintumornet.core.space import Space
from braintumornet.evaluation.empty import find_outcome


def dice(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return twice the common voxels over the voxels of both masks; empty masks follow the policy in `empty`.

    Args:
        truth: boolean array (D, H, W).
        prediction: boolean array of the same shape.

    Example:
        >>> dice(np.array([[[True, True, False]]]), np.array([[[False, True, True]]]))
        0.5
    """
    outcome = find_outcome(truth, prediction)
    if outcome is not None:
        return outcome.dice
    common, both = (
        np.count_nonzero(truth & prediction),
        np.count_nonzero(truth) + np.count_nonzero(prediction),
    )
    return 2 * int(common) / int(both)


def volume_ml(mask: np.ndarray, space: Space) -> float:
    """Return the volume of a boolean mask (D, H, W) in millilitres.

    Example:
        >>> volume_ml(np.ones((10, 10, 10), bool), Space((10, 10, 10), np.diag([1.0, 1.0, 2.0, 1.0])))
        2.0
    """
    return int(np.count_nonzero(mask)) * space.voxel_ml
