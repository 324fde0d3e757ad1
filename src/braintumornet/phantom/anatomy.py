"""A brain: noise-folded cortex, white matter, deep nuclei, ventricles, cerebellum; no two are alike."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Shape
from braintumornet.phantom.fields import axis_positions, ellipsoid, smooth_noise, soft_step, voxel_length

# relative lengths; the brain's radius of 1 stands for some 70 mm
_SULCUS_DEPTH = 0.25
_CORTEX = 0.125
_PIAL_CSF = 0.022

# centre and radii of the right one of each pair
_VENTRICLES = (
    ((0.10, 0.02, 0.17), (0.065, 0.36, 0.085)),  # body
    ((0.13, 0.33, 0.09), (0.060, 0.16, 0.110)),  # frontal horn
    ((0.22, -0.42, 0.06), (0.065, 0.20, 0.090)),  # occipital horn
    ((0.00, -0.04, -0.02), (0.025, 0.16, 0.120)),  # third ventricle
    ((0.00, -0.36, -0.48), (0.070, 0.06, 0.090)),  # fourth ventricle
)
_NUCLEI = (
    ((0.13, -0.10, 0.01), (0.10, 0.17, 0.12)),  # thalamus
    ((0.31, 0.10, -0.02), (0.08, 0.21, 0.13)),  # putamen
    ((0.17, 0.24, 0.13), (0.06, 0.13, 0.10)),  # caudate
)
_CEREBELLUM = ((0.0, -0.52, -0.58), (0.66, 0.40, 0.30))
_BRAINSTEM = ((0.0, -0.16, -0.60), (0.17, 0.17, 0.50))


@dataclass(frozen=True)
class Brain:
    """Which part of each voxel is which healthy tissue.

    Args:
        mask: boolean array (D, H, W), the skull-stripped brain.
        tissues: tissue name -> share of the voxel (D, H, W); the shares sum to 1.
    """

    mask: np.ndarray
    tissues: dict[str, np.ndarray]


def draw_position(rng: np.random.Generator, shape: Shape) -> np.ndarray:
    """Draw an individual's head: where each voxel lies in the template brain, whose radius is 1.

    Returns:
        float32 array (3, D, H, W).
    """
    axes = [axis_positions(voxels) for voxels in shape]
    grid = np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)
    turn = Rotation.from_euler("xyz", rng.normal(0, 2.5, 3), degrees=True).as_matrix()
    semi_axes = rng.uniform(0.86, 0.92, 3)
    matrix = (turn / semi_axes[:, None]).astype(np.float32)
    position = np.tensordot(matrix, grid, axes=1)  # (3, D, H, W)
    for axis in range(3):
        position[axis] += 0.020 * smooth_noise(rng, shape, 4)
    return position


def brain_depth(position: np.ndarray) -> np.ndarray:
    """Return how deep each point (3, D, H, W) lies under the brain's surface; negative outside."""
    x, y, z = position
    width = 0.96 - 0.13 * y  # the frontal pole is narrower
    below = 0.80 - 0.15 * y  # the base is flatter than the vault, the most at the front
    height = np.where(z < 0, below, 1.0)
    depth: np.ndarray = 1 - np.sqrt((x / width) ** 2 + y**2 + (z / height) ** 2)
    return depth


def make_brain(rng: np.random.Generator, position: np.ndarray, inner: np.ndarray, age_years: float) -> Brain:
    """Make an individual's brain.

    Args:
        rng: random stream.
        position: of `draw_position` (3, D, H, W).
        inner: the same after a tumour has pushed the tissue aside.
        age_years: ventricles widen a little with it.
    """
    _, *shape = position.shape
    edge = 0.45 * voxel_length((shape[0], shape[1], shape[2]))
    depth = brain_depth(position)
    pial = _pial_distance(rng, inner, depth)
    stem = soft_step(ellipsoid(inner, *_BRAINSTEM), edge)
    csf = soft_step(_PIAL_CSF - pial, edge) * (1 - stem)
    grey = soft_step(_CORTEX - pial, edge) * (1 - stem)
    mirrored = np.stack([np.abs(inner[0]), inner[1], inner[2]])
    nuclei = np.max([soft_step(ellipsoid(mirrored, *nucleus), edge) for nucleus in _NUCLEI], axis=0)
    widening = np.exp(rng.normal(0, 0.16)) * (0.92 + 0.01 * age_years)
    ventricles = np.max([_ventricle(mirrored, *part, widening, edge) for part in _VENTRICLES], axis=0)
    tissues = {"white": np.ones_like(depth)}
    for name, share in (("grey", grey), ("deep", nuclei * (1 - csf)), ("csf", np.maximum(csf, ventricles))):
        tissues = overlay(tissues, name, share)
    return Brain(depth > 0, tissues)


def overlay(tissues: dict[str, np.ndarray], name: str, share: np.ndarray) -> dict[str, np.ndarray]:
    """Return the tissues after one has taken a share (D, H, W) of each voxel from those that were there."""
    left = {other: part * (1 - share) for other, part in tissues.items()}
    return {**left, name: left.get(name, 0) + share}


def _pial_distance(rng: np.random.Generator, inner: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return the distance from each point to the brain's outer surface, to a sulcus or to a fissure."""
    shape = (depth.shape[0], depth.shape[1], depth.shape[2])
    folds = 0.100 * np.abs(smooth_noise(rng, shape, 16) + 0.4 * smooth_noise(rng, shape, 26))
    bottom = _SULCUS_DEPTH + 0.07 * smooth_noise(rng, shape, 9)
    folia = 0.060 * np.abs(smooth_noise(rng, shape, 24))
    x, y, z = inner
    cerebellum = ellipsoid(inner, *_CEREBELLUM)
    # sulci are the zero lines of the noise, and end at a depth
    sulci = folds + 0.005 + 0.9 * np.maximum(depth - bottom, 0)
    sulci = np.where(cerebellum > 0, folia + 0.02 + 1.2 * np.maximum(cerebellum - 0.10, 0), sulci)
    callosum = np.sqrt((y / 0.62) ** 2 + ((z - 0.02) / 0.36) ** 2)
    fissure = np.abs(x) + 0.006 + 0.8 * np.maximum(1 - callosum, 0) + np.where(z < -0.3, 1, 0)
    tentorium = np.abs(cerebellum) + 0.012
    distance: np.ndarray = np.minimum.reduce([depth, sulci, fissure, tentorium])
    return distance


def _ventricle(
    position: np.ndarray, centre: tuple[float, ...], radii: tuple[float, ...], widening: float, edge: float
) -> np.ndarray:
    wide = tuple(radius * widening for radius in radii)
    return soft_step(ellipsoid(position, centre, wide), edge)
