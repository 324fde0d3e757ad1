"""An affine fit, which scales and shears: for plausibility limits and mask priors alone, never for what is written.

The atlas space of BraTS is rigid, so that volumes stay true.
"""

from dataclasses import dataclass

import numpy as np

from braintumornet.prepare.registration.itk_images import to_affine_transform
from braintumornet.prepare.registration.mutual_information import ImagePair, measure_fit
from braintumornet.prepare.registration.optimise import climb
from braintumornet.prepare.registration.pyramid import clipped, isotropic
from braintumornet.volumes.volume import Volume

_LEVELS_MM = (4.0, 2.0)
_ITERATIONS = 60
_SAMPLES = 30_000


@dataclass(frozen=True, eq=False)
class AffineFit:
    """How a fixed image must be turned, shifted, scaled and sheared to lie on a moving one.

    Args:
        matrix: (4, 4) from a point of the fixed image to a point of the moving one, RAS+ mm.
        metric: mutual information in nats at the end.
    """

    matrix: np.ndarray
    metric: float

    @property
    def volume_ratio(self) -> float:
        """Volume of the moving head over that of the fixed one."""
        return float(np.linalg.det(self.matrix[:3, :3]))


def fit_affine(fixed: Volume, moving: Volume, start: np.ndarray, fixed_mask: Volume | None = None) -> AffineFit:
    """Fit twelve parameters, beginning at a rigid registration.

    Args:
        fixed: such as an atlas, RAS+ orientation.
        moving: such as a head, RAS+ orientation.
        start: (4, 4) from the fixed to the moving image, RAS+ mm.
        fixed_mask: looks at points inside only.
    """
    fixed, moving = clipped(fixed), clipped(moving)
    matrix, centre_mm = start, fixed.space.corners_mm().mean(axis=0)
    for spacing_mm in _LEVELS_MM:
        pair = ImagePair(isotropic(fixed, spacing_mm), isotropic(moving, spacing_mm), fixed_mask, samples=_SAMPLES)
        matrix = climb(pair, to_affine_transform(matrix, centre_mm), spacing_mm / 2, _ITERATIONS)
    return AffineFit(matrix, measure_fit(pair, [to_affine_transform(matrix)])[0])
