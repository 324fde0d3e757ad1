"""The voxels of a case as they are kept, and patches of them as a network takes them."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from braintumornet.core.space import Shape

STEP_SD = 1 / 1024  # intensities are z-scored and cut at -10 and 10, so steps of this size fit 16 bits with room
SLAB_VOXELS = 32  # a slab stays in the processor's cache between cast and scaling; whole volumes take a third longer


@dataclass(frozen=True)
class Voxels:
    """A case, or a box of it.

    Args:
        image: int16 (S, D, H, W), z-scores in steps of `STEP_SD`.
        labels: bits of the masks, whole numbers (D, H, W).
    """

    image: Tensor
    labels: Tensor

    def cut(self, start: np.ndarray, shape: Shape) -> tuple[Tensor, Tensor]:
        """Return a patch; zero where it leaves the volume.

        Args:
            start: first voxel (3,), may be negative.
            shape: size (d, h, w).

        Returns:
            z-scored image, float32 (S, d, h, w), and label bits, int32 or where need be int64 (d, h, w).

        Example:
            >>> voxels = Voxels(torch.full((1, 2, 2, 2), 1024, dtype=torch.int16), torch.ones(2, 2, 2))
            >>> image, labels = voxels.cut(np.array([-1, 0, 0]), (2, 1, 1))
            >>> image.flatten().tolist(), labels.flatten().tolist()
            ([0.0, 1.0], [0, 1])
        """
        kind = torch.int64 if self.labels.dtype == torch.int64 else torch.int32
        image, labels = torch.empty(len(self.image), *shape), torch.empty(shape, dtype=kind)
        source, target = overlap(start, shape, tuple(self.labels.shape))
        if any(side.stop - side.start < size for side, size in zip(target, shape, strict=True)):
            image.zero_()
            labels.zero_()
        for given, taken in zip(self.image, image, strict=True):
            slabs = zip(given[source].split(SLAB_VOXELS), taken[target].split(SLAB_VOXELS), strict=True)
            for kept, wanted in slabs:
                wanted.copy_(kept).mul_(STEP_SD)
        labels[target].copy_(self.labels[source])
        return image, labels


def in_steps(image: np.ndarray) -> np.ndarray:
    """Return z-scores in steps of `STEP_SD` as int16; the error is at most one step.

    Zero means that there is no brain, so a voxel of the brain never becomes zero: the next step is taken instead.
    """
    steps = np.rint(image / STEP_SD)
    return np.where((steps == 0) & (image != 0), np.sign(image), steps).astype(np.int16)


def overlap(
    start: np.ndarray, shape: tuple[int, ...], size: tuple[int, ...]
) -> tuple[tuple[slice, slice, slice], tuple[slice, slice, slice]]:
    """Return which voxels of a volume of some size lie in a patch, and where they lie in it.

    Example:
        >>> overlap(np.array([-1, 0, 2]), (2, 2, 2), (4, 4, 3))[0]
        (slice(0, 1, None), slice(0, 2, None), slice(2, 3, None))
    """
    sides = []
    for begin, length, there in zip((int(s) for s in start), shape, size, strict=True):
        low = min(max(begin, 0), there)
        high = max(low, min(begin + length, there))
        sides.append((slice(low, high), slice(low - begin, high - begin)))
    (a, x), (b, y), (c, z) = sides
    return (a, b, c), (x, y, z)
