"""Whether a brain mask can be right: figures that need no truth."""

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.prepare.quality.figure import Figure
from braintumornet.prepare.quality.limits import judge, not_assessed
from braintumornet.volumes.components import largest_component
from braintumornet.volumes.volume import Volume

ASSUMED = "the size of the voxels is assumed"
ONE_MASK = "there is one mask only, and none to compare it with"
EDGE_VOXELS = 1.25  # from the edge of an image: its outermost voxels, not the next ones


def mask_figures(
    mask: Volume,
    agreement: float | None,
    grids: Mapping[str, Space],
    output_to_sequence_mm: Mapping[str, np.ndarray],
    true_mm: bool = True,
) -> list[Figure]:
    """Judge a brain mask by its volume, its pieces, the masks of single sequences, and the edges of the images.

    Args:
        mask: boolean, on the output grid, in RAS+.
        agreement: Dice of the masks that the sequences gave independently of each other; None where there is one mask.
        grids: sequence -> its own grid.
        output_to_sequence_mm: sequence -> (4, 4) rigid motion from a point of the output to that of the sequence.
        true_mm: whether the size of the voxels is known, and not assumed.

    Returns:
        Brain volume, brain in one piece, mask agreement, and per sequence brain cut off.
    """
    volume_ml = float(mask.array.sum()) * mask.space.voxel_ml
    return [
        judge("brain volume", volume_ml) if true_mm else not_assessed("brain volume", ASSUMED),
        judge("brain in one piece", _largest_share(mask.array)),
        not_assessed("mask agreement", ONE_MASK) if agreement is None else judge("mask agreement", agreement),
        *(
            judge("brain cut off", share_cut_off(mask, grid, output_to_sequence_mm[sequence]), sequence)
            for sequence, grid in grids.items()
        ),
    ]


def share_cut_off(mask: Volume, grid: Space, output_to_sequence_mm: np.ndarray) -> float | None:
    """Return which share of a brain's surface lies at the edge of an image or beyond it; None where there is no brain.

    Args:
        mask: boolean, on the output grid.
        grid: of the image; its field of view ends half a voxel beyond the centres of its outermost voxels.
        output_to_sequence_mm: (4, 4) from a point of the output to that of the image.
    """
    surface = np.argwhere(mask.array & ~ndimage.binary_erosion(mask.array))
    if not len(surface):
        return None
    to_index = np.linalg.inv(grid.affine) @ output_to_sequence_mm @ mask.space.affine
    index = surface @ to_index[:3, :3].T + to_index[:3, 3]
    voxels = np.minimum(index + 0.5, np.subtract(grid.shape, 0.5) - index)  # to the nearer edge, along each axis
    margin_mm = EDGE_VOXELS * max(mask.space.spacing_mm)
    return float((voxels * grid.spacing_mm < margin_mm).any(axis=1).mean())


def _largest_share(mask: np.ndarray) -> float | None:
    return float(largest_component(mask).sum() / mask.sum()) if mask.any() else None
