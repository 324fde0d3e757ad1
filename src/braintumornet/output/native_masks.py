"""What a network found in its own grid, in the grid of the case's own images."""

import numpy as np

from braintumornet.core.prediction import MASK_THRESHOLD
from braintumornet.core.space import Space
from braintumornet.volumes.brain import box_around
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume


def masks_on(grid: Space, scores: np.ndarray, space: Space) -> np.ndarray:
    """Return where scores that are interpolated linearly are above one half: bool (R, D, H, W).

    Only around the voxels above one half is anything computed: no mean of others comes to more.

    Args:
        grid: the grid wanted.
        scores: at least 0, (R, d, h, w).
        space: their grid.
    """
    masks = np.zeros((len(scores), *grid.shape), dtype=bool)
    for channel, mask in zip(scores, masks, strict=True):
        above = channel > MASK_THRESHOLD
        if above.any():
            box = box_around(above, margin=1)
            mask[:] = resample(Volume(channel[box], space.cut(box)), grid).array > MASK_THRESHOLD
    return masks


def maps_on(grid: Space, maps: np.ndarray, space: Space) -> np.ndarray:
    """Return maps (R, d, h, w) interpolated linearly on another grid, and zero beyond their own: float32."""
    found = np.zeros((len(maps), *grid.shape), dtype=np.float32)
    for channel, wanted in zip(maps, found, strict=True):
        wanted[:] = resample(Volume(channel, space), grid).array
    return found
