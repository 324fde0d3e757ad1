"""The detailed shell of a head, for training skull strippers; `skull_and_scalp` is the plain one of raw phantoms."""

from dataclasses import dataclass

import numpy as np

from braintumornet.phantom.full_head.face_and_skull_base import draw_face_and_skull_base
from braintumornet.phantom.full_head.meninges import draw_meninges
from braintumornet.phantom.full_head.skull_and_skin import draw_skull_and_skin
from braintumornet.phantom.full_head.surroundings import draw_surroundings
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.tissue_layers import Layer


@dataclass(frozen=True, eq=False)
class FullShell:
    """All that surrounds a brain.

    Args:
        layers: tissues to be painted in this order over the brain; they spare it.
        distance_mm: signed distance to the brain's surface (D, H, W); negative inside.
        mask_distance_mm: the same to the surface of a brain mask, which holds the nearest fluid (D, H, W).
        skull_depth_mm: depth under the outer surface of the skull (D, H, W).
    """

    layers: tuple[Layer, ...]
    distance_mm: np.ndarray
    mask_distance_mm: np.ndarray
    skull_depth_mm: np.ndarray


def draw_full_shell(rng: np.random.Generator, head: Head, depth: np.ndarray, age_years: float) -> FullShell:
    """Draw the layers around a brain in detail; they leave the brain as it is.

    Args:
        rng: random stream.
        head: where the voxels lie.
        depth: how deep each voxel lies under the brain's surface, in mm (D, H, W).
        age_years: children have thin skulls.
    """
    around = draw_surroundings(rng, head, depth, age_years)
    wrapped, skin = draw_skull_and_skin(rng, around)
    face = draw_face_and_skull_base(rng, around, skin)
    meninges = draw_meninges(rng, around)
    layers = (*wrapped, *face, *meninges)
    return FullShell(layers, around.outwards_mm, around.mask_distance_mm, around.skull_depth_mm)
