"""What a scanner adds to a head: bias field, thick slices, blur, noise, whole grey levels."""

from dataclasses import dataclass

import numpy as np

from braintumornet.phantom.smooth_noise import Axes, smooth_noise

_LEVEL_OF_ONE = 400.0
_CUT_SHARE = 0.1  # of examinations do not cover the whole brain
_BOX_SD = 0.29  # standard deviation of a box of width 1


@dataclass(frozen=True)
class Site:
    """A hospital's habits: its gain, its noise as a share of white matter on T1, and how often slices are thick."""

    gain: float
    noise: float
    thick_slices: float


SITES: dict[str, Site] = {
    "north": Site(gain=1.0, noise=0.020, thick_slices=0.2),
    "south": Site(gain=1.8, noise=0.030, thick_slices=0.6),
    "west": Site(gain=0.6, noise=0.026, thick_slices=0.4),
}


@dataclass(frozen=True)
class Acquisition:
    """How one sequence was taken.

    Args:
        gain: grey levels of a tissue of level 1.
        noise: standard deviation, relative to that.
        blur_mm: standard deviation of the point-spread function.
        slice_mm: thickness of the slices; 0 where they are not thicker than the grid's.
        slice_axis: which axis they are stacked along.
        bias: standard deviation of the logarithm of the bias field.
        grain: how much the tissues' unevenness shows; either sign.
    """

    gain: float
    noise: float
    blur_mm: float
    slice_mm: float
    slice_axis: int
    bias: float
    grain: float


def draw_acquisition(rng: np.random.Generator, site: str) -> Acquisition:
    """Draw how one sequence was taken at a site."""
    habit = SITES[site]
    thick, axis = rng.uniform() < habit.thick_slices, int(rng.choice(3, p=[0.15, 0.15, 0.7]))
    slice_mm = float(rng.uniform(3.0, 6.0))
    return Acquisition(
        gain=_LEVEL_OF_ONE * habit.gain * float(np.exp(rng.normal(0, 0.25))),
        noise=habit.noise * float(np.exp(rng.normal(0, 0.45))),
        blur_mm=float(rng.uniform(0.3, 0.9)),
        slice_mm=slice_mm if thick else 0.0,
        slice_axis=axis,
        bias=float(rng.uniform(0.02, 0.10)),
        grain=float(rng.uniform(-0.03, 0.03)),
    )


def draw_coverage(rng: np.random.Generator, brain: np.ndarray, core: np.ndarray) -> np.ndarray:
    """Draw which part of a brain was scanned; now and then an end is cut off, never through a tumour's core.

    Args:
        rng: random stream.
        brain: boolean array (D, H, W).
        core: boolean array (D, H, W).

    Returns:
        boolean array that broadcasts to (D, H, W).
    """
    cut, upper = rng.uniform() < _CUT_SHARE, bool(rng.integers(2))
    axis = int(rng.choice(3, p=[0.1, 0.45, 0.45]))
    share = float(rng.uniform(0.05, 0.22))
    covered = np.ones(brain.shape[axis], bool)
    if cut:
        other = tuple(a for a in range(3) if a != axis)
        first, last = np.flatnonzero(brain.any(axis=other))[[0, -1]]
        needed = np.flatnonzero(core.any(axis=other))
        lost = round(share * (last - first + 1))
        if upper:
            covered[max(last - lost, needed.max(initial=0)) + 1 :] = False
        else:
            covered[: min(first + lost, needed.min(initial=last))] = False
    return covered.reshape([-1 if a == axis else 1 for a in range(3)])


def blurred(image: np.ndarray, axes: Axes, taken: Acquisition) -> np.ndarray:
    """Return an image (D, H, W) averaged as the scanner resolves it, over its slices too."""
    for axis, positions in enumerate(axes):
        slice_mm = taken.slice_mm if axis == taken.slice_axis else 0.0
        sd_mm = float(np.hypot(taken.blur_mm, _BOX_SD * slice_mm))
        if sd_mm > 0.25 * (positions[1] - positions[0]):
            image = _along(axis, _averaging(positions, positions, sd_mm), image)
    return np.ascontiguousarray(image)


def between_slices(image: np.ndarray, axes: Axes, taken: Acquisition) -> np.ndarray:
    """Return an image (D, H, W) of which only the thick slices are known, and the rest is interpolated."""
    positions = axes[taken.slice_axis]
    if taken.slice_mm <= positions[1] - positions[0]:
        return image
    slices = np.arange(positions[0], positions[-1] + taken.slice_mm, taken.slice_mm)
    seen = np.maximum(1 - np.abs(slices[:, None] - positions) / (positions[1] - positions[0]), 0)
    seen[-1, -1] = max(seen[-1, -1], float(slices[-1] >= positions[-1]))  # the last slice may lie beyond the grid
    weights = np.maximum(1 - np.abs(positions[:, None] - slices) / taken.slice_mm, 0)
    return np.ascontiguousarray(_along(taken.slice_axis, weights @ seen, image))


def _along(axis: int, matrix: np.ndarray, image: np.ndarray) -> np.ndarray:
    return np.moveaxis(np.tensordot(matrix.astype(np.float32), image, axes=(1, axis)), 0, axis)


def _averaging(to: np.ndarray, of: np.ndarray, sd_mm: float) -> np.ndarray:
    weights = np.exp(-0.5 * np.square((to[:, None] - of) / sd_mm))
    normalised: np.ndarray = weights / weights.sum(axis=1, keepdims=True)
    return normalised


def bias_field(rng: np.random.Generator, axes: Axes, taken: Acquisition) -> np.ndarray:
    """Draw the bias field (D, H, W), float32, about 1."""
    field: np.ndarray = np.exp(np.float32(taken.bias) * smooth_noise(rng, axes, 85))
    return field


def digitised(rng: np.random.Generator, signal: np.ndarray, taken: Acquisition) -> np.ndarray:
    """Return int16 grey levels of at least 1: the signal, of any shape, with Rician noise and gain."""
    real, imaginary = np.float32(taken.noise) * rng.standard_normal((2, *signal.shape), dtype=np.float32)
    magnitude = np.hypot(signal + real, imaginary)
    levels: np.ndarray = np.clip(np.rint(np.float32(taken.gain) * magnitude), 1, 32767).astype(np.int16)
    return levels
