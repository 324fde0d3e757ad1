"""What a network says about a case."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from braintumornet.core.space import Space

RESEARCH_USE = "research use; not for clinical decisions"


@dataclass(frozen=True)
class RegionMap:
    """Probability of each region at each voxel.

    Args:
        regions: names, in the order of the first axis.
        probabilities: float32 array (regions, D, H, W) in the prediction's space.
    """

    regions: tuple[str, ...]
    probabilities: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """All answers of one network about one case.

    Args:
        case_id: whose.
        space: grid of the maps, in RAS+ orientation.
        native_space: grid of the case's own images, in which the maps are written.
        maps: segmentation task -> region probabilities.
        classes: classification task -> class -> probability.
        notes: what a reader must know, such as "no tumour was predicted".
        provenance: run, fingerprints and version that made it.
    """

    case_id: str
    space: Space
    native_space: Space
    maps: Mapping[str, RegionMap]
    classes: Mapping[str, Mapping[str, float]]
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
