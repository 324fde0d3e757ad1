"""What a network's images are like at several scales, in some dozens of numbers that tumours hardly move.

An image is parted into bands, each finer than the next by a factor of two (a Laplacian pyramid; Burt and Adelson 1983,
doi 10.1109/TCOM.1983.1095851). The median of a band's size tells noise, blur and thick slices at the finest scales,
and texture and bias fields at coarser ones; how bands of two sequences agree tells contrast and registration; and how
bright the outermost layer of the brain is tells how the skull was stripped.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from scipy.ndimage import binary_erosion, gaussian_filter

LEVELS = 4
RIMS = 3
FEATURES = (
    *(f"log median of band {level}" for level in range(LEVELS + 1)),
    *(f"rim {level}" for level in range(RIMS)),
    *(f"agreement in band {level}" for level in range(LEVELS + 1)),
)
LEAST_BAND = 1e-3  # of a band's size, in standard deviations of the brain
FARTHEST = 3  # medians of a band's size beyond which a voxel counts no more, so that edges do not tell all
LEAST_WEIGHT = 1e-3  # of the brain around a voxel


def measure_images(images: Mapping[str, np.ndarray], brain: np.ndarray) -> dict[str, list[float]]:
    """Return the features of each sequence and of each two of them, which go by both names.

    Args:
        images: sequence -> image as a network sees it, z-scored within the brain, (D, H, W).
        brain: boolean (D, H, W).

    Example:
        >>> image, brain = np.random.default_rng(0).normal(size=(20, 20, 20)), np.ones((20, 20, 20), dtype=bool)
        >>> {name: len(features) for name, features in measure_images({"t1c": image, "t2f": -image}, brain).items()}
        {'t1c': 8, 't2f': 8, 't1c t2f': 5}
    """
    sizes: dict[str, list[float]] = {name: [] for name in images}
    rims: dict[str, list[float]] = {name: [] for name in images}
    agreements: dict[str, list[float]] = {f"{a} {b}": [] for a, b in combinations(images, 2)}
    now = {name: np.asarray(image, dtype=np.float32) for name, image in images.items()}
    for level in range(LEVELS + 1):
        coarser = _smooth(now, brain) if level < LEVELS else {name: np.zeros_like(image) for name, image in now.items()}
        rim = brain & ~binary_erosion(brain)
        bands = {name: (now[name] - coarser[name])[brain] for name in now}
        for name, band in bands.items():
            sizes[name].append(float(np.log(_median_size(band))))
            if level < RIMS:
                rims[name].append(float(now[name][rim].mean()) if rim.any() else 0.0)
        for a, b in combinations(images, 2):
            agreements[f"{a} {b}"].append(_agreement(bands[a], bands[b]))
        if level < LEVELS:
            now, brain = {name: image[::2, ::2, ::2] for name, image in coarser.items()}, brain[::2, ::2, ::2]
    return {**{name: [*sizes[name], *rims[name]] for name in images}, **agreements}


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


def _agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Return how two bands agree: Fisher's transform of their correlation without its outliers."""
    if not a.size:
        return 0.0
    p, q = (np.clip(band / _median_size(band), -FARTHEST, FARTHEST) for band in (a, b))
    correlation = float((p * q).mean() / np.sqrt((p * p).mean() * (q * q).mean() + LEAST_BAND**2))
    return float(np.arctanh(np.clip(correlation, -0.99, 0.99)))
