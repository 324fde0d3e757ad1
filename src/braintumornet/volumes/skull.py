"""Is the skull still there? A head has a bright rim, a dark gap under it, and the brain; a brain has no such rim."""

from collections.abc import Iterable
from statistics import fmean

import numpy as np
from scipy import ndimage

RAYS = 400
REACH_MM = 150
CENTRE_MM = 45  # tissue near the centre tells how bright the brain is
DEPTH_MM = 45  # looked at from the rim inwards
GAP_MM = (3, 22)  # how deep the skull lies under the rim
BEHIND_MM = 18  # how far behind the gap the brain is looked for
RIM_SHARE = 0.35  # of the brightness of tissue: where a ray meets the head
GAP_DEPTH = 0.5  # of the darker of rim and brain
FEWEST_RAYS = 20
SUBSAMPLE_MM = 2.0
THIN_MM = 5  # rays are averaged over as much, so that furrows between gyri vanish; a skull is thicker
_NOTHING = 1e-6

CLEAREST_SCORE, MEAN_SCORE = 0.5, 0.2
"""From here on the skull is there: of the clearest sequence, and of all on average.

Measured: heads with skull 0.62 and more in their clearest sequence, and 0.38 and more on average (97 real cases, 12
phantoms of 1 to 2 mm); brains without it 0.39 and less in every sequence (14 real cases, the SRI24 atlas, 58 phantoms,
to which dura clings). In voxels of 3.4 mm the fluid around a brain, which is bright on T2 alone, can look like a rim
(0.57 in one of 80 phantoms, whose average is 0.15).
"""


def shows_skull(scores: Iterable[float]) -> bool:
    """Say whether the sequences of a case show the skull.

    Args:
        scores: `skull_score` of each sequence.

    Example:
        >>> shows_skull([1.0, 0.3]), shows_skull([0.57, 0.01, 0.01]), shows_skull([])
        (True, False, False)
    """
    scores = list(scores)
    return bool(scores) and max(scores) >= CLEAREST_SCORE and fmean(scores) >= MEAN_SCORE


def skull_score(image: np.ndarray, brain: np.ndarray, spacing_mm: tuple[float, float, float]) -> float:
    """Return how clearly a dark gap parts a bright rim from the brain.

    It is the share of rays from the centre that have such a gap, which dura and furrows can give, plus twice the depth
    of the gap in the median of all rays, which takes a gap all around. Works on any sequence alone. Only the upper half
    is looked at, where neither face nor neck disturb.

    Args:
        image: array (D, H, W) in RAS+ orientation.
        brain: boolean (D, H, W), what counts as brain.
        spacing_mm: of the voxels.

    Returns:
        From 0 to 3; 0 also where too little can be seen.
    """
    step = np.maximum(1, np.round(np.divide(SUBSAMPLE_MM, spacing_mm))).astype(int)
    coarse = (slice(None, None, step[0]), slice(None, None, step[1]), slice(None, None, step[2]))
    bright = _above_zero(image[coarse].astype(np.float64), brain[coarse])  # the largest float32 have no sum in it
    rays, inside = _along_rays(bright, np.multiply(spacing_mm, step))
    near = rays[:, :CENTRE_MM]
    near = near[near > 0.15 * np.percentile(bright, 99)]
    if near.size == 0:
        return 0.0
    rays = rays / np.median(near)
    rim = np.where(rays > RIM_SHARE, np.arange(rays.shape[1]), -1).max(axis=1)  # where a ray leaves the head
    seen = (rim > DEPTH_MM // 2) & (rim < inside - 2)  # not cut by the field of view
    if seen.sum() < FEWEST_RAYS:
        return 0.0
    depths = np.clip(rim[seen, None] - np.arange(DEPTH_MM), 0, None)
    inwards = ndimage.uniform_filter1d(np.take_along_axis(rays[seen], depths, axis=1), THIN_MM, axis=1, mode="nearest")
    share = np.mean(_deepest_gaps(inwards) > GAP_DEPTH)
    return float(share + 2 * _deepest_gaps(np.median(inwards, axis=0)[None])[0])


def _above_zero(image: np.ndarray, brain: np.ndarray) -> np.ndarray:
    """Return how bright each voxel of the brain is; zero outside.

    Z-scores do not say where zero was: the darkest of the brain is then taken for a quarter as bright as its middle.
    """
    values = image[brain]
    if values.size == 0 or values.min() >= 0:
        return np.where(brain, image, 0)
    darkest, middle = np.percentile(values, (0.1, 50))
    return np.where(brain, np.maximum(image - darkest, 0) + (middle - darkest) / 3, 0)


def _along_rays(image: np.ndarray, spacing_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values per mm of each ray (rays, mm), and at how many mm each leaves the volume.

    Rays that run across slices too thick to show a skull are left out.
    """
    number = np.arange(RAYS) + 0.5
    up = 1 - number / RAYS
    around = np.pi * (1 + 5**0.5) * number  # spreads them evenly over the half sphere
    flat = np.sqrt(1 - up**2)
    towards = np.stack([flat * np.cos(around), flat * np.sin(around), up], axis=1)
    sharpness = np.linalg.norm(towards / spacing_mm, axis=1)  # voxels per mm
    towards = towards[sharpness >= min(1 / 3.5, np.percentile(sharpness, 70))]
    centre = _centre(image > 0.15 * np.percentile(image, 99))
    points = centre + towards[:, None] * np.arange(REACH_MM)[None, :, None] / spacing_mm
    inside = ((points >= 0) & (points <= np.subtract(image.shape, 1))).all(axis=2).sum(axis=1)
    return ndimage.map_coordinates(image, points.transpose(2, 0, 1), order=1, output=np.float64), inside


def _centre(mask: np.ndarray) -> np.ndarray:
    found = np.argwhere(mask)
    return found.mean(axis=0) if len(found) else np.divide(mask.shape, 2)


def _deepest_gaps(rays: np.ndarray) -> np.ndarray:
    """Return how much darker than the darker layer beside it a gap is, for rays (rays, mm) from the rim inwards."""
    shallow, deep = GAP_MM
    before = np.maximum.accumulate(rays, axis=1)[:, shallow - 1 : deep - 1]
    next_mm = np.lib.stride_tricks.sliding_window_view(rays, BEHIND_MM - 2, axis=1)
    behind = next_mm[:, shallow + 2 : deep + 2].max(axis=2)
    gaps = 1 - rays[:, shallow:deep] / np.maximum(np.minimum(before, behind), _NOTHING)
    deepest: np.ndarray = gaps.max(axis=1)
    return deepest
