"""Where the network's box lies over an image: its top at the vertex, its middle over the upper head."""

import numpy as np
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.prepare.stripping.network import VOXEL_MM, box_shape
from braintumornet.volumes.components import largest_component
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume

TOP_MM = 6.0  # of the box above the vertex
_UPPER_MM = 110.0  # below the vertex: there the head is centred, where neither nose nor shoulders count
_ABOVE_AIR = 0.12  # of the way from the darkest to the bright: where a head begins
_SEEN_AREA_MM2 = 300.0  # of head in a slice; less is an artefact
_COARSE_MM = 4.0


def box_over_head(image: Volume) -> Space:
    """Return the grid of the network, axes along those of the patient, over the head in an image.

    Args:
        image: any grid; 0 or noise outside the head.
    """
    coarse = sampled(image, _field_of_view(image.space, _COARSE_MM))
    head = _head(coarse.array)
    upper_mm = _upper_head_mm(head)
    first = coarse.space.affine[:3, 3]
    shape = box_shape()
    size_mm = np.multiply(shape, VOXEL_MM)
    middle_mm = first + upper_mm
    middle_mm[2] = first[2] + upper_mm[2] + TOP_MM - size_mm[2] / 2
    affine = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
    affine[:3, 3] = middle_mm - (size_mm - VOXEL_MM) / 2
    return Space(shape, affine)


def shift_to_box_mm(image: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Return how far an image that fills the box is to be moved so that the head lies as it should, in mm (3,).

    Args:
        image: grey levels (D, H, W).
        voxel_mm: edge of its voxels.
    """
    wanted = (np.asarray(image.shape) - 1) / 2 * voxel_mm
    wanted[2] = (image.shape[2] - 0.5) * voxel_mm - TOP_MM
    shift: np.ndarray = wanted - _upper_head_mm(_head(image), voxel_mm)
    return shift


def sampled(image: Volume, grid: Space) -> Volume:
    """Sample an image on a coarser grid, averaging what falls between the new voxels.

    The outermost slices keep their value up to their outer edge, which is far from their centre where they are thick;
    beyond it is 0.
    """
    coarser = np.divide(min(grid.spacing_mm), image.space.spacing_mm)
    sd = 0.4 * np.sqrt(np.maximum(np.square(coarser) - 1, 0))
    smooth = ndimage.gaussian_filter(image.array.astype(np.float32), sd, mode="nearest")
    wider = np.pad(smooth, 1, mode="edge")
    affine = image.space.affine.copy()
    affine[:3, 3] -= affine[:3, :3].sum(axis=1)
    whole = resample(Volume(wider, Space(wider.shape, affine)), grid)
    return Volume(whole.array * within_reach(image.space, grid), grid)


def within_reach(space: Space, grid: Space) -> np.ndarray:
    """Return which voxels of a grid lie in the field of view of another, up to the outer edges of its voxels.

    Args:
        space: the grid that was seen.
        grid: the grid asked about.

    Returns:
        Boolean array of the shape of `grid`.
    """
    matrix = np.linalg.inv(space.affine) @ grid.affine
    x, y, z = np.ogrid[tuple(slice(0, size) for size in grid.shape)]
    inside = np.ones(grid.shape, bool)
    for (of_x, of_y, of_z, shift), size in zip(matrix[:3], space.shape, strict=True):
        index = of_x * x + of_y * y + of_z * z + shift
        inside &= (index >= -0.5) & (index <= size - 0.5)
    return inside


def _field_of_view(space: Space, spacing_mm: float) -> Space:
    """Return a grid along the patient's axes that covers another grid."""
    corners = space.corners_mm()
    low, high = corners.min(axis=0), corners.max(axis=0)
    shape = np.ceil((high - low) / spacing_mm).astype(int) + 1
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = low
    return Space((int(shape[0]), int(shape[1]), int(shape[2])), affine)


def _head(image: np.ndarray) -> np.ndarray:
    """Return the head's mask (D, H, W): the largest thing that is brighter than air."""
    smooth = ndimage.uniform_filter(image.astype(np.float32), 3)
    dark, bright = np.percentile(smooth, (1, 99))
    return largest_component(smooth > dark + _ABOVE_AIR * (bright - dark))


def _upper_head_mm(head: np.ndarray, spacing_mm: float = _COARSE_MM) -> np.ndarray:
    """Return the middle of the upper head and the height of the vertex, in mm from the first voxel (3,).

    Where no head is found, it is the middle of the image and its top.
    """
    area = head.sum(axis=(0, 1)) * spacing_mm**2
    seen = np.flatnonzero(area > _SEEN_AREA_MM2)
    if not seen.size:
        return np.multiply((head.shape[0] / 2, head.shape[1] / 2, head.shape[2]), spacing_mm)
    vertex = int(seen[-1])
    upper = head[:, :, max(0, vertex - round(_UPPER_MM / spacing_mm)) : vertex + 1]
    middle = []
    for axis in (0, 1):
        share = np.cumsum(upper.sum(axis=(1 - axis, 2)).astype(float))
        low, high = np.searchsorted(share / share[-1], (0.02, 0.98))
        middle.append((low + high) / 2)
    return np.multiply((*middle, vertex + 0.5), spacing_mm)
