"""Connected components of a mask."""

import numpy as np
from scipy import ndimage

TWENTY_SIX_NEIGHBOURS = np.ones((3, 3, 3), dtype=bool)


def largest_component(mask: np.ndarray) -> np.ndarray:
    """Return the largest 26-connected component of a boolean mask (D, H, W); empty if the mask is."""
    labels, count = ndimage.label(mask, TWENTY_SIX_NEIGHBOURS)
    if count == 0:
        return np.zeros_like(mask, dtype=bool)
    sizes = np.bincount(labels.ravel())[1:]
    component: np.ndarray = labels == 1 + int(sizes.argmax())
    return component
