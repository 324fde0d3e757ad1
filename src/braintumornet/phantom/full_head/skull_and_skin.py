"""From the outside in: air, skin, fat, muscle, the tables of the skull and the marrow between, dura, CSF."""

import numpy as np

from braintumornet.phantom.full_head.surroundings import Surroundings
from braintumornet.phantom.smooth_noise import ellipsoid, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer


def draw_skull_and_skin(rng: np.random.Generator, around: Surroundings) -> tuple[list[Layer], np.ndarray]:
    """Draw the layers that wrap the whole head.

    Returns:
        The layers, and how deep each voxel lies under the skin, in mm (D, H, W).
    """
    edge = around.edge_mm
    skin, skin_mm, muscle_from = _skin(rng, around)
    bone = around.skull_depth_mm
    table = np.float32(rng.uniform(0.9, 2.4))
    marrow = np.minimum(bone, around.skull_mm - bone) - table
    inner = around.gap_mm - around.outwards_mm
    shares = {
        "air": np.ones_like(skin),
        "skin": soft_step(skin, edge),
        "fat": soft_step(skin - skin_mm, edge),
        "muscle": soft_step(skin - muscle_from, edge),
    }
    planes = np.float32(rng.uniform(0.15, 0.5)) - np.abs(smooth_noise(rng, around.head.axes, 16))
    shares["fascia"] = shares["muscle"] * soft_step(4 * planes, edge)  # fat between the muscles
    shares["bone"] = soft_step(bone, edge)
    shares["marrow"] = soft_step(marrow, edge)
    shares["outer dura"] = soft_step(inner + around.dura_mm, edge)
    shares["csf"] = soft_step(inner, edge)
    return [Layer(tissue, share * around.outside) for tissue, share in shares.items()], skin


def _skin(rng: np.random.Generator, around: Surroundings) -> tuple[np.ndarray, np.float32, np.ndarray]:
    """Return the depth under the skin, the skin's thickness, and at what depth muscle begins, in mm."""
    head = around.head
    x, y, z = head.position
    skin_mm = np.float32(rng.uniform(1.2, 2.6))
    fat = np.float32(rng.uniform(0.5, 7.0)) * (1 + np.float32(0.4) * smooth_noise(rng, head.axes, 36))
    fat = np.maximum(fat, np.float32(0.3))
    side = np.abs(x)
    temporalis = np.exp(-np.square((side - 66) / 20) - np.square((y - 22) / 30) - np.square((z + 18) / 26))
    nape = np.exp(-np.square(x / 55) - np.square((y + 82) / 26) - np.square((z + 62) / 26))
    muscle = np.float32(rng.uniform(4, 17)) * temporalis + np.float32(rng.uniform(4, 24)) * nape
    skin = around.skull_depth_mm + skin_mm + fat + muscle
    parts = (
        ((0, rng.uniform(8, 22), rng.uniform(-80, -66)), rng.uniform((44, 62, 42), (60, 80, 54))),  # face
        ((0, rng.uniform(-34, -16), -115), rng.uniform((42, 42, 70), (62, 60, 90))),  # neck
        ((0, rng.uniform(88, 98), rng.uniform(-56, -44)), (14, 20, 22)),  # nose
    )
    for centre, radii in parts:
        skin = np.maximum(skin, ellipsoid(head.position, centre, tuple(radii)))
    return skin, skin_mm, skin_mm + fat
