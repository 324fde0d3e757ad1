"""Where a network is unsure of an outline."""

import numpy as np


def outline_entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the largest binary entropy of the regions at each voxel, in bits: 1 where a region is as likely as not.

    Args:
        probabilities: of each region, (R, D, H, W).

    Returns:
        float32 array (D, H, W).

    Example:
        >>> outline_entropy(np.array([0.5, 0.9, 0.2]).reshape(1, 1, 1, 3)).ravel().round(2)
        array([1.  , 0.47, 0.72], dtype=float32)
    """
    nearest = np.abs(probabilities - 0.5).min(axis=0).astype(np.float64)  # to one half, where the entropy is largest
    likelier, other = 0.5 + nearest, 0.5 - nearest
    bits = -likelier * np.log2(likelier) - other * np.log2(np.where(other > 0, other, 1))
    entropy: np.ndarray = bits.astype(np.float32)
    return entropy
