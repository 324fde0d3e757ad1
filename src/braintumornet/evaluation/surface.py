"""Scores that measure distances between surfaces."""

import numpy as np
from scipy.ndimage import binary_erosion
from scipy.spatial import cKDTree

from braintumornet.evaluation.empty import find_outcome
from braintumornet.volumes.brain import box_around


def hd95_mm(truth: np.ndarray, prediction: np.ndarray, spacing_mm: tuple[float, float, float]) -> float:
    """Return the 95th percentile Hausdorff distance between two masks.

    MONAI's definition: the distances from each border voxel of one mask to the nearest border voxel of the
    other, the 95th percentile of them in each direction (interpolated linearly), and the larger of the two. A
    border voxel has a face neighbour outside the mask or lies at the volume's edge. Other tools pool both
    directions or weigh surface elements, and give other numbers. Empty masks follow the policy in `empty`.

    Args:
        truth: boolean array (D, H, W) of the whole image, whose diagonal the policy takes.
        prediction: boolean array of the same shape.
        spacing_mm: distance between voxel centres along each axis.

    Example:
        >>> truth, prediction = np.zeros((2, 4, 4, 4), bool)
        >>> truth[0, 0, 0] = prediction[0, 0, 3] = True
        >>> hd95_mm(truth, prediction, (1.0, 1.0, 2.0))
        6.0
    """
    outcome = find_outcome(truth, prediction)
    if outcome is not None:
        return outcome.hd95_diagonals * float(np.linalg.norm(np.multiply(truth.shape, spacing_mm)))
    box = box_around(truth | prediction)  # nothing of either mask lies outside, so the borders stay the same
    points_truth = _border_mm(truth[box], spacing_mm)
    points_prediction = _border_mm(prediction[box], spacing_mm)
    return max(_directed_mm(points_truth, points_prediction), _directed_mm(points_prediction, points_truth))


def _border_mm(mask: np.ndarray, spacing_mm: tuple[float, float, float]) -> np.ndarray:
    points: np.ndarray = np.argwhere(mask & ~binary_erosion(mask)) * np.asarray(spacing_mm)  # (points, 3)
    return points


def _directed_mm(start: np.ndarray, end: np.ndarray) -> float:
    distances_mm, _ = cKDTree(end).query(start)
    return float(np.percentile(distances_mm, 95))
