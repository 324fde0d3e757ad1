"""The cavity that a resection leaves: fluid where tumour was, which is no tumour any more."""

from dataclasses import dataclass

import numpy as np

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import ellipsoid, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumours.tumour import Lesion
from braintumornet.volumes.brain import Box


@dataclass(frozen=True, eq=False)
class Cavity:
    """A cavity on a grid.

    Args:
        layers: its wall and what fills it, to be painted over tumour and brain.
        mask: boolean (d, h, w), where there is no tumour any more.
        box: where that lies in the grid.
    """

    layers: tuple[Layer, ...]
    mask: np.ndarray
    box: Box


def draw_cavity(rng: np.random.Generator, lesion: Lesion, head: Head, brain: Brain) -> Cavity:
    """Draw a cavity within and beside a tumour, filled by fluid or by what has bled.

    Args:
        rng: random stream.
        lesion: what part of was taken out.
        head: where the voxels lie.
        brain: in which it lies.
    """
    radius_mm = lesion.radius_mm * rng.uniform(0.5, 0.95)
    centre = np.add(lesion.centre, rng.normal(0, 0.4, 3) * lesion.radius_mm).tolist()
    radii = (radius_mm * np.exp(rng.normal(0, 0.2, 3))).tolist()
    box = head.box(centre, 1.5 * max(radii) + 4)
    part = head.cut(box)
    depth = ellipsoid(part.position, centre, radii) + np.float32(1.5) * smooth_noise(rng, part.axes, 9)
    edge = 0.5 * head.voxel_mm
    inside = soft_step(depth, edge) * brain.mask[box]
    filling = str(rng.choice(["csf", "flow", "blood"], p=[0.6, 0.25, 0.15]))
    wall = soft_step(np.float32(rng.uniform(1, 4)) - np.abs(depth), edge) * brain.mask[box]
    layers = (Layer("gliosis", wall * np.float32(rng.uniform(0.2, 0.8)), box), Layer(filling, inside, box))
    return Cavity(layers, (depth > 0) & brain.mask[box], box)
