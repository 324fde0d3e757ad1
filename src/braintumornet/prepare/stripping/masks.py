"""From masks to signed distances, which can be moved and voted on as those of the network; and what a mask must be."""

import numpy as np
from scipy import ndimage

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.stripping.network import LARGEST_MM
from braintumornet.volumes.brain_plausibility import LARGEST_BRAIN_ML, SMALLEST_BRAIN_ML
from braintumornet.volumes.volume import Volume


def mask_distance(mask: Volume) -> Volume:
    """Return the signed distance to the surface of a mask in mm, negative inside, cut at 5 mm; on the mask's grid."""
    inside = mask.array > 0
    spacing = mask.space.spacing_mm
    outwards = ndimage.distance_transform_edt(~inside, sampling=spacing)
    inwards = ndimage.distance_transform_edt(inside, sampling=spacing)
    half = 0.5 * min(spacing)  # the surface lies between two voxels
    distance = np.where(inside, half - inwards, outwards - half)
    return Volume(np.clip(distance, -LARGEST_MM, LARGEST_MM).astype(np.float32), mask.space)


def require_plausible(mask: Volume, what: str) -> None:
    """Refuse a mask that cannot be that of a brain.

    Raises:
        InputError: it is empty, or its volume is that of no brain.
    """
    ml = float((mask.array > 0).sum()) * mask.space.voxel_ml
    if ml == 0:
        msg = f"{what} is empty; look at what made it, or choose another --skullstrip"
        raise InputError(msg)
    if not SMALLEST_BRAIN_ML <= ml <= LARGEST_BRAIN_ML:
        msg = (
            f"{what} holds {ml:.0f} ml; a brain has {SMALLEST_BRAIN_ML} to {LARGEST_BRAIN_ML} ml: look at what made "
            "it, or choose another --skullstrip"
        )
        raise InputError(msg)
