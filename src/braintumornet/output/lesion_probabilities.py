"""How likely it is that a predicted lesion is one."""

from collections.abc import Mapping

import numpy as np

from braintumornet.core.calibration_record import LesionRecord
from braintumornet.core.measures_record import RegionMeasures
from braintumornet.uncertainty.lesion_probability import find_lesions, lesion_probabilities


def add_probabilities(
    measures: Mapping[str, RegionMeasures],
    fitted: Mapping[str, LesionRecord],
    masks: Mapping[str, np.ndarray],
    maps: Mapping[str, np.ndarray],
    voxel_ml: float,
) -> dict[str, RegionMeasures]:
    """Return the measures of each region, with the probability of each lesion where a calibration tells it.

    Args:
        measures: region -> what its mask measures.
        fitted: region -> what tells its true lesions from false ones.
        masks: region -> as it is written, boolean (D, H, W).
        maps: region -> probability at each voxel of the same grid, as the network gives it.
        voxel_ml: volume of a voxel.
    """
    return {
        region: _add(one, lesion_probabilities(fitted[region], find_lesions(masks[region], maps[region], voxel_ml)))
        if region in fitted and one.lesions
        else one
        for region, one in measures.items()
    }


def _add(measures: RegionMeasures, probabilities: list[float]) -> RegionMeasures:
    told = zip(measures.lesions, probabilities, strict=False)  # of very many, only the largest are told
    return measures.model_copy(update={"lesions": [one.model_copy(update={"probability": p}) for one, p in told]})
