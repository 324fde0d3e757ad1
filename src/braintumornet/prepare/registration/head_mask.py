"""Where the head is, with skull and skin or without, and without the neck: what a registration looks at."""

import numpy as np
from scipy import ndimage

from braintumornet.volumes.components import largest_component
from braintumornet.volumes.volume import Volume

BELOW_VERTEX_MM = 180.0  # the brain and the skull base end above it, the neck below, as in FSL's robustfov
RIM_SHARE = 0.10  # of the way from dark to bright: where BET sees the head begin
_VERTEX_CM2 = 5.0  # a plane of the head is at least as large; less is a marker or noise


def head_mask(volume: Volume, margin_mm: float = 0.0, below_vertex_mm: float = BELOW_VERTEX_MM) -> Volume:
    """Return where the head is down to some way below its vertex, its holes filled.

    Meant for a coarse grid of some millimetres, on which noise and gaps between skin and brain are smoothed away.

    Args:
        volume: any sequence on a grid in RAS+ orientation.
        margin_mm: by which the mask is widened all around.
        below_vertex_mm: where it ends; default 180 mm, between skull base and neck.

    Returns:
        boolean volume; where nothing stands out, the whole grid.
    """
    smooth = ndimage.gaussian_filter(volume.array.astype(np.float32), np.divide(2.0, volume.space.spacing_mm))
    dark, bright = np.percentile(smooth, (2, 98))
    head = smooth > dark + RIM_SHARE * (bright - dark)
    if not head.any():
        return Volume(np.ones(volume.space.shape, bool), volume.space)
    head = ndimage.binary_fill_holes(largest_component(head))
    neck = _neck(head, volume, below_vertex_mm)
    if margin_mm:
        head = ndimage.distance_transform_edt(~head, volume.space.spacing_mm) <= margin_mm
    return Volume(head & ~neck, volume.space)


def _neck(head: np.ndarray, volume: Volume, below_vertex_mm: float) -> np.ndarray:
    """Return what lies too far below the vertex."""
    affine = volume.space.affine
    height_mm = affine[2, 3] + sum(
        np.asarray(affine[2, axis] * np.arange(size)).reshape([-1 if a == axis else 1 for a in range(3)])
        for axis, size in enumerate(volume.space.shape)
    )
    heights = np.sort(np.broadcast_to(height_mm, head.shape)[head])[::-1]
    voxel_cm3 = volume.space.voxel_ml
    above = int(_VERTEX_CM2 * 0.4 / voxel_cm3)  # some 4 mm of such a plane lie above the vertex
    vertex_mm = heights[min(above, len(heights) - 1)]
    return np.asarray(height_mm < vertex_mm - below_vertex_mm)
