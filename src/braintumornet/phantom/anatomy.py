"""A brain: noise-folded cortex, white matter, deep nuclei, ventricles, cerebellum; no two are alike."""

from dataclasses import dataclass

import numpy as np

from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import ellipsoid, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer

# centre and radii in mm of the template; of the right one where there are two
_CEREBRUM_RADII = (66.0, 83.0, 61.0)
_TEMPORAL_LOBE = ((37.0, 3.0, -26.0), (24.5, 41.0, 19.0))
_BASE = ((0.0, -2.0, -20.0), (32.0, 30.0, 16.0))
_CEREBELLUM = ((0.0, -44.0, -34.0), (49.0, 33.0, 24.0))
_BRAINSTEM = ((0.0, -15.0, -44.0), (12.0, 12.0, 34.0))
FOURTH_VENTRICLE = ((0.0, -27.0, -34.0), (5.0, 3.5, 6.5))
VENTRICLES = (
    ((7.0, 1.0, 12.0), (4.2, 25.0, 5.5)),  # body
    ((8.5, 23.0, 6.0), (3.6, 11.0, 8.0)),  # frontal horn
    ((15.0, -29.0, 4.0), (4.2, 14.0, 6.0)),  # occipital horn
    ((30.0, -10.0, -16.0), (2.5, 14.0, 2.8)),  # temporal horn
    ((0.0, -3.0, -1.0), (1.9, 11.0, 8.0)),  # third ventricle
    FOURTH_VENTRICLE,
)
_NUCLEI = (
    ((9.5, -8.0, 1.0), (6.5, 12.0, 8.0)),  # thalamus
    ((23.0, 6.0, -1.0), (5.0, 14.0, 9.0)),  # putamen
    ((13.0, 17.0, 9.0), (3.8, 9.0, 7.0)),  # caudate
)
_CORTEX_MM = 3.1


@dataclass(frozen=True, eq=False)
class Brain:
    """A healthy brain.

    Args:
        mask: boolean array (D, H, W), the skull-stripped brain.
        layers: its tissues, to be painted in this order over white matter.
        depth: how deep each voxel lies under the outer surface, in mm (D, H, W); negative outside.
        pial: distance to the nearest surface, sulcus or fissure, in mm (D, H, W).
        white: share of white matter (D, H, W).
        fluid: share of CSF (D, H, W).
    """

    mask: np.ndarray
    layers: tuple[Layer, ...]
    depth: np.ndarray
    pial: np.ndarray
    white: np.ndarray
    fluid: np.ndarray


def make_brain(rng: np.random.Generator, head: Head, inner: Head, age_years: float, sulcal_width: float = 1.0) -> Brain:
    """Make an individual's brain.

    Args:
        rng: random stream.
        head: where the voxels lie.
        inner: the same after a tumour has pushed the tissue aside.
        age_years: ventricles and sulci widen with it.
        sulcal_width: relative to what is usual at this age.
    """
    edge = 0.5 * head.voxel_mm
    cerebellum, stem = cerebellum_depth(inner), brainstem_depth(inner)
    depth = brain_depth(head, cerebellum, stem)
    pial = _pial_distance(rng, inner, depth, cerebellum)
    outside_stem = 1 - soft_step(stem, 1.0 + edge)
    atrophy = float(np.exp(rng.normal(0, 0.20))) * (0.75 + 0.008 * age_years)
    sulcal = soft_step(np.float32(0.9 * atrophy * sulcal_width) - pial, edge) * outside_stem
    cortex = soft_step(np.float32(0.9 * atrophy + _CORTEX_MM) - pial, edge) * outside_stem
    nuclei = _painted(inner, _NUCLEI, 1.0, edge)
    ventricles = _painted(inner, VENTRICLES, float(np.exp(rng.normal(0, 0.14))) * (0.85 + 0.006 * age_years), edge)
    fluid = np.maximum(sulcal, ventricles)
    white = (1 - fluid) * (1 - nuclei) * (1 - cortex)
    layers = (Layer("grey", cortex), Layer("deep", nuclei), Layer("csf", fluid))
    return Brain(depth > 0, layers, depth, pial, white, fluid)


def cerebellum_depth(inner: Head) -> np.ndarray:
    """Return how deep each voxel lies in the cerebellum, in mm (D, H, W); negative outside."""
    return ellipsoid(inner.position, *_CEREBELLUM)


def brainstem_depth(inner: Head) -> np.ndarray:
    """Return how deep each voxel lies in the brainstem, in mm (D, H, W); negative outside."""
    return ellipsoid(inner.position, *_BRAINSTEM)


def brain_depth(head: Head, cerebellum: np.ndarray, stem: np.ndarray) -> np.ndarray:
    """Return how deep each voxel lies under the brain's outer surface, in mm (D, H, W)."""
    x, y, z = head.position
    across, along, up = _CEREBRUM_RADII
    width = np.float32(0.98 * across) - np.float32(0.10) * y  # the frontal pole is narrower
    below = np.float32(29) + np.float32(0.06) * y  # the base is flatter than the vault
    height = np.where(z < 0, below, np.float32(up))
    depth: np.ndarray = np.square(x / width)
    depth += np.square(y * np.float32(1 / along))
    depth += np.square(z / height)
    depth = np.float32(across) * (1 - np.sqrt(depth))
    mirrored = np.stack([np.abs(x), y, z])
    for other in (ellipsoid(mirrored, *_TEMPORAL_LOBE), ellipsoid(head.position, *_BASE), cerebellum, stem):
        np.maximum(depth, other, out=depth)
    return depth


def _pial_distance(rng: np.random.Generator, inner: Head, depth: np.ndarray, cerebellum: np.ndarray) -> np.ndarray:
    """Return about how far each voxel lies from the outer surface, a sulcus or a fissure, in mm (D, H, W)."""
    x, y, z = inner.position
    side = np.abs(x)
    # sulci are the zero lines of the noise, and end at a depth that varies
    sulci = 5.0 * np.abs(smooth_noise(rng, inner.axes, 9.5) + np.float32(0.35) * smooth_noise(rng, inner.axes, 6.0))
    bottom = np.float32(21) + np.float32(6) * smooth_noise(rng, inner.axes, 16)
    sulci += np.maximum(depth - bottom, 0)
    box = inner.box(*_CEREBELLUM)
    pial = sulci
    pial[box] = np.where(cerebellum[box] > 0, _folia(rng, inner.cut(box), cerebellum[box]), sulci[box])
    callosum = np.sqrt(np.square(y * np.float32(1 / 43)) + np.square((z - 2) * np.float32(1 / 24)))
    fissure = side + np.float32(55) * np.maximum(1 - callosum, 0)
    fissure[z < -22] = 50
    sylvian = np.abs(z + np.float32(6) - np.float32(0.22) * (side - 35) + np.float32(0.25) * y)
    sylvian += np.maximum(np.float32(33) - side, 0) + np.float32(0.6) * np.maximum(np.abs(y - 2) - 30, 0)
    for other in (depth, fissure, sylvian, np.abs(cerebellum)):
        np.minimum(pial, other, out=pial)
    return pial


def _folia(rng: np.random.Generator, part: Head, cerebellum: np.ndarray) -> np.ndarray:
    """Return the distance to the fissures between the thin, nearly level leaves of the cerebellum, in mm."""
    x, y, z = part.axes
    leaves = np.abs(smooth_noise(rng, (x / 2.5, y / 2, z), 4.0))
    distance: np.ndarray = np.float32(1.0) + np.float32(3.2) * leaves + np.maximum(cerebellum - 10, 0)
    return distance


def _painted(
    inner: Head, parts: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...], widening: float, edge: float
) -> np.ndarray:
    """Return the share of each voxel that lies in one of a few small ellipsoids on either side (D, H, W)."""
    share = np.zeros(inner.position.shape[1:], np.float32)
    for centre, radii in parts:
        wide = [radius * widening for radius in radii]
        for sign in (1, -1) if centre[0] else (1,):
            middle = (sign * centre[0], *centre[1:])
            box = inner.box(middle, np.add(wide, 3 * edge))
            part = soft_step(ellipsoid(inner.cut(box).position, middle, wide), edge)
            np.maximum(share[box], part, out=share[box])
    return share
