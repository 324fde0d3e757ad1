"""What scanners and those who prepare data add to a varied phantom."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import affine_transform, gaussian_filter
from scipy.spatial.transform import Rotation

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.scanner import (
    Acquisition,
    between_slices,
    bias_field,
    blurred,
    digitised,
    draw_acquisition,
)
from braintumornet.phantom.smooth_noise import smooth_noise, soft_step

_THICK_SHARE = 0.45
_APART_SHARE = 0.3  # of examinations whose sequences are not quite co-registered
_FRINGE_SHARE = 0.6
_FRINGE_MM = (0.3, 1.3)
_FLUID_SHARE = 0.4  # of brain masks hold outer fluid, as those of BraTS mostly do
_CLOSE_SHARE = 0.25  # of brain masks cut some cortex
_GAMMA_SD = 0.12
_FALLOFF_SHARE = 0.35  # of examinations whose signal falls towards the neck, where the coil ends
_FALLOFF_FROM_MM, _FALLOFF_OVER_MM = (-35.0, 10.0), (25.0, 65.0)
_FALLOFF_LOG = (0.1, 0.9)  # at its end, of the logarithm
_FALLOFF_POWERS = (0.3, 1.1)  # of one sequence beside another


@dataclass(frozen=True, eq=False)
class Stripping:
    """How a brain was stripped.

    Args:
        mask: boolean (D, H, W), what was left.
        fluid: share of outer fluid in each voxel (D, H, W).
        fringe: by which the signal is multiplied (D, H, W): where stripped images were resampled, voxels at the border
            hold some of the nothing outside.
    """

    mask: np.ndarray
    fluid: np.ndarray
    fringe: np.ndarray


def draw_stripping(rng: np.random.Generator, head: Head, depth: np.ndarray, varied: bool) -> Stripping:
    """Draw how closely the brain mask follows the brain.

    Args:
        rng: random stream.
        head: where the voxels lie.
        depth: how deep each voxel lies under the brain's surface, in mm (D, H, W).
        varied: whether there is outer fluid, or cortex cut off; else the mask is the brain.
    """
    fluid, close, width_mm = rng.uniform() < _FLUID_SHARE, rng.uniform() < _CLOSE_SHARE, rng.uniform(0.3, 1.6)
    uneven = 1 + np.float32(0.5) * smooth_noise(rng, head.axes, 28)
    border = np.zeros_like(depth)
    if varied and fluid:
        border = np.float32(-width_mm) * np.clip(uneven, 0, 2)
    elif varied and close:
        border = np.float32(width_mm) * np.clip(uneven, 0, 2)
    mask = depth > border
    blur_mm = float(rng.uniform(*_FRINGE_MM)) if varied and rng.uniform() < _FRINGE_SHARE else 0.0
    kept = gaussian_filter(mask.astype(np.float32), blur_mm / head.voxel_mm, mode="nearest", truncate=3)
    return Stripping(mask, 1 - soft_step(depth, 0.5 * head.voxel_mm), kept)


def draw_varied_acquisition(rng: np.random.Generator, site: str) -> Acquisition:
    """Draw how one sequence was taken at a site: noise of 1 to 6 %, bias fields of up to .35, slices of up to 7 mm."""
    usual = draw_acquisition(rng, site)
    thick = rng.uniform() < _THICK_SHARE
    slice_mm = float(rng.uniform(2.5, 7.0))
    return replace(
        usual,
        noise=float(np.exp(rng.uniform(np.log(0.01), np.log(0.06)))),
        blur_mm=float(rng.uniform(0.3, 1.2)),
        slice_mm=slice_mm if thick else 0.0,
        bias=float(np.exp(rng.uniform(np.log(0.02), np.log(0.35)))),
    )


def draw_shift(rng: np.random.Generator, apart: bool) -> np.ndarray:
    """Draw the (4, 4) rigid motion by which a sequence is misregistered: up to some 1.5 mm and 1.5 degrees."""
    turn, shift = rng.normal(0, 0.7, 3).clip(-1.5, 1.5), rng.normal(0, 0.7, 3).clip(-1.5, 1.5)
    motion = np.eye(4)
    if apart:
        motion[:3, :3] = Rotation.from_rotvec(turn, degrees=True).as_matrix()
        motion[:3, 3] = shift
    return motion


def is_apart(rng: np.random.Generator) -> bool:
    """Draw whether the sequences of an examination lie a little apart."""
    return bool(rng.uniform() < _APART_SHARE)


def draw_falloff(rng: np.random.Generator, head: Head) -> dict[str, np.ndarray]:
    """Draw how the signal falls towards the neck: sequence -> factor at each voxel (D, H, W), float32.

    In two of eight real examinations the cerebellum has 0.6 of the cerebrum's signal in T1, 0.8 in T2, which no smooth
    bias field in each sequence by itself makes likely.

    Args:
        rng: random stream.
        head: where the voxels lie.
    """
    falls = rng.uniform() < _FALLOFF_SHARE
    start, over = np.float32(rng.uniform(*_FALLOFF_FROM_MM)), np.float32(rng.uniform(*_FALLOFF_OVER_MM))
    loss = rng.uniform(*_FALLOFF_LOG) * rng.uniform(*_FALLOFF_POWERS, len(SEQUENCES)) * falls
    way = np.clip((start - head.position[2]) / over, 0, 1)
    return {sequence: np.exp(np.float32(-one) * way) for sequence, one in zip(SEQUENCES, loss, strict=True)}


def draw_gamma(rng: np.random.Generator) -> float:
    """Draw the exponent that bends the grey levels of a sequence."""
    return float(np.exp(rng.normal(0, _GAMMA_SD)))


def scan(
    rng: np.random.Generator,
    image: np.ndarray,
    head: Head,
    taken: Acquisition,
    motion: np.ndarray,
    mask: np.ndarray,
    fringe: np.ndarray,
) -> np.ndarray:
    """Return int16 grey levels (D, H, W) of one sequence: at least 1 in the brain, 0 outside.

    Args:
        rng: random stream.
        image: signal without noise (D, H, W).
        head: where the voxels lie.
        taken: how it was taken.
        motion: (4, 4) rigid, in mm about the grid's centre.
        mask: boolean (D, H, W), the brain.
        fringe: see `Stripping`.
    """
    sampled = image if np.allclose(motion, np.eye(4)) else moved(image, head, motion)
    seen = between_slices(blurred(sampled, head.axes, taken), head.axes, taken) * bias_field(rng, head.axes, taken)
    levels = np.zeros(image.shape, np.int16)
    levels[mask] = digitised(rng, (seen * fringe)[mask], taken)
    return levels


def moved(image: np.ndarray, head: Head, motion: np.ndarray) -> np.ndarray:
    """Return an image (D, H, W) each of whose voxels takes what lies where a motion brings it.

    Args:
        image: (D, H, W).
        head: where the voxels lie.
        motion: (4, 4) rigid, in mm about the grid's centre.
    """
    spacing = np.array([axis[1] - axis[0] for axis in head.axes])
    middle = np.array([axis.mean() for axis in head.axes])
    first = np.array([axis[0] for axis in head.axes])
    # voxel -> mm -> moved -> voxel
    matrix = motion[:3, :3] * spacing[None, :] / spacing[:, None]
    offset = (motion[:3, :3] @ (first - middle) + middle + motion[:3, 3] - first) / spacing
    sampled: np.ndarray = affine_transform(image, matrix, offset, order=1, mode="nearest")
    return sampled
