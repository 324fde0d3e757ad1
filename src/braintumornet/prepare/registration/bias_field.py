"""The bias field of the receiver coils, which makes one tissue brighter on one side of the head than on the other."""

from typing import TYPE_CHECKING

import numpy as np

from braintumornet.prepare.registration.head_mask import head_mask
from braintumornet.prepare.registration.itk_images import WORK_UNITS, to_array, to_itk
from braintumornet.prepare.registration.pyramid import isotropic
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume

if TYPE_CHECKING:
    import SimpleITK as sitk

COARSE_MM = 6.0  # four times as fast as 4 mm, and within 1 % of its field on real heads
ITERATIONS = (50, 50, 30)


def correct_bias(volume: Volume, mask: Volume | None = None) -> Volume:
    """Return an image without its bias field, which N4 finds at 6 mm.

    For finding masks and positions: what a network sees keeps its field unless the user asks for the correction.

    Args:
        volume: any sequence, RAS+ orientation.
        mask: of the tissue to look at, on any grid; default the head.

    Returns:
        float32 volume on the same grid; unchanged where nothing is above zero in the mask.

    References:
        N. J. Tustison et al., N4ITK: improved N3 bias correction, IEEE Trans Med Imaging 29 (2010).
    """
    coarse = isotropic(Volume(volume.array.astype(np.float32), volume.space), COARSE_MM)
    looked_at = head_mask(coarse) if mask is None else _on_grid_of(coarse, mask)
    looked_at = Volume(looked_at.array & (coarse.array > 0), coarse.space)
    if not looked_at.array.any():
        return Volume(volume.array.astype(np.float32), volume.space)
    field = _field_on(volume, _find_field(coarse, looked_at))
    return Volume(volume.array.astype(np.float32) / field, volume.space)


def _on_grid_of(coarse: Volume, mask: Volume) -> Volume:
    share = resample(Volume(mask.array.astype(np.float32), mask.space), coarse.space)
    return Volume(share.array >= 0.5, coarse.space)


def _find_field(coarse: Volume, mask: Volume) -> "sitk.N4BiasFieldCorrectionImageFilter":
    import SimpleITK as sitk

    filter_ = sitk.N4BiasFieldCorrectionImageFilter()
    filter_.SetNumberOfWorkUnits(WORK_UNITS)
    filter_.SetMaximumNumberOfIterations(ITERATIONS)
    filter_.Execute(to_itk(coarse), sitk.Cast(to_itk(mask), sitk.sitkUInt8))
    return filter_


def _field_on(volume: Volume, found: "sitk.N4BiasFieldCorrectionImageFilter") -> np.ndarray:
    """Return the field on the grid of the whole image; it is smooth, so that no more than 1 in 10 is trusted."""
    logarithm = to_array(found.GetLogBiasFieldAsImage(to_itk(volume)))
    field: np.ndarray = np.exp(np.clip(logarithm, -np.log(10), np.log(10))).astype(np.float32)
    return field
