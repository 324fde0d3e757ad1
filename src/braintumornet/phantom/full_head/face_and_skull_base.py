"""Eyes and optic nerves, air in sinuses and mastoids, petrous bone, tongue and throat, and clutter of every kind."""

import numpy as np

from braintumornet.phantom.full_head.surroundings import Surroundings
from braintumornet.phantom.smooth_noise import smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer

_CLUTTER = ("fat", "muscle", "bone", "marrow", "air", "mucosa", "vessel", "csf", "gland")


def draw_face_and_skull_base(rng: np.random.Generator, around: Surroundings, skin: np.ndarray) -> list[Layer]:
    """Draw what lies below and before the brain.

    Args:
        rng: random stream.
        around: the space around the brain.
        skin: how deep each voxel lies under the skin, in mm (D, H, W).
    """
    layers = [
        *_face(rng, around),
        *_clutter(rng, around),
        *_base(rng, around),
        *_air(rng, around),
        *_orbits(rng, around),
    ]
    free = soft_step(around.outwards_mm - around.gap_mm - around.dura_mm, around.edge_mm)
    free *= soft_step(skin, around.edge_mm)
    return [Layer(layer.tissue, layer.share * free[layer.box], layer.box) for layer in layers]


def _face(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """Jaws, tongue, throat and glands."""
    return [
        *around.pair(rng, "bone", (rng.uniform(38, 46), 24, -92), (5, 16, 22)),
        *around.pair(rng, "marrow", (rng.uniform(38, 46), 24, -92), (3, 12, 18)),
        *around.pair(rng, "gland", (rng.uniform(46, 54), 2, -84), rng.uniform((7, 10, 14), (11, 16, 22))),
        around.blob(rng, "bone", (0, 62, -88), (24, 18, 9)),
        around.blob(rng, "muscle", (0, 44, -100), (20, 30, 16)),
        around.blob(rng, "air", (0, rng.uniform(8, 16), -92), rng.uniform((5, 3, 18), (10, 8, 34))),
    ]


def _base(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """Clivus and petrous bones with the fluid of the inner ear."""
    clivus = (0, rng.uniform(4, 12), rng.uniform(-62, -54))
    petrous = (rng.uniform(36, 44), rng.uniform(-22, -14), rng.uniform(-50, -42))
    return [
        around.blob(rng, "bone", clivus, (14, 9, 18)),
        around.blob(rng, "marrow", clivus, (11, 6.5, 15)),
        *around.pair(rng, "bone", petrous, (20, 12, 10)),
        *around.pair(rng, "csf", (petrous[0] - 8, petrous[1], petrous[2]), (5, 2.5, 2.5)),
    ]


def _air(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """Sinuses of the face and cells of the mastoids: air, or in part mucosa and fluid."""
    cavities = [
        *around.pair(
            rng, "air", (rng.uniform(8, 16), rng.uniform(84, 92), rng.uniform(-14, 4)), rng.uniform(2, (12, 8, 16)), 0.3
        ),
        *around.pair(rng, "air", (rng.uniform(26, 32), 56, -66), rng.uniform(4, (14, 16, 16)), 0.2),
        *around.pair(rng, "air", (9, 62, -42), rng.uniform(3, (7, 16, 11)), 0.3),
        *around.pair(rng, "air", (7, rng.uniform(26, 36), -50), rng.uniform(3, (9, 11, 10)), 0.2),
        around.blob(rng, "air", (0, 70, -58), rng.uniform((5, 18, 12), (13, 28, 24)), 0.3),
        *around.pair(rng, "air", (rng.uniform(50, 60), rng.uniform(-32, -22), -54), rng.uniform(4, (13, 14, 18)), 0.3),
    ]
    layers = []
    for cavity in cavities:
        cells = smooth_noise(rng, around.head.cut(cavity.box).axes, 9) if cavity.share.size else cavity.share
        swollen = soft_step(cells + np.float32(rng.uniform(-2.2, 0.6)), 0.3)
        layers += [cavity, Layer("mucosa", cavity.share * swollen, cavity.box)]
    return layers


def _orbits(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """Fat, muscles, the nerve in its sheath of CSF, the globe with lens."""
    x, y, z = rng.uniform(28, 34), rng.uniform(68, 80), rng.uniform(-42, -32)
    globe = rng.uniform(10.5, 13.5)
    return [
        *around.pair(rng, "bone", (x - 2, y - 14, z), (20, 30, 20), 0.05),
        *around.pair(rng, "fat", (x - 2, y - 14, z), (18, 28, 18), 0.05),
        *around.pair(rng, "muscle", (x - 11, y - 14, z), (2.5, 18, 5)),
        *around.pair(rng, "muscle", (x + 8, y - 14, z), (2.5, 18, 5)),
        *around.pair(rng, "muscle", (x - 3, y - 14, z + 10), (6, 18, 2.2)),
        *around.pair(rng, "csf", (x - 7, y - 28, z), (4, 17, 4), 0.05),
        *around.pair(rng, "nerve", (x - 7, y - 28, z), (2.4, 18, 2.4), 0.05),
        *around.pair(rng, "sclera", (x, y, z), (globe, globe, globe), 0.02),
        *around.pair(rng, "vitreous", (x, y, z), (globe - 1.2, globe - 1.2, globe - 1.2), 0.02),
        *around.pair(rng, "nerve", (x, y + globe - 4, z), (4.5, 2.2, 4.5), 0.05),  # the lens
    ]


def _clutter(rng: np.random.Generator, around: Surroundings) -> list[Layer]:
    """Lumps of any tissue anywhere outside, so that no network relies on a face that looks like a template."""
    layers = []
    for _ in range(int(rng.integers(6, 26))):
        direction = rng.standard_normal(3) * (1, 1, 0.8)
        centre = direction / np.linalg.norm(direction) * rng.uniform(70, 105, 3) + (0, 0, -25)
        radii = np.exp(rng.uniform(np.log(3), np.log(20), 3))
        layers.append(around.blob(rng, str(rng.choice(_CLUTTER)), centre.tolist(), radii.tolist(), 0.3))
    return layers
