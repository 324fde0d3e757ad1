"""A metric: how far the middle of what was predicted lies from the middle of the truth."""

from typing import ClassVar, Literal

import numpy as np

from braintumornet.core.metric import Better
from braintumornet.metrics.empty_structures import EmptyRule
from braintumornet.metrics.mask_pair import MaskMetric


class CentreDistance(MaskMetric):
    """Distance between the centres of mass."""

    kind: Literal["centre_distance_mm"] = "centre_distance_mm"
    unit: ClassVar[str] = "mm"
    better: ClassVar[Better] = Better.LOWER
    empty: ClassVar[EmptyRule] = EmptyRule.DISTANCE  # what is given where a mask is empty, as for the HD95

    def measure(self, pair):
        centres = [np.argwhere(mask).mean(axis=0) for mask in (pair.truth, pair.prediction)]
        return float(np.linalg.norm((centres[0] - centres[1]) * pair.space.spacing_mm))
