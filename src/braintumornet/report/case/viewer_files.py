"""What the viewer in a page is given: small NIfTI files, packed, in base64."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from braintumornet.core.space import Space
from braintumornet.report.case.case_volumes import CaseVolumes
from braintumornet.volumes.brain import Box, box_around
from braintumornet.volumes.nifti import pack_volumes
from braintumornet.volumes.pictures import as_grey
from braintumornet.volumes.volume import Volume

MARGIN_VOXELS = 2
MOST_BYTES = 9_000_000  # of the text; the page has pictures and the viewer besides, and is to stay under 15 MB


@dataclass(frozen=True)
class ViewerFiles:
    """The volumes of a viewer; all lie on one grid in RAS+ orientation, cut to the head.

    Args:
        images: sequence -> NIfTI file of uint8, packed, in base64.
        masks: task -> likewise, of uint32: bit n of a voxel says whether it lies in the n-th region of the task.
        space: the grid.
        shrunk: by how much it is coarser than the case's own along each axis.
    """

    images: Mapping[str, str]
    masks: Mapping[str, str]
    space: Space
    shrunk: tuple[int, int, int]


def make_viewer_files(case: CaseVolumes, most_bytes: int = MOST_BYTES) -> ViewerFiles:
    """Return the volumes of a case as a page holds them; where they are too large, the finest axis is halved.

    Images are averaged when they are halved; a voxel of a mask is inside where any of those that it came from was, so
    that no lesion disappears.

    Args:
        case: what is to be shown.
        most_bytes: of all files together.
    """
    box = box_around(case.head | _any_mask(case), MARGIN_VOXELS)
    space = _cut_space(case.space, box)
    images = {name: Volume(as_grey(image.array[box], image.array), space) for name, image in case.images.items()}
    masks = {task: Volume(_as_bits(regions, box), space) for task, regions in case.masks.items()}
    shrunk = [1, 1, 1]
    while True:
        packed = [{name: _pack(volume) for name, volume in some.items()} for some in (images, masks)]
        if sum(len(text) for some in packed for text in some.values()) <= most_bytes or max(space.shape) <= 2:
            x, y, z = shrunk
            return ViewerFiles(packed[0], packed[1], space, (x, y, z))
        axis = int(np.argmin(space.spacing_mm))
        shrunk[axis] *= 2
        images = {name: _halve(volume, axis, np.mean) for name, volume in images.items()}
        masks = {task: _halve(volume, axis, np.bitwise_or.reduce) for task, volume in masks.items()}
        space = next(iter((*images.values(), *masks.values()))).space


def _any_mask(case: CaseVolumes) -> np.ndarray:
    found: np.ndarray = np.logical_or.reduce([np.zeros(case.space.shape, bool), *map(case.tumour, case.masks)])
    return found


def _cut_space(space: Space, box: Box) -> Space:
    affine = space.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ [side.start for side in box]
    x, y, z = (side.stop - side.start for side in box)
    return Space((x, y, z), affine)


def _as_bits(regions: Mapping[str, np.ndarray], box: Box) -> np.ndarray:
    bits = np.zeros([side.stop - side.start for side in box], dtype=np.uint32)
    for number, mask in enumerate(regions.values()):
        bits |= mask[box].astype(np.uint32) << np.uint32(number)
    return bits


def _halve(volume: Volume, axis: int, join: Callable[..., Any]) -> Volume:
    """Return a volume whose voxels are two of the old ones along an axis; the last one is repeated if they are odd."""
    array = volume.array
    if array.shape[axis] % 2:
        array = np.concatenate([array, array.take([-1], axis)], axis)
    pairs = array.reshape(*array.shape[:axis], -1, 2, *array.shape[axis + 1 :])
    joined = join(pairs, axis=axis + 1).astype(array.dtype)
    step = np.eye(4)
    step[axis, axis], step[axis, 3] = 2, 0.5  # the centre of the first pair lies half a voxel further
    return Volume(joined, Space(joined.shape, volume.space.affine @ step))


def _pack(volume: Volume) -> str:
    return base64.b64encode(pack_volumes([volume])).decode()
