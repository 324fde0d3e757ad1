"""What is done to a patch: all randomness is drawn here, and applying it (`spatial.py`, `intensity.py`) is pure."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from braintumornet.data.data_settings import AugmentSettings
from braintumornet.data.transforms.splines import count_cells, linear_knots

BIAS_SPACING_MM = 60.0
FOLDS_NEVER = 0.4
"""A cubic B-spline deformation is one-to-one where no control point moves further than this share of their distance
(Choi & Lee 2000, doi:10.1006/gmod.1999.0493)."""


@dataclass(frozen=True, eq=False)
class Augmentation:
    """What is done to one patch, in plain numbers: the same numbers give the same patch.

    Args:
        matrix: (3, 3), from millimetres in the patch to millimetres in the volume, around the patch's centre.
        displacements_mm: (3, a, b, c) displacement of the control points of a cubic B-spline over the patch, added to
            where the matrix leads; None for no elastic deformation.
        blur_voxels: standard deviation of the blur.
        coarseness: (3,) voxel edge, in voxels, of the coarser image that is imitated, along each axis.
        gamma: (S,) exponent per sequence.
        contrast: (S,) factor around the mean of the brain in the patch.
        gain: (S,) factor.
        shift: (S,) summand.
        field: (S, a, b, c) control points of a smooth summand, a cubic B-spline over the patch; None for none.
        noise_sd: standard deviation of the added noise.
        noise_seed: makes the noise repeatable.
        dropped: bool (S,), sequences that are taken away.
    """

    matrix: np.ndarray
    displacements_mm: np.ndarray | None
    blur_voxels: float
    coarseness: tuple[float, float, float]
    gamma: np.ndarray
    contrast: np.ndarray
    gain: np.ndarray
    shift: np.ndarray
    field: np.ndarray | None
    noise_sd: float
    noise_seed: int
    dropped: np.ndarray


def draw_augmentation(
    rng: np.random.Generator, settings: AugmentSettings, present: np.ndarray, extent_mm: np.ndarray
) -> Augmentation:
    """Draw what is done to one patch.

    Args:
        rng: random numbers.
        settings: what is allowed.
        present: bool (S,), which sequences the case has.
        extent_mm: (3,) size of the patch.

    Example:
        >>> draw_augmentation(np.random.default_rng(0), AugmentSettings(), np.array([True]), np.full(3, 64.0)).gain
        array([1.])
    """
    sequences, probability = len(present), settings.probability

    def spread(sd: float, chance: float) -> np.ndarray:
        return rng.normal(0, 1, sequences) * sd * (rng.random() < chance)

    return Augmentation(
        matrix=_draw_matrix(rng, settings),
        displacements_mm=_draw_displacements(rng, settings, extent_mm),
        blur_voxels=float(rng.uniform(0, settings.blur_voxels) * (rng.random() < probability.blur)),
        coarseness=_draw_coarseness(rng, settings),
        gamma=np.exp(spread(settings.gamma_sd, probability.gamma)),
        contrast=np.exp(spread(settings.contrast_sd, probability.contrast)),
        gain=np.exp(spread(settings.gain_sd, probability.gain)),
        shift=spread(settings.shift_sd, probability.shift),
        field=_draw_field(rng, settings, sequences, extent_mm),
        noise_sd=float(rng.uniform(0, settings.noise_sd) * (rng.random() < probability.noise)),
        noise_seed=int(rng.integers(2**32)),
        dropped=_draw_dropped(rng, settings, present),
    )


def _draw_matrix(rng: np.random.Generator, settings: AugmentSettings) -> np.ndarray:
    mirror = np.where(rng.random(3) < settings.flip, -1.0, 1.0)
    turned = rng.random() < settings.affine
    angles = rng.uniform(-settings.rotation_degrees, settings.rotation_degrees, 3)
    magnified = rng.uniform(*settings.scale) * (1 + settings.anisotropic_scale * rng.uniform(-1, 1, 3))
    shear = np.eye(3) + settings.shear * np.triu(rng.uniform(-1, 1, (3, 3)), 1)
    if not turned:
        return np.diag(mirror)
    rotation = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    matrix: np.ndarray = rotation @ shear @ np.diag(mirror / magnified)
    return matrix


def _draw_displacements(
    rng: np.random.Generator, settings: AugmentSettings, extent_mm: np.ndarray
) -> np.ndarray | None:
    if settings.elastic_mm == 0 or rng.random() >= settings.probability.elastic:
        return None
    cells = count_cells(extent_mm, settings.elastic_spacing_mm)
    furthest = FOLDS_NEVER * float(np.min(extent_mm / cells))
    drawn = rng.normal(0, settings.elastic_mm, (3, *(cells + 3)))
    return np.clip(drawn, -furthest, furthest)


def _draw_coarseness(rng: np.random.Generator, settings: AugmentSettings) -> tuple[float, float, float]:
    edges = np.ones(3)
    if rng.random() < settings.probability.low_resolution:
        edges /= rng.uniform(1 / settings.low_resolution, 1)
    if rng.random() < settings.probability.thick_slices:
        edges[rng.integers(3)] *= rng.uniform(1, settings.thick_slices)
    return float(edges[0]), float(edges[1]), float(edges[2])


def _draw_field(
    rng: np.random.Generator, settings: AugmentSettings, sequences: int, extent_mm: np.ndarray
) -> np.ndarray | None:
    linear_bias_sd = settings.linear_bias_sd * (rng.random() < settings.probability.linear_bias)
    bias_field_sd = settings.bias_field_sd * (rng.random() < settings.probability.bias_field)
    if linear_bias_sd == 0 and bias_field_sd == 0:
        return None
    cells = count_cells(extent_mm, BIAS_SPACING_MM)
    drift = [linear_knots(cells, faces) for faces in rng.normal(0, 1, (sequences, 3)) * linear_bias_sd]
    return np.stack(drift) + rng.normal(0, 1, (sequences, *(cells + 3))) * bias_field_sd


def _draw_dropped(rng: np.random.Generator, settings: AugmentSettings, present: np.ndarray) -> np.ndarray:
    dropped = present & (rng.random(len(present)) < settings.sequence_dropout)
    if present.any() and dropped.sum() == present.sum():
        dropped[rng.choice(np.flatnonzero(present))] = False
    loses_some = rng.random() < settings.probability.sequence_dropout
    return dropped & loses_some
