"""What a network's images are like at several scales, in some dozens of numbers that tumours hardly move.

An image is parted into bands, each finer than the next by a factor of two (a Laplacian pyramid; Burt and Adelson 1983,
doi 10.1109/TCOM.1983.1095851). The median of a band's size tells noise, blur and thick slices at the finest scales,
and texture and bias fields at coarser ones; how bands of two sequences agree tells contrast and registration; and how
bright the outermost layer of the brain is tells how the skull was stripped. Apart from these looks, the median slope
along each axis tells a bias field: without one, steps up and down are as frequent (Zheng et al. 2009, doi
10.1109/TMI.2008.2012036).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.ndimage import binary_erosion, gaussian_filter

LEVELS = 5
RIMS = 3
FEATURES = (
    *(f"log median of band {level}" for level in range(LEVELS)),
    *(f"rim {level}" for level in range(RIMS)),
    *(f"agreement in band {level}" for level in range(LEVELS)),
    *(f"slope along {axis}" for axis in "xyz"),
)
LEAST_BAND = 1e-3  # of a band's size, in standard deviations of the brain
FARTHEST = 3  # medians of a band's size beyond which a voxel counts no more, so that edges do not tell all
LEAST_WEIGHT = 1e-3  # of the brain around a voxel
SLOPE_LEVEL = 1  # smoothed once, so that whole grey levels do not show
SLOPE_MM = 9.0  # between the voxels that a slope compares: mostly within a tissue, and beyond its texture

Features = Mapping[str, Sequence[float]]
"""Sequence, or two of them with a blank between -> what was measured."""


@dataclass(frozen=True, eq=False)
class _Level:
    """One level of a pyramid.

    Args:
        images: sequence -> image (D, H, W).
        bands: sequence -> what the next level lacks of it, at the voxels of the brain (N,).
        brain: boolean (D, H, W).
    """

    images: Mapping[str, np.ndarray]
    bands: Mapping[str, np.ndarray]
    brain: np.ndarray


def measure_images(
    images: Mapping[str, np.ndarray], brain: np.ndarray, spacing_mm: Sequence[float]
) -> dict[str, Features]:
    """Return what images are like: their `looks`, each alone and each two together, and their `slopes`.

    Args:
        images: sequence -> image as a network sees it, z-scored within the brain, (D, H, W).
        brain: boolean (D, H, W).
        spacing_mm: of the voxels along each axis.

    Example:
        >>> image, brain = np.random.default_rng(0).normal(size=(20, 20, 20)), np.ones((20, 20, 20), dtype=bool)
        >>> found = measure_images({"t1c": image, "t2f": -image}, brain, (1, 1, 1))
        >>> {group: {name: len(values) for name, values in features.items()} for group, features in found.items()}
        {'looks': {'t1c': 8, 't2f': 8, 't1c t2f': 5}, 'slopes': {'t1c': 3, 't2f': 3}}
    """
    levels = _build_pyramid(images, brain)
    looks = {
        name: [*(_log_size(level.bands[name]) for level in levels), *(_rim(level, name) for level in levels[:RIMS])]
        for name in images
    }
    pairs = {
        f"{a} {b}": [_agreement(level.bands[a], level.bands[b]) for level in levels] for a, b in combinations(images, 2)
    }
    coarse_mm = [2**SLOPE_LEVEL * size_mm for size_mm in spacing_mm]
    slopes = {name: _slopes(levels[SLOPE_LEVEL], name, coarse_mm) for name in images}
    return {"looks": {**looks, **pairs}, "slopes": slopes}


def _build_pyramid(images: Mapping[str, np.ndarray], brain: np.ndarray) -> list[_Level]:
    """Return the images, and ever smoother ones of half the size; the band of the last is all that is left."""
    levels = []
    now = {name: np.asarray(image, dtype=np.float32) for name, image in images.items()}
    for _ in range(LEVELS - 1):
        smoothed = _smooth(now, brain)
        levels.append(_Level(now, {name: (now[name] - smoothed[name])[brain] for name in now}, brain))
        now, brain = {name: image[::2, ::2, ::2] for name, image in smoothed.items()}, brain[::2, ::2, ::2]
    return [*levels, _Level(now, {name: image[brain] for name, image in now.items()}, brain)]


def _smooth(images: Mapping[str, np.ndarray], brain: np.ndarray) -> dict[str, np.ndarray]:
    """Return images smoothed within the brain by a Gaussian with a standard deviation of one voxel."""

    def smooth(array: np.ndarray) -> np.ndarray:
        inside = np.where(brain, array, np.float32(0))
        smoothed: np.ndarray = gaussian_filter(inside, 1, mode="constant", truncate=3)
        return smoothed

    weight = np.maximum(smooth(brain.astype(np.float32)), np.float32(LEAST_WEIGHT))
    return {name: smooth(image) / weight for name, image in images.items()}


def _median_size(band: np.ndarray) -> float:
    return max(float(np.median(np.abs(band))) if band.size else 0.0, LEAST_BAND)


def _log_size(band: np.ndarray) -> float:
    return float(np.log(_median_size(band)))


def _rim(level: _Level, name: str) -> float:
    """Return how bright the outermost layer of the brain is."""
    rim = level.images[name][level.brain & ~binary_erosion(level.brain)]
    return float(rim.mean()) if rim.size else 0.0


def _agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Return how two bands agree: Fisher's transform of their correlation without its outliers."""
    if not a.size:
        return 0.0
    p, q = (np.clip(band / _median_size(band), -FARTHEST, FARTHEST) for band in (a, b))
    correlation = float((p * q).mean() / np.sqrt((p * p).mean() * (q * q).mean() + LEAST_BAND**2))
    return float(np.arctanh(np.clip(correlation, -0.99, 0.99)))


def _slopes(level: _Level, name: str, spacing_mm: Sequence[float]) -> list[float]:
    """Return the median step along each axis between voxels of the brain some millimetres apart."""
    found = []
    for axis, size_mm in enumerate(spacing_mm):
        lag = max(1, round(SLOPE_MM / size_mm))
        inside, values = np.moveaxis(level.brain, axis, 0), np.moveaxis(level.images[name], axis, 0)
        steps = (values[lag:] - values[:-lag])[inside[lag:] & inside[:-lag]]
        found.append(float(np.median(steps)) if steps.size else 0.0)
    return found
