"""A set of voxels as runs along the rows of a volume: a fraction of what a list of them takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RunLengthMask:
    """Voxels of a volume in C order.

    Args:
        bounds: int32 (N, 2), first flat index of each run and the index after its last; ascending.

    Example:
        >>> runs = RunLengthMask.of(np.array([[[True, True, False, True]]]))
        >>> runs.bounds.tolist(), [runs.flat_index(number) for number in range(3)]
        ([[0, 2], [3, 4]], [0, 1, 3])
    """

    bounds: np.ndarray

    @classmethod
    def of(cls, mask: np.ndarray) -> "RunLengthMask":
        """Return the voxels at which a boolean mask (D, H, W) is true."""
        edges = np.flatnonzero(np.diff(mask.ravel(), prepend=False, append=False))
        return cls(edges.astype(np.int32).reshape(-1, 2))

    @classmethod
    def together(cls, bounds: Sequence[np.ndarray]) -> "RunLengthMask":
        """Return the voxels of several sets that have none in common."""
        if len(bounds) == 1:
            return cls(bounds[0])
        all_bounds = np.concatenate(bounds)
        return cls(all_bounds[np.argsort(all_bounds[:, 0])])

    def __len__(self) -> int:
        return int((self.bounds[:, 1] - self.bounds[:, 0]).sum())

    def flat_index(self, number: int) -> int:
        """Return the flat index of voxel `number`, counted from 0 to the number of voxels."""
        first, stop = self.bounds.T
        ends = np.cumsum(stop - first)  # voxels up to the end of each run
        run = int(np.searchsorted(ends, number, side="right"))
        return int(stop[run] - (ends[run] - number))

    def mask(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the boolean mask (D, H, W) again."""
        steps = np.zeros(int(np.prod(shape)) + 1, dtype=np.int8)
        steps[self.bounds[:, 0]] = 1
        steps[self.bounds[:, 1]] -= 1
        return np.cumsum(steps[:-1], dtype=np.int8).astype(bool).reshape(shape)
