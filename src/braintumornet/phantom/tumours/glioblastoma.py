"""A glioblastoma-like tumour: necrosis, an irregular enhancing rim, non-enhancing core, oedema."""

from dataclasses import dataclass

import numpy as np

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import ellipsoid
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

_PATTERNS = {"ring": 0.55, "patchy": 0.30, "sparse": 0.15}


@dataclass(frozen=True)
class Glioblastoma:
    """What one is like.

    Args:
        lesion: its core.
        pattern: how it enhances: `ring` around necrosis, `patchy` throughout, `sparse`.
        rim_mm: mean thickness of a ring.
        gaps: how much of a ring is missing; below -2 none, above 1 most.
        margin: mean thickness of the non-enhancing tumour outside the ring, relative to the radius.
        brightness: of the enhancement, relative to its tissue.
        oedema_ml: volume of the oedema.
        satellites: how many enhancing nodules lie apart from the core.
        patches: range of what is added to the noise of a patchy core, which enhances where the sum is above 0.
        bleeding_share: probability of blood in the core.
    """

    lesion: Lesion
    pattern: str
    rim_mm: float
    gaps: float
    margin: float
    brightness: float
    oedema_ml: float
    satellites: int
    patches: tuple[float, float] = (-0.3, 1.7)
    bleeding_share: float = 0.15


def draw_glioblastoma(rng: np.random.Generator) -> Glioblastoma:
    """Draw a supratentorial tumour, most often in the white matter of one side."""
    volume_ml = float(np.exp(rng.normal(np.log(34), 0.8)).clip(1.5, 130))
    direction = rng.standard_normal(3)
    direction *= float(rng.uniform()) ** (1 / 3) / np.linalg.norm(direction)
    side = float(rng.choice([-1, 1]))
    centre = (side * (8 + 38 * abs(direction[0])), 56 * direction[1], 14 + 32 * direction[2])
    lesion = draw_lesion(rng, centre, volume_ml, float(rng.uniform(0.10, 0.24)), float(rng.uniform(0.2, 0.8)))
    pattern = str(rng.choice(list(_PATTERNS), p=list(_PATTERNS.values())))
    return Glioblastoma(
        lesion=lesion,
        pattern=pattern,
        rim_mm=float(np.exp(rng.uniform(np.log(1.3), np.log(max(2.0, 0.6 * lesion.radius_mm))))),
        gaps=float(rng.uniform(-2.6, 0.2)),
        margin=float(rng.choice([0.0, rng.uniform(0.1, 0.45)], p=[0.55, 0.45])),
        brightness=float(rng.uniform(0.45, 1.0)),
        oedema_ml=float((volume_ml * np.exp(rng.normal(0.5, 0.8))).clip(2, 160)),
        satellites=int(rng.choice([0, 1, 2, 3], p=[0.65, 0.15, 0.1, 0.1])),
    )


def grow_glioblastoma(rng: np.random.Generator, look: Glioblastoma, head: Head, brain: Brain) -> Growth:
    """Grow one in a brain."""
    lesion = look.lesion
    box = head.box(lesion.centre, 1.7 * lesion.radius_mm + 34)
    part, mask = head.cut(box), brain.mask[box]
    depth = depth_in(lesion, rng, part)
    core = (depth > 0) & mask
    outer = np.maximum(around(lesion, rng, part, 0.9) + 1, 0) * np.float32(look.margin * lesion.radius_mm)
    ring_depth = depth - outer
    thickness = _thickness(rng, look, part)
    enhancing_depth = _enhancing_depth(rng, look, part, ring_depth, thickness)
    dead = np.minimum(ring_depth - thickness, np.float32(3) * (around(lesion, rng, part, 0.4) + np.float32(0.6)))
    for satellite in _satellites(rng, look, part):
        np.maximum(depth, satellite, out=depth)
        np.maximum(enhancing_depth, satellite, out=enhancing_depth)
    core = (depth > 0) & mask
    enhancing = core & (enhancing_depth > 0)
    least = max(1, round(0.02 * core.sum()))
    if enhancing.sum() < least:
        enhancing = largest(enhancing_depth, core, least)
    free = mask & ~core & (brain.fluid[box] < 0.4)
    swollen = round(look.oedema_ml / voxel_ml(part))
    oedema, oedema_share = grow_oedema(rng, part, brain.white[box], free, depth, swollen)
    bright = np.float32(look.brightness) + np.float32(0.28) * around(lesion, rng, part, 0.3)
    shine = np.clip(bright, 0.3, 1) * np.maximum(solid_share(enhancing_depth, part, 0.2), 0.7 * enhancing)
    layers = [
        Layer("oedema", oedema_share, box),
        Layer("solid", solid_share(depth, part, 0.6), box),
        Layer("necrosis", solid_share(np.minimum(dead, depth), part, 0.5), box),
        Layer("enhancing", shine * solid_share(depth, part), box),
    ]
    if rng.uniform() < look.bleeding_share:
        clot = np.float32(2) * (around(lesion, rng, part, 0.5) - np.float32(1.3)) * np.float32(lesion.radius_mm / 8)
        layers.append(Layer("blood", solid_share(np.minimum(clot, depth - 2), part), box))
    labels = np.select([enhancing, core, oedema], [ENHANCING, CORE, OEDEMA]).astype(np.uint8)
    return Growth(tuple(layers), labels, box)


def _thickness(rng: np.random.Generator, look: Glioblastoma, part: Head) -> np.ndarray:
    """Return how thick the rim is here and there, in mm; thin or gone in its gaps, thick in its nodules."""
    varied = np.float32(look.rim_mm) * np.exp(np.float32(0.5) * around(look.lesion, rng, part, 0.45))
    kept = np.clip((around(look.lesion, rng, part, 0.6) - np.float32(look.gaps)) / np.float32(0.5), 0, 1)
    thickness: np.ndarray = varied * kept
    return thickness


def _enhancing_depth(
    rng: np.random.Generator, look: Glioblastoma, part: Head, ring_depth: np.ndarray, thickness: np.ndarray
) -> np.ndarray:
    """Return how deep each voxel lies in enhancing tissue, in mm; negative outside."""
    lesion = look.lesion
    ring = np.minimum(ring_depth, thickness - ring_depth)
    scale = np.float32(0.16 * lesion.radius_mm)
    grain = scale * (around(lesion, rng, part, 0.35) + np.float32(0.5) * around(lesion, rng, part, 0.18))
    septa = np.float32(0.12) * scale - np.abs(grain)
    if look.pattern == "ring":
        mixed = np.maximum(ring, np.where(thickness > 1, septa, -1)) if rng.uniform() < 0.35 else ring
    elif look.pattern == "patchy":
        mixed = grain + scale * np.float32(rng.uniform(*look.patches))
    else:
        mixed = np.maximum(
            grain - scale * np.float32(rng.uniform(0.8, 1.8)), np.minimum(ring, 0.8 - np.abs(ring_depth - 1))
        )
    within: np.ndarray = np.minimum(mixed, ring_depth)
    return within


def _satellites(rng: np.random.Generator, look: Glioblastoma, part: Head) -> list[np.ndarray]:
    """Return how deep each voxel lies in each enhancing nodule apart from the core, in mm."""
    nodules = []
    for _ in range(look.satellites):
        direction = rng.standard_normal(3)
        away = (look.lesion.radius_mm * rng.uniform(1.15, 1.5) + 2) / np.linalg.norm(direction)
        centre = np.add(look.lesion.centre, away * direction)
        nodules.append(ellipsoid(part.position, centre.tolist(), rng.uniform(1.8, 5.5, 3).tolist()))
    return nodules
