"""Metrics that measure distances between surfaces.

MONAI's definitions: a border voxel has a face neighbour outside the mask or lies at the volume's edge, and each counts
as one. Tools that weigh the elements of a surface mesh (surface-distance) or pool both directions (MedPy) give other
numbers.
"""

import re
from typing import ClassVar, Literal

from pydantic import Field

from braintumornet.core.metric import Better
from braintumornet.metrics.empty_structures import EmptyRule
from braintumornet.metrics.mask_pair import MaskMetric, MaskPair, OverlapMetric


class SurfaceDice(OverlapMetric):
    """The normalised surface Dice.

    Args:
        tolerance_mm: up to which distance a border voxel is right; it stands in the name.

    Example:
        >>> SurfaceDice.of_name("surface_dice_2mm").tolerance_mm
        2.0
    """

    kind: Literal["surface_dice"] = "surface_dice"
    tolerance_mm: float = Field(1.0, gt=0)

    @property
    def name(self) -> str:
        """Its kind and the tolerance."""
        return f"{self.kind}_{self.tolerance_mm:g}mm"

    @classmethod
    def of_name(cls, name: str) -> "SurfaceDice | None":
        """Return the surface Dice with the tolerance that the name says, or None where it is another's."""
        found = re.fullmatch(r"surface_dice_([\d.e+-]+)mm", name)
        try:
            return cls(tolerance_mm=float(found[1])) if found else None
        except ValueError:
            return None

    def measure(self, pair: MaskPair) -> float:
        """Return the share of both borders that lies within the tolerance of the other."""
        return pair.distances.surface_dice(self.tolerance_mm)


class Hd95(MaskMetric):
    """The 95th percentile Hausdorff distance.

    Example:
        >>> import numpy as np
        >>> from braintumornet.core.space import Space
        >>> truth, prediction = np.zeros((2, 4, 4, 4), bool)
        >>> truth[0, 0, 0] = prediction[0, 0, 3] = True
        >>> Hd95().score(MaskPair.cut(truth, prediction, Space((4, 4, 4), np.diag([1, 1, 2, 1]))))
        6.0
    """

    kind: Literal["hd95_mm"] = "hd95_mm"
    unit: ClassVar[str] = "mm"
    better: ClassVar[Better] = Better.LOWER
    empty: ClassVar[EmptyRule] = EmptyRule.DISTANCE

    def measure(self, pair: MaskPair) -> float:
        """Return the larger of the 95th percentiles of the two directions."""
        return pair.distances.hd95_mm()
