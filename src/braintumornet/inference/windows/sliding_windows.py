"""Windows over a volume, and one answer from many of them.

Windows live in output coordinates: what a window answers for its own voxels is laid at these voxels and nowhere else.
What a network reads around them comes from the volume, and is zero beyond it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from braintumornet.core.space import Shape

Item = TypeVar("Item")
Place = tuple[int, int, int]

Answer = Callable[[Tensor, Place], Mapping[str, Tensor]]
"""Images (B, S, ...) of windows and their margins, and where in the volume the first of them begins -> answers: maps
(B, R, d, h, w) of the windows' size and class vectors (B, K)."""


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


def even_window(size: Sequence[int], window: Shape) -> Shape:
    """Return the smallest window with which as few windows side by side cover a volume as with the one given.

    Example:
        >>> even_window((60, 20, 7), (29, 29, 29))
        (20, 20, 7)
    """
    d, h, w = (-(-there // -(-there // wanted)) for there, wanted in zip(size, window, strict=True))
    return d, h, w


def slide(
    image: Tensor,
    window: Shape,
    overlap: float,
    answer: Answer,
    *,
    margin: int = 0,
    where: Tensor | None = None,
    batch: int = 1,
) -> dict[str, Tensor]:
    """Answer for a whole volume by windows: maps are blended with Gaussian weights, class vectors averaged.

    Args:
        image: (S, D, H, W); padded with zeros where it is smaller than the window.
        window: size in voxels.
        overlap: share of a window that the next one covers again.
        answer: what to do with windows.
        margin: voxels on each side of a window that are handed to `answer` with it.
        where: bool (D, H, W); windows that hold none of it are left out, and maps are zero there.
        batch: windows that `answer` is given at once, at most; above 1 only where it does not ask where they begin.

    Returns:
        name -> map (R, D, H, W) or vector (K,), float32.
    """
    size = image.shape[1:]
    missing = [max(0, wanted - there) for wanted, there in zip(window, size, strict=True)]
    before = [pad // 2 for pad in missing]
    around = [(b + margin, m - b + margin) for b, m in zip(before, missing, strict=True)]
    padded = F.pad(image, [side for axis in reversed(around) for side in axis])
    spread = torch.Size(s + m for s, m in zip(size, missing, strict=True))
    inside = tuple(slice(b, b + s) for b, s in zip(before, size, strict=True))
    wanted = torch.ones(spread, dtype=torch.bool)
    if where is not None:
        wanted.zero_()[inside] = where.cpu()
    weight = torch.ones(1) if window == spread else gaussian_weight(window)  # one window alone is exact
    blend = _Blend(spread, weight.to(image.device))
    for places in even_batches([place for place in _places(spread, window, overlap) if wanted[place].any()], batch):
        parts = torch.stack([padded[(slice(None), *_widen(place, margin))] for place in places])
        d, h, w = (side.start - b for side, b in zip(places[0], before, strict=True))
        found = answer(parts, (d, h, w))
        for number, place in enumerate(places):
            blend.add({name: values[number] for name, values in found.items()}, place)
    return blend.result(inside)


def even_batches(items: Sequence[Item], most: int) -> list[Sequence[Item]]:
    """Return items in as few batches as can be, none larger than allowed, all of about the same size.

    Example:
        >>> even_batches("abcdefghi", 4)
        ['abc', 'def', 'ghi']
    """
    count = -(-len(items) // most)
    ends = [number * len(items) // max(1, count) for number in range(count + 1)]
    return [items[start:end] for start, end in pairwise(ends)]


def _widen(place: tuple[slice, ...], margin: int) -> tuple[slice, ...]:
    """Return what is read of the padded volume, which begins a margin before the volume does."""
    return tuple(slice(side.start, side.stop + 2 * margin) for side in place)


def _places(size: torch.Size, window: Shape, overlap: float) -> Iterator[tuple[slice, ...]]:
    starts = [window_starts(s, w, overlap) for s, w in zip(size, window, strict=True)]
    for corner in product(*starts):
        yield tuple(slice(start, start + w) for start, w in zip(corner, window, strict=True))


class _Blend:
    """Sums of what windows answered: of maps with the weight of a window's voxels, of vectors each the same.

    Args:
        size: of the volume.
        weight: of the voxels of a window.
    """

    def __init__(self, size: torch.Size, weight: Tensor) -> None:
        self.weight = weight
        self.weights = torch.zeros(size, device=weight.device)
        self.sums: dict[str, Tensor] = {}
        self.count = 0

    def add(self, answers: Mapping[str, Tensor], place: tuple[slice, ...]) -> None:
        """Add what one window answered."""
        self.count += 1
        self.weights[place] += self.weight
        for name, given in answers.items():
            values = given.float()
            if name not in self.sums:
                shape = values.shape if values.ndim == 1 else (len(values), *self.weights.shape)
                self.sums[name] = torch.zeros(shape, device=values.device)
            if values.ndim == 1:
                self.sums[name] += values
            else:
                self.sums[name][(slice(None), *place)] += values * self.weight

    def result(self, inside: tuple[slice, ...]) -> dict[str, Tensor]:
        """Return the means, maps cut to a box."""
        self.weights.clamp_(min=1e-12)  # where no window was
        return {
            name: (total / self.weights)[(slice(None), *inside)] if total.ndim == 4 else total / self.count
            for name, total in self.sums.items()
        }
