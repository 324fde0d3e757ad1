"""Boxes in a voxel grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np


def cut_box(array: np.ndarray, start: Sequence[int] | np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Return a copy of the box of `shape` voxels that begins at `start`; zero where it leaves the array.

    Args:
        array: (..., D, H, W).
        start: first voxel, may be negative.
        shape: size along the last three axes.

    Example:
        >>> cut_box(np.ones((2, 2, 2)), (-1, 0, 0), (2, 1, 1)).ravel()
        array([0., 1.])
    """
    result = np.zeros((*array.shape[:-3], *shape), dtype=array.dtype)
    begin = np.asarray(start)
    low = np.maximum(begin, 0)
    high = np.maximum(low, np.minimum(array.shape[-3:], begin + shape))
    source: tuple[Any, ...] = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    target: tuple[Any, ...] = tuple(slice(a, b) for a, b in zip(low - begin, high - begin, strict=True))
    result[(..., *target)] = array[(..., *source)]
    return result
