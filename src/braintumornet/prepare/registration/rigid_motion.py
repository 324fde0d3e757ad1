"""What a rigid (4, 4) matrix does to a head: how far, and by which angle."""

import numpy as np
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Space

_PER_AXIS = 5  # points along each axis of a box


def rotation_about(degrees: tuple[float, float, float], centre_mm: np.ndarray) -> np.ndarray:
    """Return the (4, 4) rotation by angles about the axes R, A, S through a point.

    Example:
        >>> turned = rotation_about((0, 0, 180), np.zeros(3)) @ [10, 0, 0, 1]
        >>> turned.round(6).tolist()
        [-10.0, 0.0, 0.0, 1.0]
    """
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    matrix[:3, 3] = centre_mm - matrix[:3, :3] @ centre_mm
    return matrix


def shift(by_mm: np.ndarray) -> np.ndarray:
    """Return the (4, 4) translation by (3,) millimetres."""
    matrix = np.eye(4)
    matrix[:3, 3] = by_mm
    return matrix


def box_points(mask: np.ndarray, space: Space) -> np.ndarray:
    """Return points spread evenly over the box around a mask, (125, 3) in RAS+ mm.

    Args:
        mask: boolean (D, H, W); an empty one stands for the whole grid.
        space: its grid.
    """
    found = np.argwhere(mask) if mask.any() else np.argwhere(np.ones(2 * np.ones(3, int))) * (np.array(space.shape) - 1)
    low, high = found.min(axis=0), found.max(axis=0)
    steps = np.indices((_PER_AXIS,) * 3).reshape(3, -1).T / (_PER_AXIS - 1)
    return np.asarray((low + steps * (high - low)) @ space.affine[:3, :3].T + space.affine[:3, 3])


def mean_distance_mm(first: np.ndarray, second: np.ndarray, points_mm: np.ndarray) -> float:
    """Return how far apart two (4, 4) transforms put the same points on average.

    Args:
        first: (4, 4) in RAS+ mm.
        second: likewise.
        points_mm: (N, 3) in RAS+ mm.

    Example:
        >>> mean_distance_mm(np.eye(4), shift(np.array([3.0, 0.0, 4.0])), np.zeros((1, 3)))
        5.0
    """
    difference = (first - second)[:3]
    return float(np.linalg.norm(points_mm @ difference[:, :3].T + difference[:, 3], axis=1).mean())


def angle_degrees(first: np.ndarray, second: np.ndarray) -> float:
    """Return the angle between the rotations of two rigid (4, 4) transforms.

    Example:
        >>> round(angle_degrees(np.eye(4), rotation_about((0, 5, 0), np.zeros(3))), 6)
        5.0
    """
    between = first[:3, :3] @ np.linalg.inv(second[:3, :3])
    return float(np.degrees(Rotation.from_matrix(between).magnitude()))
