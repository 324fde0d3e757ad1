"""Windows over a volume, and one answer from many of them.

Windows live in output coordinates: what a window answers for its own voxels is laid at these voxels and nowhere else.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import product

import torch
from torch import Tensor
from torch.nn import functional as F

from braintumornet.core.space import Shape

Answer = Callable[[Tensor], Mapping[str, Tensor]]
"""Window (1, S, d, h, w) -> answers: maps (1, R, d, h, w) of the window's size and class vectors (1, K)."""


def window_starts(size: int, window: int, overlap: float) -> list[int]:
    """Return where windows begin along an axis: evenly spaced, the first at 0, the last at the end.

    Example:
        >>> window_starts(10, 4, 0.5)
        [0, 2, 4, 6]
        >>> window_starts(3, 4, 0.5)
        [0]
    """
    if size <= window:
        return [0]
    gaps = -(-(size - window) // max(1, int(window * (1 - overlap))))
    return [round(gap * (size - window) / gaps) for gap in range(gaps + 1)]


def gaussian_weight(window: Shape) -> Tensor:
    """Return how much each voxel of a window (d, h, w) counts: a Gaussian with an SD of an eighth of the size."""
    weight = torch.ones(1, 1, 1)
    for axis, size in enumerate(window):
        offset = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
        along = torch.exp(-0.5 * (offset / (size / 8)) ** 2).clamp(min=1e-3)
        weight = weight * along.reshape([-1 if a == axis else 1 for a in range(3)])
    return weight


def slide(image: Tensor, window: Shape, overlap: float, answer: Answer) -> dict[str, Tensor]:
    """Answer for a whole volume by windows: maps are blended with Gaussian weights, class vectors averaged.

    Args:
        image: (S, D, H, W); padded with zeros where it is smaller than the window.
        window: size in voxels.
        overlap: share of a window that the next one covers again.
        answer: what to do with each window.

    Returns:
        name -> map (R, D, H, W) or vector (K,), float32.
    """
    size = image.shape[1:]
    missing = [max(0, wanted - there) for wanted, there in zip(window, size, strict=True)]
    before = [pad // 2 for pad in missing]
    padding = [side for axis in (2, 1, 0) for side in (before[axis], missing[axis] - before[axis])]
    padded = F.pad(image, padding)
    weight = gaussian_weight(window).to(image.device)
    sums: dict[str, Tensor] = {}
    weights = torch.zeros(padded.shape[1:], device=image.device)
    count = 0
    for place in _places(padded.shape[1:], window, overlap):
        count += 1
        weights[place] += weight
        for name, given in answer(padded[(slice(None), *place)][None]).items():
            _add(sums, name, given[0].float(), place, weight, padded.shape[1:])
    inside = tuple(slice(b, b + s) for b, s in zip(before, size, strict=True))
    return {
        name: (total / weights)[(slice(None), *inside)] if total.ndim == 4 else total / count
        for name, total in sums.items()
    }


def _places(size: torch.Size, window: Shape, overlap: float) -> Iterator[tuple[slice, ...]]:
    starts = [window_starts(s, w, overlap) for s, w in zip(size, window, strict=True)]
    for corner in product(*starts):
        yield tuple(slice(start, start + w) for start, w in zip(corner, window, strict=True))


def _add(
    sums: dict[str, Tensor],
    name: str,
    given: Tensor,
    place: tuple[slice, ...],
    weight: Tensor,
    size: torch.Size,
) -> None:
    if given.ndim == 1:
        sums[name] = sums.get(name, torch.zeros_like(given)) + given
        return
    if name not in sums:
        sums[name] = torch.zeros(given.shape[0], *size, device=given.device)
    sums[name][(slice(None), *place)] += given * weight
