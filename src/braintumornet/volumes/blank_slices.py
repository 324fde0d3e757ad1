"""Slices that a file holds and nobody scanned: zeros at an end of a volume, where the head breaks off."""

import numpy as np

from braintumornet.volumes.brain import Box, box_around
from braintumornet.volumes.volume import Volume

_ABRUPT = 0.25  # of the largest slice's area: a head or a brain that ends by itself tapers to less


def scanned_box(array: np.ndarray) -> Box:
    """Return the part of an image that was scanned: all but the blank slices beside one that is full.

    Beside a slice that shows little there is nothing but air, as at the vertex or around a brain that was stripped, and
    that was seen.

    Args:
        array: grey levels (D, H, W); exactly 0 where there is nothing.

    Example:
        >>> padded = np.pad(np.ones((4, 4, 4)), ((0, 0), (0, 0), (3, 0)))
        >>> scanned_box(padded)[2]
        slice(3, 7, None)
    """
    there = array != 0
    sides = []
    for axis, side in enumerate(box_around(there)):
        area = there.sum(axis=tuple(other for other in range(3) if other != axis))
        full = _ABRUPT * area.max()
        start = side.start if area[side.start] > full else 0
        stop = side.stop if area[side.stop - 1] > full else array.shape[axis]
        sides.append(slice(start, stop))
    return sides[0], sides[1], sides[2]


def without_blank_slices(image: Volume) -> Volume:
    """Return the part of an image that was scanned, as `scanned_box` finds it."""
    box = scanned_box(image.array)
    return Volume(np.ascontiguousarray(image.array[box]), image.space.cut(box))
