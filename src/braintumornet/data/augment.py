"""Variation of patches: all randomness is drawn in one place, and applying it is pure."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from braintumornet.data.settings import AugmentSettings


@dataclass(frozen=True)
class Augmentation:
    """What is done to one patch.

    Args:
        matrix: (3, 3), from millimetres in the patch to millimetres in the volume, around the patch's centre.
        gain: (S,) factor per sequence.
        shift: (S,) summand per sequence.
        gamma: (S,) exponent per sequence.
        drift: (S, 3) summand at the face of the patch along each axis, falling to 0 at its centre.
        noise_sd: standard deviation of the added noise.
        blur_voxels: standard deviation of the blur.
        noise_seed: makes the noise repeatable.
    """

    matrix: np.ndarray
    gain: np.ndarray
    shift: np.ndarray
    gamma: np.ndarray
    drift: np.ndarray
    noise_sd: float
    blur_voxels: float
    noise_seed: int


def draw_augmentation(rng: np.random.Generator, settings: AugmentSettings, sequences: int) -> Augmentation:
    """Draw what is done to one patch of so many sequences."""
    mirror = np.where(rng.random(3) < settings.flip, -1.0, 1.0)
    turned = rng.random() < settings.turn
    angles = rng.uniform(-settings.rotation_degrees, settings.rotation_degrees, 3)
    scale = rng.uniform(*settings.scale)
    matrix = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() / scale if turned else np.eye(3)
    return Augmentation(
        matrix=matrix @ np.diag(mirror),
        gain=np.exp(rng.normal(0, 1, sequences) * settings.gain_sd),
        shift=rng.normal(0, 1, sequences) * settings.shift_sd,
        gamma=np.exp(rng.normal(0, 1, sequences) * settings.gamma_sd),
        drift=rng.normal(0, 1, (sequences, 3)) * settings.drift_sd,
        noise_sd=rng.uniform(0, settings.noise_sd),
        blur_voxels=rng.uniform(0, settings.blur_voxels) if rng.random() < 0.5 else 0.0,
        noise_seed=int(rng.integers(2**32)),
    )


def vary_intensity(image: np.ndarray, augmentation: Augmentation) -> np.ndarray:
    """Return a patch with changed intensities; zeros, which are not brain, stay zero.

    Args:
        image: float32 (S, D, H, W).
        augmentation: what to do.
    """
    noise = np.random.default_rng(augmentation.noise_seed)
    result = np.empty_like(image)
    for channel, intensities in enumerate(image):
        varied = intensities
        if augmentation.blur_voxels > 0:
            varied = ndimage.gaussian_filter(varied, augmentation.blur_voxels, truncate=2.0)
        if augmentation.gamma[channel] != 1:
            varied = _gamma(varied, float(augmentation.gamma[channel]))
        varied = varied * augmentation.gain[channel] + augmentation.shift[channel]
        for axis, edge in enumerate(augmentation.drift[channel]):
            along = np.linspace(-edge, edge, varied.shape[axis], dtype=np.float32)
            varied = varied + along.reshape([-1 if a == axis else 1 for a in range(3)])
        if augmentation.noise_sd > 0:
            varied = varied + augmentation.noise_sd * noise.standard_normal(varied.shape, dtype=np.float32)
        result[channel] = np.where(intensities == 0, 0, varied)
    return result


def _gamma(intensities: np.ndarray, exponent: float) -> np.ndarray:
    """Bend the grey scale of the voxels that are not zero; mean and SD stay, so brightness keeps its meaning."""
    inside = intensities[intensities != 0]
    if inside.size < 2:
        return intensities
    low, span = float(inside.min()), max(float(np.ptp(inside)), 1e-6)
    bent = np.clip((intensities - low) / span, 0, 1) ** exponent
    among = bent[intensities != 0]
    scale = float(inside.std()) / max(float(among.std()), 1e-6)
    restored: np.ndarray = (bent - float(among.mean())) * scale + float(inside.mean())
    return restored
