"""How well two images fit: Mattes' mutual information, which asks for no common contrast."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.prepare.registration.itk_images import WORK_UNITS, to_itk
from braintumornet.volumes.volume import Volume

if TYPE_CHECKING:
    import SimpleITK as sitk

BINS = 32


@dataclass(frozen=True, eq=False)
class ImagePair:
    """Two images that SimpleITK compares, at one resolution.

    Args:
        fixed: where points are taken.
        moving: where their partners are looked up.
        fixed_mask: takes points inside only; its grid may be another than that of the image.
        moving_mask: takes partners inside only.
        samples: how many points are taken at most, evenly spread; None takes every voxel.
        seed: of the jitter of the points within their voxels.
    """

    fixed: Volume
    moving: Volume
    fixed_mask: Volume | None = None
    moving_mask: Volume | None = None
    samples: int | None = None
    seed: int = 0

    def itk(self) -> tuple["sitk.Image", "sitk.Image"]:
        """Return both as images of SimpleITK."""
        return to_itk(self.fixed), to_itk(self.moving)

    def method(self) -> "sitk.ImageRegistrationMethod":
        """Return a registration of SimpleITK that looks at this pair, without a transform or an optimiser."""
        import SimpleITK as sitk

        method = sitk.ImageRegistrationMethod()
        method.SetNumberOfWorkUnits(WORK_UNITS)
        method.SetMetricAsMattesMutualInformation(BINS)
        method.SetInterpolator(sitk.sitkLinear)
        if self.fixed_mask is not None:
            method.SetMetricFixedMask(_as_mask(self.fixed_mask))
        if self.moving_mask is not None:
            method.SetMetricMovingMask(_as_mask(self.moving_mask))
        share = 1.0 if self.samples is None else min(1.0, self.samples / self._voxels())
        method.SetMetricSamplingStrategy(method.REGULAR)  # jitters: points on voxels favour places that lie on voxels
        method.SetMetricSamplingPercentage(share, self.seed + 1)  # 0 would be the clock
        return method

    def _voxels(self) -> float:
        """Return how many voxels of the fixed image its mask holds."""
        if self.fixed_mask is None:
            return self.fixed.array.size
        inside_ml = float(self.fixed_mask.array.sum()) * self.fixed_mask.space.voxel_ml
        return max(1.0, inside_ml / self.fixed.space.voxel_ml)


def _as_mask(mask: Volume) -> "sitk.Image":
    import SimpleITK as sitk

    return sitk.Cast(to_itk(mask), sitk.sitkUInt8)


def measure_fit(pair: ImagePair, transforms: Iterable["sitk.Transform"]) -> list[float]:
    """Return the mutual information (in nats, larger fits better) of two images under each transform.

    Where the two hardly overlap it is 0.
    """
    fixed, moving = pair.itk()
    method = pair.method()
    found = []
    for transform in transforms:
        method.SetInitialTransform(transform)
        try:
            found.append(-method.MetricEvaluate(fixed, moving))
        except RuntimeError:  # no point of one image meets the other
            found.append(0.0)
    return found


def overlap(fixed_mask: Volume, moving: Volume, matrices: Iterable[np.ndarray]) -> list[float]:
    """Return the share of a mask that lies within the field of view of another image, for each (4, 4) transform."""
    points = np.argwhere(fixed_mask.array)
    points_mm = points @ fixed_mask.space.affine[:3, :3].T + fixed_mask.space.affine[:3, 3]
    shares = []
    for matrix in matrices:
        to_index = np.linalg.inv(moving.space.affine) @ matrix
        index = points_mm @ to_index[:3, :3].T + to_index[:3, 3]
        inside = ((index >= -0.5) & (index <= np.array(moving.space.shape) - 0.5)).all(axis=1)
        shares.append(float(inside.mean()) if len(inside) else 0.0)
    return shares
