"""One brain mask from what several sequences say: the median of their distances, and one smooth surface."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.prepare.stripping.network import LARGEST_MM, VOXEL_MM
from braintumornet.volumes.components import largest_component
from braintumornet.volumes.resample import at_spacing, resample
from braintumornet.volumes.volume import Volume

_SMOOTH_MM = 1.0  # standard deviation; takes the steps of thick slices away, and less than 0.5 % of a brain


@dataclass(frozen=True)
class BrainMask:
    """A brain mask, and where it comes from.

    Args:
        mask: boolean.
        by: what made it: `given`, `hd-bet`, `network`, `command`, `atlas` or `stripped`.
        agreement: mean Dice of masks that were found independently of each other; None where there is one only.
        note: what a user should know; mostly blank.
    """

    mask: Volume
    by: str
    agreement: float | None = None
    note: str = ""


def vote(
    distances: Mapping[str, Volume], output_to_sequence_mm: Mapping[str, np.ndarray], grid: Space, by: str = "network"
) -> BrainMask:
    """Make one mask of what the sequences of an examination say.

    Where one is wrong the median does not follow it; where one does not reach, the others say.

    Args:
        distances: sequence -> signed distance in mm to the brain's surface, negative inside, NaN where unknown.
        output_to_sequence_mm: sequence -> (4, 4) rigid motion from a point of the output to that of the sequence.
        grid: of the output.
        by: what found the distances.

    Returns:
        A mask in one piece and without holes; its agreement is the mean Dice of all pairs of sequences.
    """
    coarse = at_spacing(grid, tuple(max(VOXEL_MM, mm) for mm in grid.spacing_mm))  # type: ignore[arg-type]
    seen = [moved_distance(volume, output_to_sequence_mm[name], coarse) for name, volume in distances.items()]
    middle = _median(np.stack(seen))
    smooth = ndimage.gaussian_filter(_extended(middle), np.divide(_SMOOTH_MM, coarse.spacing_mm))
    fine = resample(Volume(smooth - np.float32(LARGEST_MM), coarse), grid).array + np.float32(LARGEST_MM)
    known = resample(Volume(np.isfinite(middle).astype(np.uint8), coarse), grid, order=0).array > 0
    mask = ndimage.binary_fill_holes(largest_component((fine < 0) & known))
    return BrainMask(Volume(mask, grid), by, _agreement(seen))


def moved_distance(distance: Volume, output_to_sequence_mm: np.ndarray, grid: Space) -> np.ndarray:
    """Return distances at the voxels of a grid (D, H, W): far outside where their own grid ends, NaN where unknown."""
    seen_from = Space(grid.shape, output_to_sequence_mm @ grid.affine)
    far = np.float32(LARGEST_MM)
    moved: np.ndarray = resample(Volume(_extended(distance.array) - far, distance.space), seen_from).array + far
    unknown = resample(Volume(np.isnan(distance.array).astype(np.float32), distance.space), seen_from).array > 0.5
    return np.where(unknown, np.float32(np.nan), moved)


def _extended(distance: np.ndarray) -> np.ndarray:
    """Return distances (D, H, W) with the nearest known one where none is known, so that its border can be smoothed."""
    known = np.isfinite(distance)
    if known.all() or not known.any():
        return np.where(known, distance, np.float32(LARGEST_MM))
    index = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    extended: np.ndarray = distance[tuple(index)]
    return extended


def dice(first: np.ndarray, second: np.ndarray) -> float:
    """Return the Dice coefficient of two boolean masks (D, H, W); 1 where both are empty."""
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else 1.0


def _median(distances: np.ndarray) -> np.ndarray:
    """Return the median over sequences (N, D, H, W) of those that know; NaN where none does."""
    known = np.isfinite(distances)
    ordered = np.sort(np.where(known, distances, np.inf), axis=0)
    count = known.sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(distances) - 1)
    pair = [np.take_along_axis(ordered, index[None], axis=0)[0] for index in (low, high)]
    return np.where(count > 0, (pair[0] + pair[1]) / 2, np.float32(np.nan)).astype(np.float32)


def _agreement(distances: list[np.ndarray]) -> float | None:
    """Return the mean Dice of all pairs, each where both know; None where there is no pair."""
    found = []
    for first, second in combinations(distances, 2):
        both = np.isfinite(first) & np.isfinite(second)
        if both.any():
            found.append(dice((first < 0) & both, (second < 0) & both))
    return float(np.mean(found)) if found else None
