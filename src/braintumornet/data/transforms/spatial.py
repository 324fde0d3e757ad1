"""Space: image and label of a patch sampled together, through one map, in one go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor

from braintumornet.core.space import Shape
from braintumornet.data.transforms.augment import Augmentation
from braintumornet.data.transforms.splines import SmoothField

CACHED_BLOCK = (40, 40)  # planes and rows sampled at a time on a CPU, so that what they need stays in its cache


@dataclass(frozen=True, eq=False)
class Warp:
    """Where each voxel of a patch comes from in a volume, in voxels.

    Voxel v of the patch comes from `centre` + `matrix` (v - (patch - 1) / 2) + `displacements` (v).

    Args:
        patch: voxels of the patch.
        centre: (3,) where the patch's centre comes from.
        matrix: (3, 3), from voxel offsets in the patch to voxel offsets in the volume.
        displacements: (3, a, b, c), control points of a B-spline over the patch, or None.
    """

    patch: Shape
    centre: np.ndarray
    matrix: np.ndarray
    displacements: np.ndarray | None

    @property
    def only_mirrors(self) -> bool:
        """Whether voxels are sampled where they are, or where their mirror images are."""
        return self.displacements is None and np.array_equal(np.abs(self.matrix), np.eye(3))

    def source(self, volume: Shape) -> tuple[np.ndarray, Shape]:
        """Return the start and the shape of the box of a volume that the patch is sampled from.

        It is as small as it can be, and reaches at most one voxel, which is zero, beyond the volume.
        """
        half = (np.array(self.patch) - 1) / 2
        if self.only_mirrors:
            return np.round(self.centre - half).astype(int), self.patch
        reach = np.abs(self.matrix) @ half
        if self.displacements is not None:
            reach += np.abs(self.displacements).max(axis=(1, 2, 3))  # a B-spline stays within its control points
        start = np.clip(np.floor(self.centre - reach), -1, np.array(volume) - 1).astype(int)
        stop = np.clip(np.floor(self.centre + reach) + 2, start + 2, np.array(volume) + 1).astype(int)
        d, h, w = (int(size) for size in stop - start)
        return start, (d, h, w)


def plan_warp(
    augmentation: Augmentation, patch: Shape, start: np.ndarray, spacing_mm: tuple[float, float, float]
) -> Warp:
    """Return the map of a patch that would begin at voxel `start` if nothing moved."""
    spacing = np.array(spacing_mm)
    moved = augmentation.displacements_mm
    return Warp(
        patch=patch,
        centre=np.asarray(start) + (np.array(patch) - 1) / 2,
        matrix=augmentation.matrix * spacing[None, :] / spacing[:, None],
        displacements=None if moved is None else moved / spacing[:, None, None, None],
    )


def warp_patch(
    image: Tensor, labels: Tensor, warp: Warp, start: np.ndarray, out: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Sample a patch: the image linearly, the labels at the nearest voxel.

    Args:
        image: float32 (S, d, h, w), the box `warp.source` of a volume.
        labels: int32 or int64 (d, h, w), the same box.
        warp: the map.
        start: where in the volume the box begins.
        out: where to put the image of the patch; default new memory.

    Returns:
        Image (S, D, H, W) and labels (D, H, W) of the patch.
    """
    warped = image.new_empty((len(image), *warp.patch)) if out is None else out
    if warp.only_mirrors:
        axes = [axis for axis in range(3) if warp.matrix[axis, axis] < 0]
        for channel, target in zip(image, warped, strict=True):
            target.copy_(channel.flip(axes))
        return warped, labels.flip(axes)
    box = labels.shape
    channels, flat_labels = image.reshape(len(image), -1), labels.reshape(-1)
    strides = (box[1] * box[2], box[2], 1)
    warped_labels = labels.new_empty(warp.patch)
    for block, positions in _positions(warp, start, image.device):
        lowest, fractions = _split(positions, box)
        first = lowest[0] * strides[0] + lowest[1] * strides[1] + lowest[2]
        for channel, target in zip(channels, warped, strict=True):
            target[block] = _sample_linear(channel, first, fractions, strides).view(target[block].shape)
        nearest = first
        for fraction, stride in zip(fractions, strides, strict=True):
            nearest = nearest.add(fraction.round().int(), alpha=stride)
        warped_labels[block] = flat_labels.index_select(0, nearest).view(warped_labels[block].shape)
    return warped, warped_labels


def _positions(
    warp: Warp, start: np.ndarray, device: torch.device
) -> Iterator[tuple[tuple[slice, slice], list[Tensor]]]:
    """Yield blocks of planes and rows of the patch, and where they come from in the box: three tensors (voxels,)."""
    depth, height, _ = warp.patch
    planes, rows = CACHED_BLOCK if device.type == "cpu" else (depth, height)
    offsets = [torch.arange(size, device=device) - (size - 1) / 2 for size in warp.patch]
    field = None
    if warp.displacements is not None:
        field = SmoothField(warp.displacements, warp.patch, device)
    for plane, row in product(range(0, depth, planes), range(0, height, rows)):
        block = slice(plane, plane + planes), slice(row, row + rows)
        along, across = offsets[0][block[0], None, None], offsets[1][block[1], None]
        positions = []
        for axis in range(3):
            a, b, c = (float(value) for value in warp.matrix[axis])
            middle = float(warp.centre[axis] - start[axis])
            positions.append((a * along + (b * across + (c * offsets[2] + middle))).view(-1))
        if field is not None:
            moved = field.block(*block)
            positions = [position + moved[axis].reshape(-1) for axis, position in enumerate(positions)]
        yield block, positions


def _split(positions: list[Tensor], box: torch.Size) -> tuple[list[Tensor], list[Tensor]]:
    """Return the lowest corner of the cell around each position (int32), and how far into it the position lies.

    What leaves the box is moved to its face, which is zero there.
    """
    lowest, fractions = [], []
    for position, size in zip(positions, box, strict=True):
        position.clamp_(0, size - 1)
        floor = position.floor().clamp_(max=size - 2)
        fractions.append(position.sub_(floor))
        lowest.append(floor.int())
    return lowest, fractions


def _sample_linear(channel: Tensor, first: Tensor, fractions: Sequence[Tensor], strides: Sequence[int]) -> Tensor:
    """Interpolate between the eight corners of each cell: (N,).

    One axis after the other, the last one first, so that little memory is in use at a time; `grid_sample` does the same
    in 1.7 times the time on a CPU.

    Args:
        channel: (voxels of the box,).
        first: index of each cell's lowest corner (N,).
        fractions: for each axis, how far into its cell each position lies (N,).
        strides: from a corner to the next along each axis.
    """
    if not fractions:
        return channel.index_select(0, first)
    low = _sample_linear(channel, first, fractions[1:], strides[1:])
    high = _sample_linear(channel[strides[0] :], first, fractions[1:], strides[1:])
    return torch.lerp(low, high, fractions[0], out=low)
