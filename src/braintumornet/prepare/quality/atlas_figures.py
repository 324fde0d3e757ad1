"""Whether a head lies in the atlas, and whether its brain mask has the shape of a brain."""

import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.quality.figure import Figure
from braintumornet.prepare.quality.limits import LIMITS, judge, not_assessed
from braintumornet.prepare.quality.mask_figures import ASSUMED
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume

NO_ATLAS = "no atlas was used"


def atlas_figures(
    mask: Volume,
    atlas_mask: Volume | None,
    rigid_mm: np.ndarray | None,
    affine_mm: np.ndarray | None,
    true_mm: bool = True,
) -> list[Figure]:
    """Compare a brain mask with the atlas's, after the rigid fit and after an affine one that serves only for this.

    Args:
        mask: boolean, on any grid, such as the output's.
        atlas_mask: boolean, on the atlas grid; None where there is no atlas.
        rigid_mm: (4, 4) from a point of the atlas to the same point in the millimetres of `mask`; the identity where
            the mask is on a grid in atlas space.
        affine_mm: the same with 12 parameters; None where it was not fitted.
        true_mm: whether the size of the voxels is known, and not assumed.

    Returns:
        Atlas overlap after the rigid fit and after the affine one, and scale to atlas.
    """
    scale, rigid, affine = "scale to atlas", "atlas overlap, rigid", "atlas overlap, affine"
    if atlas_mask is None:
        return [not_assessed(name, NO_ATLAS) for name in (rigid, affine, scale)]
    measured = {
        rigid: None if rigid_mm is None else overlap(mask, atlas_mask, rigid_mm),
        affine: None if affine_mm is None else overlap(mask, atlas_mask, affine_mm),
        scale: None if affine_mm is None else float(np.linalg.det(affine_mm[:3, :3])),
    }
    return [
        not_assessed(name, ASSUMED) if LIMITS[name].needs_mm and not true_mm else judge(name, value)
        for name, value in measured.items()
    ]


def overlap(mask: Volume, atlas_mask: Volume, atlas_to_mask_mm: np.ndarray) -> float | None:
    """Return the Dice coefficient of two boolean masks on the grid of the second; None where one is empty there.

    Args:
        mask: to be judged.
        atlas_mask: of the atlas.
        atlas_to_mask_mm: (4, 4) from a point of the atlas to the same point of the mask.
    """
    seen_from = Space(atlas_mask.space.shape, atlas_to_mask_mm @ atlas_mask.space.affine)
    seen = resample(Volume(mask.array.astype(np.float32), mask.space), seen_from).array >= 0.5
    if not seen.any() or not atlas_mask.array.any():
        return None
    return float(2 * (seen & atlas_mask.array).sum() / (seen.sum() + atlas_mask.array.sum()))
