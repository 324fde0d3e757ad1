"""What is cleaned of masks: unsure and small tumours, holes, and an enhancing part too small to be believed."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from scipy import ndimage

from braintumornet.core.cohort.label_scheme import REGIONS
from braintumornet.core.prediction import RegionMap
from braintumornet.core.run_records import PostProcessingRecord
from braintumornet.core.tolerance import lower
from braintumornet.volumes.components import TWENTY_SIX_NEIGHBOURS, largest_component, small_components

ENHANCING = "ET"


def leave_out_small(answer: RegionMap, limit_ml: float, voxel_ml: float, share: float = 0.0) -> tuple[RegionMap, str]:
    """Leave out connected tumours, all regions together, that are smaller than a limit, and say how many they were.

    Args:
        answer: of a segmentation task.
        limit_ml: the limit.
        voxel_ml: volume of a voxel.
        share: of the largest one, which is a limit, too.
    """
    tumour = np.logical_or.reduce(answer.masks)
    if share:
        largest_ml = np.count_nonzero(largest_component(tumour)) * voxel_ml
        limit_ml = max(limit_ml, float(f"{share * largest_ml:.3g}"))
    small, count = small_components(tumour, limit_ml / voxel_ml)
    note = f"{count} connected tumour{'' if count == 1 else 's'} under {limit_ml:g} ml left out"
    return replace(answer, decision_scores=np.where(small, np.float32(0), answer.decisive)), note if count else ""


def leave_out_unsure(
    answer: RegionMap, seed_probability: Mapping[float, float], voxel_ml: float
) -> tuple[RegionMap, str]:
    """Leave out connected parts of regions that nowhere reach a probability, and say how many they were.

    This is a hysteresis threshold (Canny 1986, doi:10.1109/TPAMI.1986.4767851): one half says how far a part reaches,
    the higher probability whether it is one. What is around a part that stays, stays. A small part is more often a
    false one, so that more can be asked of it.

    Args:
        answer: of a segmentation task.
        seed_probability: volume in ml -> probability that the region, or one within it, must have somewhere in a part
            of at least this volume; a part smaller than all of these stays.
        voxel_ml: volume of a voxel.
    """
    unsure, counts = [], []
    for region, mask in zip(answer.regions, answer.masks, strict=True):
        within = [REGIONS.get(other, {other}) <= REGIONS.get(region, {region}) for other in answer.regions]
        parts, number = ndimage.label(mask, TWENTY_SIX_NEIGHBOURS)
        peaks = ndimage.maximum(answer.probabilities[within].max(axis=0), parts, np.arange(number + 1))
        left_out = peaks < _needed(np.bincount(parts.ravel()) * voxel_ml, seed_probability)
        left_out[0] = False  # what is no part
        unsure.append(left_out[parts])
        counts.append(int(left_out.sum()))
    told = ", ".join(f"{number} of {region}" for region, number in zip(answer.regions, counts, strict=True) if number)
    first, *others = (f"{p:g}" + (f" from {ml:g} ml on" if ml else "") for ml, p in sorted(seed_probability.items()))
    needed = f"{first} ({', '.join(others)})" if others else first
    note = f"connected parts that nowhere reach a probability of {needed} left out: {told}" if told else ""
    return replace(answer, decision_scores=np.where(np.stack(unsure), np.float32(0), answer.decisive)), note


def _needed(volumes_ml: np.ndarray, seed_probability: Mapping[float, float]) -> np.ndarray:
    needed = np.zeros(len(volumes_ml), dtype=np.float32)
    for least_ml, probability in sorted(seed_probability.items()):
        needed[volumes_ml >= lower(least_ml)] = probability
    return needed


def fill_holes(answer: RegionMap) -> tuple[RegionMap, str]:
    """Count to each region what it encloses on all sides, and say of how many regions that was."""
    filled = [ndimage.binary_fill_holes(mask) & ~mask for mask in answer.masks]
    count = sum(bool(holes.any()) for holes in filled)
    note = f"holes filled in {count} region{'' if count == 1 else 's'}"
    return replace(answer, decision_scores=np.where(filled, np.float32(1), answer.decisive)), note if count else ""


def leave_out_enhancing(answer: RegionMap, limit_ml: float, voxel_ml: float) -> tuple[RegionMap, str]:
    """Leave out the enhancing tumour where all of it is smaller than a limit; its voxels stay in the other regions."""
    index = answer.regions.index(ENHANCING) if ENHANCING in answer.regions else None
    voxels = 0 if index is None else np.count_nonzero(answer.masks[index])
    if index is None or not voxels or voxels * voxel_ml >= lower(limit_ml):
        return answer, ""
    scores = np.array(answer.decisive)
    scores[index] = 0
    return replace(answer, decision_scores=scores), f"enhancing tumour under {limit_ml:g} ml in all left out"


def post_process(answer: RegionMap, chosen: PostProcessingRecord, voxel_ml: float) -> tuple[RegionMap, str]:
    """Clean an answer as it was chosen on validation cases, and return a note of what was changed.

    Args:
        answer: of a segmentation task.
        chosen: for that task.
        voxel_ml: volume of a voxel.
    """
    steps: list[Callable[[RegionMap], tuple[RegionMap, str]]] = []
    if chosen.seed_probability:
        steps.append(lambda found: leave_out_unsure(found, chosen.seed_probability, voxel_ml))
    if chosen.min_component_ml:
        steps.append(lambda found: leave_out_small(found, chosen.min_component_ml, voxel_ml))
    if chosen.fill_holes:
        steps.append(fill_holes)
    if chosen.min_enhancing_ml:
        steps.append(lambda found: leave_out_enhancing(found, chosen.min_enhancing_ml, voxel_ml))
    notes = []
    for step in steps:
        answer, note = step(answer)
        notes.append(note)
    return answer, "; ".join(filter(None, notes))
