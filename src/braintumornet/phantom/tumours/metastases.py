"""Brain metastases: one to eight, most of them small, solid or with a rim, at the border of grey and white matter."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumours.tumour import (
    CORE,
    ENHANCING,
    OEDEMA,
    Growth,
    Lesion,
    around,
    depth_in,
    draw_lesion,
    grow_oedema,
    largest,
    solid_share,
    voxel_ml,
)

MOST = 8
_LARGEST_ML = 25.0
_SHIFT_MM = 4.0  # less than half of what is kept between two of them


@dataclass(frozen=True)
class Metastasis:
    """What one is like.

    Args:
        lesion: its core.
        rim_mm: thickness of its enhancing rim; larger than the radius where it is solid.
        brightness: of the enhancement, relative to its tissue.
        oedema_ml: volume of the oedema.
    """

    lesion: Lesion
    rim_mm: float
    brightness: float
    oedema_ml: float


def draw_metastases(rng: np.random.Generator) -> tuple[Metastasis, ...]:
    """Draw one to eight, the largest first, none touching another."""
    number = min(MOST, int(rng.geometric(0.33)))
    volumes_ml = np.exp(rng.normal(np.log(0.35), 1.5, MOST)).clip(0.03, _LARGEST_ML)
    drawn: list[Metastasis] = []
    for volume_ml in sorted(volumes_ml[:number].tolist(), reverse=True):
        lesion = _draw_place(rng, volume_ml, [other.lesion for other in drawn])
        solid = lesion.radius_mm < 4 or rng.uniform() < 0.25
        rim = 2 * lesion.radius_mm if solid else float(rng.uniform(1.0, max(1.5, 0.5 * lesion.radius_mm)))
        swollen = volume_ml * float(np.exp(rng.normal(0.6, 1.0))) * float(rng.uniform() < 0.75)
        drawn.append(Metastasis(lesion, rim, float(rng.uniform(0.55, 1.0)), min(swollen, 70.0)))
    return tuple(drawn)


def _draw_place(rng: np.random.Generator, volume_ml: float, others: list[Lesion]) -> Lesion:
    """Draw a lesion 7 to 22 mm under the surface, apart from the others; a fifth lie in the cerebellum."""
    for _ in range(50):
        direction = rng.standard_normal(3)
        direction /= np.linalg.norm(direction)
        if rng.uniform() < 0.2:
            centre = np.array([0, -46, -40]) + direction * (36, 20, 13) * rng.uniform(0.3, 1)
        else:
            under = 1 - rng.uniform(7, 22) / 66
            centre = direction * np.array([64, 82, 60 if direction[2] > 0 else 30]) * under
        lesion = draw_lesion(rng, centre, volume_ml, float(rng.uniform(0.03, 0.16)), float(rng.uniform(0.2, 0.8)))
        if all(np.linalg.norm(centre - o.centre) > 1.5 * (lesion.radius_mm + o.radius_mm) + 8 for o in others):
            break
    return lesion


def at_border(lesion: Lesion, head: Head, brain: Brain) -> Lesion:
    """Return a lesion shifted by a few mm to where grey and white matter meet."""
    box = head.box(lesion.centre, _SHIFT_MM)
    part = head.cut(box)
    if part.position[0].size == 0:
        return lesion
    away = np.sqrt(np.square(part.position - np.reshape(lesion.centre, (3, 1, 1, 1))).sum(axis=0))
    mixed = gaussian_filter(brain.white[box], 1.5 / head.voxel_mm)
    cost = np.abs(mixed - 0.5) + brain.fluid[box] + 0.03 * away
    cost[(away > _SHIFT_MM) | ~brain.mask[box]] = np.inf
    if not np.isfinite(cost).any():
        return lesion
    return replace(lesion, centre=tuple(part.position.reshape(3, -1)[:, cost.argmin()].tolist()))


def grow_metastasis(rng: np.random.Generator, look: Metastasis, head: Head, brain: Brain) -> Growth:
    """Grow one in a brain."""
    lesion = at_border(look.lesion, head, brain)
    box = head.box(lesion.centre, 1.5 * lesion.radius_mm + 2 * head.voxel_mm + 5 * float(np.cbrt(look.oedema_ml)) + 4)
    part, mask = head.cut(box), brain.mask[box]
    depth = depth_in(lesion, rng, part)
    core = (depth > 0) & mask
    if not core.any():  # smaller than a voxel
        core = largest(depth, mask, 1)
    rim = np.float32(look.rim_mm) * np.exp(np.float32(0.35) * around(lesion, rng, part, 0.6))
    enhancing = core & (depth < rim)
    if not enhancing.any():
        enhancing = largest(-depth, core, 1)
    free = mask & ~core & (brain.fluid[box] < 0.4)
    oedema, oedema_share = grow_oedema(rng, part, brain.white[box], free, depth, round(look.oedema_ml / voxel_ml(part)))
    bright = np.clip(np.float32(look.brightness) + np.float32(0.2) * around(lesion, rng, part, 0.4), 0.35, 1)
    layers = (
        Layer("oedema", oedema_share, box),
        Layer("solid", solid_share(depth, part, 0.3), box),
        Layer("necrosis", solid_share(np.minimum(depth, depth - rim), part, 0.3), box),
        Layer("enhancing", bright * solid_share(np.minimum(depth, rim - depth), part, 0.2), box),
    )
    labels = np.select([enhancing, core, oedema], [ENHANCING, CORE, OEDEMA]).astype(np.uint8)
    return Growth(layers, labels, box)
