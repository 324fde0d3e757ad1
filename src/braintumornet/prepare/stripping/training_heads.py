"""Heads that a stripping network learns from: no patient among them, and no two alike."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Space
from braintumornet.phantom.anatomy import Brain, make_brain
from braintumornet.phantom.full_head.full_shell import FullShell, draw_full_shell
from braintumornet.phantom.head_coordinates import Head, draw_head
from braintumornet.phantom.phantom_case import Streams
from braintumornet.phantom.smooth_noise import ellipsoid, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumour_mimics import draw_lookalikes
from braintumornet.phantom.tumours.tumour import push_aside
from braintumornet.phantom.tumours.tumour_kinds import Tumour, draw_tumours, grow_tumours
from braintumornet.prepare.stripping.network import VOXEL_MM, box_shape

HEADS_VERSION = 2
"""Of what is drawn from a seed: raised whenever the same seed comes to give other heads."""

_KINDS = {"hgg": 0.35, "mets": 0.15, "plgg": 0.15, "healthy": 0.35}
_AT_SURFACE_SHARE = 0.5  # of glioblastomas are moved to the brain's surface
_CAVITY_SHARE = 0.12  # of heads have a resection cavity
_CHILD_SHARE = 0.2
_VERTEX_MM = 82.0  # of an adult's head, above the middle of the brain
_TOP_MM = 6.0  # of the box above the vertex


@dataclass(frozen=True, eq=False)
class TrainingAnatomy:
    """A head before any scanner has seen it, on the network's grid.

    Args:
        head: where the voxels lie.
        layers: all tissues, to be painted in this order over white matter.
        distance_mm: signed distance to the surface of the brain mask (D, H, W); negative inside.
        skull_depth_mm: depth under the outer surface of the skull (D, H, W).
    """

    head: Head
    layers: tuple[Layer, ...]
    distance_mm: np.ndarray
    skull_depth_mm: np.ndarray


def make_training_anatomy(seed: int, index: int, voxel_mm: float = VOXEL_MM) -> TrainingAnatomy:
    """Make the head that a seed and an index stand for.

    Args:
        seed: of the training.
        index: of the head in it.
        voxel_mm: edge of the voxels; coarser ones are faster.

    Example:
        >>> make_training_anatomy(1, 0, voxel_mm=6.0).distance_mm.shape
        (32, 48, 32)
    """
    streams = Streams.of(seed, index)
    rng = streams.records
    child = rng.uniform() < _CHILD_SHARE
    age_years = float(rng.uniform(0.3, 8) if child else rng.uniform(8, 85))
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    head = _draw_varied_head(rng, streams.head, voxel_mm, age_years)
    tumours = _to_surface(rng, draw_tumours(streams.look, kind, "other" if kind == "plgg" else None, 1.0))
    inner = push_aside(head, [tumour.lesion for tumour in tumours])
    brain = make_brain(streams.head, head, inner, age_years)
    lookalikes = draw_lookalikes(streams.lookalikes, head, inner, brain, age_years)
    grown, _ = grow_tumours(streams.tumour, tumours, head, brain)
    shell = draw_full_shell(streams.shell, head, brain.depth, age_years)
    cavity = _draw_cavity(streams.coverage, head, brain, shell) if rng.uniform() < _CAVITY_SHARE else []
    layers = (*brain.layers, *lookalikes, *grown, *shell.layers, *cavity)
    return TrainingAnatomy(head, layers, shell.mask_distance_mm, shell.skull_depth_mm)


def _draw_varied_head(rng: np.random.Generator, stream: np.random.Generator, voxel_mm: float, age_years: float) -> Head:
    """Draw a head of more varied size, shape and tilt than a phantom's, its vertex near the top of the grid."""
    shape = box_shape(voxel_mm)
    size = rng.uniform(0.9, 1.18) * rng.uniform(0.93, 1.07, 3)
    growth = 1 - 0.10 * np.exp(-age_years / 4)  # as draw_head has it
    top = _VERTEX_MM * growth * size[2] + _TOP_MM
    centre = np.add(rng.uniform(-6, 6, 3), (0, 0, top - shape[2] * voxel_mm / 2))
    affine = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    head = draw_head(stream, Space(shape, affine), age_years, (1, 1, 1))
    axes = tuple(axis + shift for axis, shift in zip(head.axes, centre, strict=True))
    tilt = rng.normal(0, (12, 5, 5)).clip(-25, 25)  # scanners nod heads more than they turn them
    matrix = Rotation.from_euler("xyz", tilt, degrees=True).as_matrix() / size[:, None]
    # the head that was drawn has its own tilt about the grid's centre: it is moved there as a whole
    position = np.tensordot(matrix.astype(np.float32), head.position, axes=1)
    position += (matrix @ centre).astype(np.float32).reshape(3, 1, 1, 1)
    _raise_frontal_base(rng, position)
    coarse, fine = rng.uniform(0, 5), rng.uniform(0, 1.8)
    for axis in range(3):
        position[axis] += np.float32(coarse) * smooth_noise(rng, head.axes, 60)
        position[axis] += np.float32(fine) * smooth_noise(rng, head.axes, 28)
    return Head((axes[0], axes[1], axes[2]), head.voxel_mm, position)


def _raise_frontal_base(rng: np.random.Generator, position: np.ndarray) -> None:
    """Raise the floor of the frontal lobes, with orbits and all: in the template it lies as low as the temporal lobes.

    Args:
        rng: random stream.
        position: where each voxel lies in the template (3, D, H, W); changed in place.
    """
    _, y, z = position
    raised_mm = np.float32(rng.uniform(0, 18))
    position[2] -= raised_mm * np.clip((y - 10) / 45, 0, 1) * np.clip((10 - z) / 25, 0, 1)


def _to_surface(rng: np.random.Generator, tumours: Sequence[Tumour]) -> list[Tumour]:
    """Move tumours to the brain's surface now and then."""
    moved = []
    for tumour in tumours:
        centre = np.asarray(tumour.lesion.centre)
        reach = float(np.linalg.norm(centre / (66, 83, 61)))
        if rng.uniform() < _AT_SURFACE_SHARE and reach > 0.2:
            outer = tuple((centre * rng.uniform(0.7, 1.02) / reach).tolist())
            moved.append(replace(tumour, lesion=replace(tumour.lesion, centre=outer)))
        else:
            moved.append(tumour)
    return moved


def _draw_cavity(rng: np.random.Generator, head: Head, brain: Brain, shell: FullShell) -> list[Layer]:
    """Draw a resection cavity that reaches the dura, with the bone above it or without."""
    direction = rng.standard_normal(3) * (1, 1, 0.6) + (0, 0, 0.5)
    surface = direction / np.linalg.norm(direction / (66, 83, 61))
    centre, radii = surface * rng.uniform(0.75, 1.0), rng.uniform(8, 30, 3)
    depth = ellipsoid(head.position, centre.tolist(), radii.tolist())
    depth += np.float32(2) * smooth_noise(rng, head.axes, 14)
    edge = 0.5 * head.voxel_mm
    inside = soft_step(depth, edge) * soft_step(-shell.distance_mm + 3, edge)
    layers = [Layer(str(rng.choice(["csf", "csf", "flow", "blood", "air"])), inside)]
    if rng.uniform() < 0.6:
        wall = np.minimum(np.float32(rng.uniform(0.5, 2.5)) - np.abs(depth), -shell.distance_mm)
        layers.append(Layer(str(rng.choice(["enhancing", "gliosis", "blood"])), soft_step(wall, edge)))
    if rng.uniform() < 0.5:  # the flap: bone replaced, tissue of the scalp in its gaps
        gap = soft_step(np.minimum(depth + 5, shell.skull_depth_mm), edge) * soft_step(shell.distance_mm - 1, edge)
        layers.append(Layer(str(rng.choice(["muscle", "csf", "fat", "air", "outer dura"])), gap))
    return layers
