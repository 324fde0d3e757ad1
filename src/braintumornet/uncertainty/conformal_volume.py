"""An interval of a volume in ml: split conformal on the logarithm, wider where the outline is vague."""

import numpy as np

from braintumornet.core.prediction import RegionMap
from braintumornet.core.space import Space

OFFSET_ML = 0.1  # so that a tumour that is not there has a logarithm, and a few voxels do not count as many times more
CERTAIN, POSSIBLE = 0.75, 0.25  # probabilities above which a voxel is certainly, or possibly, of the region
LEAST_DOUBT = 0.05


def volume_doubt(probabilities: np.ndarray, voxel_ml: float) -> float:
    """Return how vague an outline is: u = .05 + log((V at p > .25 + .1) / (V at p > .75 + .1)), volumes in ml.

    Args:
        probabilities: of the region at each voxel, (D, H, W), as the network gives them.
        voxel_ml: volume of a voxel.

    Example:
        >>> round(volume_doubt(np.array([0.9, 0.6]), voxel_ml=0.9), 3)  # 1.8 ml possibly, 0.9 ml certainly
        0.692
    """
    possible, certain = (voxel_ml * np.count_nonzero(probabilities > limit) for limit in (POSSIBLE, CERTAIN))
    return LEAST_DOUBT + float(np.log((possible + OFFSET_ML) / (certain + OFFSET_ML)))


def volume_doubts(regions: RegionMap, space: Space) -> dict[str, float]:
    """Return region -> how vague its outline is.

    Args:
        regions: as the network gives them.
        space: on which they lie.
    """
    maps = zip(regions.regions, regions.probabilities, strict=True)
    return {region: volume_doubt(probabilities, space.voxel_ml) for region, probabilities in maps}


def volume_score(predicted_ml: float, true_ml: float, doubt: float) -> float:
    """Return how wrong a volume is, on the logarithm and in units of its doubt."""
    return abs(float(np.log((true_ml + OFFSET_ML) / (predicted_ml + OFFSET_ML)))) / doubt


def volume_interval(predicted_ml: float, doubt: float, quantile: float) -> tuple[float, float]:
    """Return the volumes in ml whose score is at most a quantile.

    Example:
        >>> [round(ml, 1) for ml in volume_interval(10.0, doubt=0.1, quantile=2.0)]
        [8.2, 12.2]
    """
    factor = float(np.exp(quantile * doubt))
    return max(0.0, (predicted_ml + OFFSET_ML) / factor - OFFSET_ML), (predicted_ml + OFFSET_ML) * factor - OFFSET_ML
