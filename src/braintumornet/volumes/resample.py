"""From one grid to another."""

from itertools import product

import numpy as np
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.core.workers.parallel import GIB, free_memory
from braintumornet.volumes.box import cut_box
from braintumornet.volumes.volume import Volume

SAME_SPACING = 1e-3  # relative: what resampling would change less than it would blur
FEWEST_VOXELS = 2  # along the longest axis; less is no image of a head, but a wrong unit
VOXEL_BYTES = 8  # a float32 image, and once more while it is turned or scaled


def at_spacing(space: Space, spacing_mm: tuple[float, float, float]) -> Space:
    """Return the grid over the same field of view with another spacing; unchanged where it has it already.

    Raises:
        InputError: an image on it would not fit into the memory, or nothing of it would be left.
    """
    if np.allclose(space.spacing_mm, spacing_mm, rtol=SAME_SPACING, atol=0):
        return space
    scale = np.divide(spacing_mm, space.spacing_mm)  # old voxels per new voxel
    voxels = np.round(np.divide(space.shape, scale), 3)  # half a voxel is half a voxel, whatever the affine rounds off
    _require_memory(space, voxels, spacing_mm)
    _require_extent(space, voxels, spacing_mm)
    shape = np.maximum(1, np.round(voxels)).astype(int)
    affine = space.affine.copy()
    affine[:3, :3] *= scale
    # the outer edges of the two fields of view coincide, up to the rounding of the shape
    shift = (np.asarray(space.shape) - 1) / 2 - (shape - 1) / 2 * scale
    affine[:3, 3] += space.affine[:3, :3] @ shift
    return Space((int(shape[0]), int(shape[1]), int(shape[2])), affine, space.atlas)


def _require_memory(space: Space, voxels: np.ndarray, spacing_mm: tuple[float, float, float]) -> None:
    needed, free = VOXEL_BYTES * float(np.prod(voxels)), free_memory()
    if free is not None and needed > free:
        wanted = " x ".join(f"{mm:g}" for mm in spacing_mm)
        msg = (
            f"has {space}; at {wanted} mm an image takes {needed / GIB:.3g} GiB, and {free / GIB:.3g} GiB are free: "
            "look at the voxel size and its unit in the header"
        )
        raise InputError(msg)


def _require_extent(space: Space, voxels: np.ndarray, spacing_mm: tuple[float, float, float]) -> None:
    if max(voxels) < FEWEST_VOXELS:
        wanted = " x ".join(f"{mm:g}" for mm in spacing_mm)
        msg = (
            f"has {space}; at {wanted} mm hardly a voxel is left of it: look at the voxel size and its unit in the "
            "header"
        )
        raise InputError(msg)


def resample(volume: Volume, space: Space, order: int = 1) -> Volume:
    """Sample a volume at the voxel centres of another grid; zero outside its field of view.

    Args:
        volume: any grid.
        space: the grid wanted.
        order: 1 linear (images, probabilities), 0 nearest (labels).
    """
    if volume.space == space:
        return volume
    index_map = np.linalg.inv(volume.space.affine) @ space.affine
    whole = np.round(index_map)
    if np.allclose(index_map, whole, atol=1e-3) and np.array_equal(whole[:3, :3], np.eye(3)):
        return Volume(cut_box(volume.array, whole[:3, 3].astype(int), space.shape), space)
    array = np.zeros(space.shape, volume.array.dtype)
    reached = _reached_box(volume.space, space)
    start = index_map[:3, 3] + index_map[:3, :3] @ [side.start for side in reached]
    array[reached] = ndimage.affine_transform(
        volume.array,
        index_map[:3, :3],
        start,
        output_shape=array[reached].shape,
        order=order,
        mode="grid-constant",
    )
    return Volume(array, space)


def _reached_box(source: Space, target: Space) -> tuple[slice, slice, slice]:
    """Return the box of a grid outside of which all is zero, because another grid ends more than a voxel before it."""
    ends = np.array(list(product(*((-1, size) for size in source.shape))))  # (8, 3)
    to_target = np.linalg.inv(target.affine) @ source.affine
    corners = ends @ to_target[:3, :3].T + to_target[:3, 3]
    low = np.clip(np.floor(corners.min(axis=0)), 0, target.shape).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)) + 1, low, target.shape).astype(int)
    d, h, w = (slice(int(first), int(end)) for first, end in zip(low, high, strict=True))
    return d, h, w
