"""What lies under the tentorium as scanners show it: brighter or darker than the cerebrum, between venous sinuses.

A network that met neither takes a bright or an even cerebellum for a tumour, and the transverse sinuses for
enhancement.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.anatomy import FOURTH_VENTRICLE, Brain, brainstem_depth, cerebellum_depth
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import ellipsoid, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer

_TORCULA = (0.0, -74.0, -12.0)  # where the sinuses meet, in mm of the template
_GALEN = (0.0, -36.0, 3.0)
_EVENNESS = (-0.5, 0.95)  # of the cerebellum; below zero is as zero, so a third show all their leaves
_EVEN_TO_MM = (8.0, 28.0)  # how deep; white matter lies beneath
_SHARED_SD, _OWN_SD = 0.05, 0.09  # of the logarithm of the brightness: in all sequences, and in each


@dataclass(frozen=True, eq=False)
class VenousSinuses:
    """Venous sinuses and the tentorium.

    Args:
        layers: to be painted.
        depth: how deep each voxel lies in the brain or in a sinus that stripping leaves at it, in mm (D, H, W).
    """

    layers: list[Layer]
    depth: np.ndarray


def draw_venous_sinuses(rng: np.random.Generator, head: Head, inner: Head, brain: Brain) -> VenousSinuses:
    """Draw the straight, transverse, sigmoid and frontal sagittal sinuses, and the tentorium.

    Args:
        rng: random stream.
        head: where the voxels lie.
        inner: the same after a tumour has pushed the tissue aside.
        brain: the healthy brain.
    """
    x, y, z = inner.position
    left_mm = np.float32(rng.choice([0.0, rng.uniform(1, 5)], p=[0.4, 0.6]))  # of the groove, by stripping
    outer = np.maximum(np.maximum(brain.depth, -left_mm - brain.depth), 0)
    level = np.float32(_TORCULA[2] + rng.normal(0, 2)) + np.float32(1.5) * smooth_noise(rng, head.axes, 40)
    transverse = np.hypot(outer, z - level) + np.maximum(y + 26, 0)
    beside = np.maximum(30 - np.abs(x), 0)
    sigmoid = np.hypot(outer, y + np.float32(rng.normal(28, 3))) + beside
    sigmoid += np.maximum(z - level, 0) + np.maximum(-46 - z, 0)
    sagittal = np.hypot(x, outer) + np.maximum(5 - z, 0)
    widths = rng.uniform(1.5, 4.5) * np.exp(rng.normal(0, 0.4, 2))  # mostly one side drains more than the other
    width = np.where(x > 0, np.float32(widths[0]), np.float32(widths[1]))
    edge = 0.5 * head.voxel_mm
    within = width - np.minimum(transverse, sigmoid)
    paired = soft_step(within, edge)
    middle = np.minimum(_distance(inner.position, _GALEN, _TORCULA), sagittal + np.float32(rng.uniform(0, 3)))
    single = soft_step(np.float32(rng.uniform(1.0, 3.2)) - middle, edge)
    layers = [Layer("dura", _tentorium(rng, inner, brain)), Layer("vessel", np.maximum(paired, single))]
    held = np.where(left_mm > 0, np.minimum(within, left_mm + brain.depth), np.float32(-1))
    return VenousSinuses(layers, np.where(held > 0, np.maximum(brain.depth, held), brain.depth))


def _tentorium(rng: np.random.Generator, inner: Head, brain: Brain) -> np.ndarray:
    """Return the share of the sheet between cerebrum and cerebellum (D, H, W)."""
    thickness = np.float32(rng.uniform(-0.4, 0.9))
    sheet = soft_step(thickness - np.abs(cerebellum_depth(inner)), 0.5 * inner.voxel_mm)
    between = (brain.depth > 1) & (inner.position[2] > -34)
    share: np.ndarray = sheet * between
    return share


def _distance(position: np.ndarray, start: tuple[float, ...], end: tuple[float, ...]) -> np.ndarray:
    """Return how far each point (3, D, H, W) lies from a straight line between two points, in mm."""
    along = np.subtract(end, start)
    length = float(np.linalg.norm(along))
    away = [coordinate - np.float32(first) for coordinate, first in zip(position, start, strict=True)]
    done = sum(part * np.float32(step / length) for part, step in zip(away, along, strict=True))
    done = np.clip(done, 0, length)
    squares = [np.square(part - done * np.float32(step / length)) for part, step in zip(away, along, strict=True)]
    distance: np.ndarray = np.sqrt(sum(squares))
    return distance


def draw_brightness(rng: np.random.Generator, inner: Head) -> Mapping[str, np.ndarray]:
    """Draw how bright cerebellum and brainstem are beside the cerebrum: sequence -> factor at each voxel (D, H, W)."""
    factors = {sequence: np.ones(inner.position.shape[1:], np.float32) for sequence in SEQUENCES}
    for depth in (cerebellum_depth(inner), brainstem_depth(inner)):
        share = soft_step(depth, 1.5)
        drawn = rng.normal(0, _SHARED_SD) + rng.normal(0, _OWN_SD, len(SEQUENCES))
        for sequence, change in zip(SEQUENCES, np.exp(drawn), strict=True):
            factors[sequence] *= 1 + share * np.float32(change - 1)
    return factors


def draw_even_cerebellum(rng: np.random.Generator, inner: Head) -> Layer:
    """Draw how much of the thin leaves of the cerebellum a scan blurs into one grey level, as most do.

    Args:
        rng: random stream.
        inner: where the voxels lie after a tumour has pushed the tissue aside.
    """
    evenness, to_mm = max(rng.uniform(*_EVENNESS), 0.0), np.float32(rng.uniform(*_EVEN_TO_MM))
    depth = cerebellum_depth(inner)
    other = np.maximum(brainstem_depth(inner), ellipsoid(inner.position, *FOURTH_VENTRICLE))
    within = np.minimum(depth - np.float32(0.5), -other)
    share = np.float32(evenness) * soft_step(within, inner.voxel_mm) * soft_step(to_mm - depth, 4.0)
    return Layer("grey", share)
