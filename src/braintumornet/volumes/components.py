"""Connected components of a mask."""

import numpy as np
from scipy import ndimage

from braintumornet.core.tolerance import lower

TWENTY_SIX_NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)


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
