"""What scanners, and those who prepare data, make of a head: contrasts, thick slices, noise, cuts, lost faces."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.contrasts import paint
from braintumornet.phantom.full_head.full_levels import draw_full_levels
from braintumornet.phantom.scanner import Acquisition, between_slices, blurred
from braintumornet.phantom.smooth_noise import smooth_noise
from braintumornet.phantom.tissue_layers import WHOLE
from braintumornet.prepare.stripping.head_box import shift_to_box_mm
from braintumornet.prepare.stripping.network import LARGEST_MM, network_input
from braintumornet.prepare.stripping.training_heads import TrainingAnatomy
from braintumornet.volumes.brain import Box

_REALISTIC_SHARE = 0.65  # the others have a random grey level for each tissue
_THICK_SHARE = 0.6
_CUT_SHARE = 0.5
_CUT_AXES = (0.15, 0.2, 0.7)  # chance of each axis, where there is a cut
_DEFACED_SHARE = 0.08
_STRIPPED_SHARE = 0.12
_BRIGHT_AIR_SHARE = 0.04


@dataclass(frozen=True, eq=False)
class TrainingImage:
    """One image and what the network is to answer.

    Args:
        image: float32 (D, H, W), as `network_input` gives it.
        distance_mm: float32 (D, H, W), signed, cut at `LARGEST_MM`; NaN where the image does not reach.
    """

    image: np.ndarray
    distance_mm: np.ndarray


def make_training_image(rng: np.random.Generator, anatomy: TrainingAnatomy) -> TrainingImage:
    """Scan a head once, in a contrast of its own.

    Example:
        >>> from braintumornet.prepare.stripping.training_heads import make_training_anatomy
        >>> head = make_training_anatomy(1, 0, voxel_mm=6.0)
        >>> made = make_training_image(np.random.default_rng(1), head)
        >>> bool((np.abs(made.distance_mm[~np.isnan(made.distance_mm)]) <= 5).all())
        True
    """
    axes = anatomy.head.axes
    signal = _realistic(rng, anatomy) if rng.uniform() < _REALISTIC_SHARE else _random(rng, anatomy)
    signal *= np.exp(np.float32(rng.uniform(0, 0.3)) * smooth_noise(rng, axes, 85))
    taken = _draw_acquisition(rng)
    signal = blurred(signal, axes, taken)
    real, imaginary = np.float32(taken.noise) * rng.standard_normal((2, *signal.shape), dtype=np.float32)
    image = between_slices(np.hypot(signal + real, imaginary), axes, taken)
    image = _damaged(rng, anatomy, image, float(taken.noise))
    image = _nonlinear(rng, image)
    seen = _draw_field_of_view(rng, image.shape, anatomy.distance_mm)
    image = image * seen
    distance = np.where(seen, np.clip(anatomy.distance_mm, -LARGEST_MM, LARGEST_MM), np.float32(np.nan))
    voxel_mm = anatomy.head.voxel_mm
    shift = np.round(np.add(shift_to_box_mm(image, voxel_mm), rng.uniform(-7, 7, 3)) / voxel_mm).astype(int)
    side = -1 if rng.uniform() < 0.5 else 1  # left and right are alike
    shown = _moved(network_input(image), shift, 0.0)[::side]
    wanted = _moved(distance.astype(np.float32), shift, np.nan)[::side]
    return TrainingImage(np.ascontiguousarray(shown), np.ascontiguousarray(wanted))


def _realistic(rng: np.random.Generator, anatomy: TrainingAnatomy) -> np.ndarray:
    """Paint one of the four sequences, each tissue a little uneven."""
    image = paint(anatomy.layers, draw_full_levels(rng), str(rng.choice(SEQUENCES)), anatomy.distance_mm.shape)
    for cell_mm in (6, 18):
        image *= 1 + np.float32(rng.uniform(0, 0.08)) * smooth_noise(rng, anatomy.head.axes, cell_mm)
    image /= np.float32(np.percentile(image, 99.5))
    return image


def _random(rng: np.random.Generator, anatomy: TrainingAnatomy) -> np.ndarray:
    """Paint every tissue in a random grey level, or in two that noise parts: nothing but shapes is left to learn."""
    patterns = [smooth_noise(rng, anatomy.head.axes, cell_mm) for cell_mm in (9, 20, 45)]
    tissues = {layer.tissue for layer in anatomy.layers} | {"white"}
    levels = {tissue: rng.uniform(0, 1, 2).astype(np.float32) for tissue in sorted(tissues)}
    if rng.uniform() < 0.85:  # air that is as bright as tissue is rare
        levels["air"][:] = 0
    image = np.zeros_like(anatomy.distance_mm)
    image += _uneven(rng, levels["white"], patterns, WHOLE)
    for layer in anatomy.layers:
        part = image[layer.box]
        if part.size:
            part += layer.share * (_uneven(rng, levels[layer.tissue], patterns, layer.box) - part)
    return image


def _uneven(
    rng: np.random.Generator, pair: np.ndarray, patterns: Sequence[np.ndarray], box: Box
) -> np.ndarray | np.float32:
    """Return the level of a tissue: one, or two in patches."""
    first, second = np.float32(pair[0]), np.float32(pair[1])
    if rng.uniform() < 0.5:
        return first
    pattern = patterns[int(rng.integers(len(patterns)))][box]
    mixed: np.ndarray = np.clip(2 * (pattern - np.float32(rng.uniform(-1, 1))) + np.float32(0.5), 0, 1)
    return first + (second - first) * mixed


def _draw_acquisition(rng: np.random.Generator) -> Acquisition:
    """Draw slices of 1 to 7 mm in any plane, blur, noise."""
    thick = rng.uniform() < _THICK_SHARE
    return Acquisition(
        gain=1.0,
        noise=float(np.exp(rng.uniform(np.log(0.004), np.log(0.07)))),
        blur_mm=float(rng.uniform(0.3, 1.3)),
        slice_mm=float(rng.uniform(3.0, 7.0)) if thick else 0.0,
        slice_axis=int(rng.choice(3, p=[0.2, 0.2, 0.6])),
        bias=0.0,
        grain=0.0,
    )


def _damaged(rng: np.random.Generator, anatomy: TrainingAnatomy, image: np.ndarray, noise: float) -> np.ndarray:
    """Take the face, or all but the brain, or the air's noise away, as those do who share data."""
    chance = rng.uniform()
    if chance < _STRIPPED_SHARE:
        margin_mm = float(rng.choice([0.0, rng.uniform(0, 6)]))
        return image * (anatomy.distance_mm < margin_mm)
    if chance < _STRIPPED_SHARE + _DEFACED_SHARE:
        _, y, z = anatomy.head.position
        face = (y - np.float32(rng.uniform(20, 50)) - np.float32(rng.uniform(0.5, 1.5)) * (z + 10) > 0) & (z < 20)
        return np.where(face & (anatomy.distance_mm > rng.uniform(4, 10)), np.float32(0), image)
    if chance < _STRIPPED_SHARE + _DEFACED_SHARE + 0.1:
        return np.where(anatomy.distance_mm > 0, np.maximum(image - np.float32(3 * noise), 0), image)
    return image


def _nonlinear(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Apply a gamma, a cut at the bright end, and now and then air that is not dark."""
    top = np.float32(np.percentile(image, rng.uniform(97, 99.9)))
    image = np.clip(image / max(top, np.float32(1e-6)), 0, rng.uniform(1.0, 2.0))
    image = image ** np.float32(np.exp(rng.normal(0, 0.25)))
    if rng.uniform() < _BRIGHT_AIR_SHARE:
        level = np.float32(rng.uniform(0.05, 0.3))
        image = np.maximum(image, level)
    return image


def _draw_field_of_view(rng: np.random.Generator, shape: tuple[int, ...], distance_mm: np.ndarray) -> np.ndarray:
    """Draw which part of the grid was scanned: all, or less at either end of an axis (D, H, W)."""
    seen = np.ones(shape, bool)
    if rng.uniform() >= _CUT_SHARE:
        return seen
    brain = distance_mm < 0
    for axis in range(3):
        if rng.uniform() >= _CUT_AXES[axis]:
            continue
        extent = np.flatnonzero(brain.any(axis=tuple(a for a in range(3) if a != axis)))
        first, last = (int(extent[0]), int(extent[-1])) if extent.size else (0, shape[axis] - 1)
        size = last - first + 1
        low = max(0, round(first + size * rng.uniform(-0.3, 0.25)))
        high = min(shape[axis], round(last + 1 + size * rng.uniform(-0.2, 0.2)))
        keep = np.zeros(shape[axis], bool)
        keep[low:high] = True
        if rng.uniform() < 0.5:  # mostly at one end only
            keep[low:] = True
        seen &= keep.reshape([-1 if a == axis else 1 for a in range(3)])
    return seen


def _moved(array: np.ndarray, shift: np.ndarray, fill: float) -> np.ndarray:
    """Return an array moved by whole voxels."""
    result = np.full_like(array, fill)
    to = tuple(slice(max(0, s), n + min(0, s)) for s, n in zip(shift, array.shape, strict=True))
    of = tuple(slice(max(0, -s), n + min(0, -s)) for s, n in zip(shift, array.shape, strict=True))
    result[to] = array[of]
    return result
