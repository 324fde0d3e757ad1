"""What a head is painted with: tissues, one over the other."""

from dataclasses import dataclass

import numpy as np

from braintumornet.volumes.brain import Box

WHOLE: Box = (slice(None), slice(None), slice(None))


@dataclass(frozen=True, eq=False)
class Layer:
    """A tissue that takes a share of each voxel from whatever was painted there before.

    Args:
        tissue: its name, such as `grey`.
        share: (d, h, w), from 0 to 1.
        box: the part of the grid that it covers.
    """

    tissue: str
    share: np.ndarray
    box: Box = WHOLE
