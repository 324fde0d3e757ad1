"""Venous sinuses, bridging tissue and nerves beside the brain: bright on t1c, and what strippers take for cortex."""

import numpy as np

from braintumornet.phantom.full_head.surroundings import Surroundings
from braintumornet.phantom.smooth_noise import smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer


def draw_meninges(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """Draw sagittal, transverse and cavernous sinuses, pituitary, veins in the CSF, tentorial edge and spinal cord."""
    return [
        *_large_sinuses(rng, around),
        _veins(rng, around),
        *around.pair(rng, "sinus", (rng.uniform(9, 14), rng.uniform(12, 22), -41), rng.uniform((4, 8, 4), (8, 14, 9))),
        around.blob(rng, "pituitary", (0, rng.uniform(14, 22), -42), rng.uniform((4, 3, 2), (7, 6, 6))),
        *around.pair(rng, "csf", (20, 2, -45), (4, 6, 4)),  # Meckel's caves
        *around.pair(rng, "vessel", (rng.uniform(8, 15), 16, -45), (2.5, 7, 2.5)),  # carotid siphons
        around.blob(rng, "vessel", (rng.uniform(-2, 2), 1, -50), (2.0, 2.0, 12), 0.1),  # basilar artery
        *_cord(rng, around),
    ]


def _large_sinuses(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """Sagittal sinus along the vault, transverse sinuses around the back, both between brain and skull."""
    x, y, z = around.head.position
    edge = around.edge_mm
    width, lateral = rng.uniform(2.5, 6.0), rng.uniform(2.5, 6.0)
    within = around.gap_mm + around.dura_mm + np.float32(rng.uniform(-1, 3)) - around.outwards_mm
    vault = np.where((y < 62) & (z > -28), np.float32(width) - np.abs(x), np.float32(-20))
    level = np.float32(rng.uniform(-30, -18)) + np.float32(2.5) * smooth_noise(rng, around.head.axes, 40)
    behind = np.minimum(np.float32(lateral) - np.abs(z - level), -22 - y)
    layers = []
    for depth in (vault, behind):
        share = soft_step(np.minimum(depth, within), edge) * around.outside
        layers.append(Layer("sinus", share))
    return layers


def _veins(rng: np.random.Generator, around: Surroundings) -> Layer:
    """Veins and strands that cross the CSF from cortex to dura."""
    course = np.abs(smooth_noise(rng, around.head.axes, 11))
    course = np.float32(rng.uniform(0.05, 0.3)) - course
    within = np.minimum(around.gap_mm + around.dura_mm - around.outwards_mm, 3)
    share = soft_step(5 * course, around.edge_mm) * soft_step(within, around.edge_mm)
    return Layer("vessel", share * around.outside * np.float32(rng.uniform(0.2, 1.0)))


def _cord(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """The spinal cord in its canal: it goes on where the brain ends, and does not belong to it."""
    y = rng.uniform(-24, -15)
    canal = around.blob(rng, "csf", (0, y, -112), (11, 9.5, 44), 0.05)
    column = around.blob(rng, "marrow", (0, y + rng.uniform(18, 24), -118), (12, 10, 40), 0.1)
    cord = around.blob(rng, "white", (0, y, -112), (6.5, 5.5, 46), 0.05)
    return [column, canal, cord]
