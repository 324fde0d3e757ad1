"""What is no magnetic resonance image although it is a volume: a mask, a CT."""

import numpy as np

MASK_VALUES = 12  # the coarsest real image that was seen holds 210 values
SAMPLE = 200_000

AIR_HU, SOFT_TISSUE_HU, BONE_HU = (-1050, -950), (-120, 120), 300
"""Hounsfield units: of air, of fat to muscle and blood, and what only bone, contrast agent and metal exceed."""
CT_IS_TOLD_BY = "air at -1000, soft tissue around 0, bone above 300"
LEAST_AIR, LEAST_BONE = 0.05, 0.02
"""Shares: of air among all voxels of a head in its field of view, and of bone among those that are not air."""


def count_values(image: np.ndarray) -> int:
    """Return how many different values an image (D, H, W) holds; of more than 12, only that they are more.

    Example:
        >>> count_values(np.array([[[0, 0, 3, 1]]]))
        3
    """
    values = image[image != 0]
    few = np.unique(values[:: max(1, values.size // 10_000)])  # most images show it in a sample
    return int(few.size) + 1 if few.size > MASK_VALUES else int(np.unique(image).size)


def is_ct(image: np.ndarray) -> bool:
    """Say whether air, soft tissue and bone lie where Hounsfield units have them; a CT without its skull is not told.

    Args:
        image: (D, H, W) as its file has it, values that are no numbers among them.
    """
    sample = image.ravel()[:: max(1, image.size // SAMPLE)]
    values = sample[np.isfinite(sample)]
    body = values[values > AIR_HU[1] / 2]
    if body.size == 0 or np.mean((values >= AIR_HU[0]) & (values <= AIR_HU[1])) < LEAST_AIR:
        return False
    low, high = np.percentile(body, (25, 75))
    return bool(low >= SOFT_TISSUE_HU[0] and high <= SOFT_TISSUE_HU[1] and np.mean(body > BONE_HU) >= LEAST_BONE)
