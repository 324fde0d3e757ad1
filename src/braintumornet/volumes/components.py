"""Connected components of a mask."""

import numpy as np
from scipy import ndimage

from braintumornet.core.tolerance import lower

TWENTY_SIX_NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)


def number_components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the 26-connected components of a boolean mask (D, H, W) from the largest to the smallest.

    Returns:
        the number at each voxel, from 1, 0 where the mask is not, int32 (D, H, W); and the voxels of each (N,). Of two
        components of one size, that which comes first in the array has the lower number.

    Example:
        >>> numbers, voxels = number_components(np.array([1, 0, 1, 1, 0, 1], dtype=bool).reshape(1, 1, 6))
        >>> numbers.ravel(), voxels
        (array([2, 0, 1, 1, 0, 3], dtype=int32), array([2, 1, 1]))
    """
    labels, _ = ndimage.label(mask, TWENTY_SIX_NEIGHBOURS)
    voxels = np.bincount(labels.ravel())[1:]
    order = np.argsort(-voxels, kind="stable")
    numbers = np.zeros(len(voxels) + 1, dtype=np.int32)
    numbers[1 + order] = np.arange(1, len(voxels) + 1)
    return numbers[labels], voxels[order]


def largest_component(mask: np.ndarray) -> np.ndarray:
    """Return the largest 26-connected component of a boolean mask (D, H, W); empty if the mask is."""
    labels, count = ndimage.label(mask, TWENTY_SIX_NEIGHBOURS)
    if count == 0:
        return np.zeros_like(mask, dtype=bool)
    sizes = np.bincount(labels.ravel())[1:]
    component: np.ndarray = labels == 1 + int(sizes.argmax())
    return component


def small_components(mask: np.ndarray, voxels: float) -> tuple[np.ndarray, int]:
    """Return the 26-connected components of a mask (D, H, W) of fewer voxels than this, and how many they are.

    A limit that is a volume over that of a voxel is met by a component of just this volume, however it is rounded.

    Example:
        >>> mask = np.array([1, 1, 0, 1], dtype=bool).reshape(1, 1, 4)
        >>> small, count = small_components(mask, voxels=2)
        >>> small.ravel(), count
        (array([False, False, False,  True]), 1)
    """
    labels, _ = ndimage.label(mask, TWENTY_SIX_NEIGHBOURS)
    small = np.bincount(labels.ravel()) < lower(voxels)
    small[0] = False  # what is no component
    return small[labels], int(small.sum())
