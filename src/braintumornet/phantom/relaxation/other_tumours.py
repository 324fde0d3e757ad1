"""Tumours of generator 3: thresholded fractal noise; they enhance where blood flows, most beside necrosis."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.relaxation.fractal_noise import fractal_noise
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumours.tumour import (
    CORE,
    ENHANCING,
    OEDEMA,
    Growth,
    Lesion,
    draw_lesion,
    largest,
    radius_in,
    solid_share,
)

# volume of the core in ml (median, standard deviation of the logarithm, least, most)
_VOLUMES_ML = {"hgg": (30, 0.9, 2, 150), "lgg": (35, 0.8, 3, 150), "plgg": (14, 0.6, 2, 50)}
_LEAST_METS, _MOST_METS = 1, 9
_METS_ML = (0.03, 12.0)


@dataclass(frozen=True)
class FractalTumour:
    """What one is like.

    Args:
        lesion: its core.
        necrotic_share: of the core.
        enhancing_share: of the rest of the core.
        beside_necrosis: how much more enhances beside necrosis, from 0 to 3.
        brightness: of the enhancement, relative to its tissue.
        oedema_mm: how far oedema reaches in white matter.
        tissue: of the core that neither enhances nor is dead.
    """

    lesion: Lesion
    necrotic_share: float
    enhancing_share: float
    beside_necrosis: float
    brightness: float
    oedema_mm: float
    tissue: str


def draw_fractal_tumours(rng: np.random.Generator, kind: str) -> tuple[FractalTumour, ...]:
    """Draw the tumours of a head of a kind; a healthy one has none."""
    if kind == "healthy":
        return ()
    if kind == "mets":
        return _draw_metastases(rng)
    median, spread, least, most = _VOLUMES_ML[kind]
    volume_ml = float(np.exp(rng.normal(np.log(median), spread)).clip(least, most))
    lesion = draw_lesion(rng, _draw_place(rng, kind), volume_ml, 0.0, float(rng.uniform(0.1, 0.8)))
    enhances = {"hgg": 1.0, "lgg": 0.25, "plgg": 0.8}[kind]
    share = float(rng.beta(2, 2)) if kind == "hgg" else float(rng.uniform(0.01, 0.4))
    dead = float(rng.uniform(0, 0.6)) if kind == "hgg" else 0.0
    return (
        FractalTumour(
            lesion=lesion,
            necrotic_share=dead,
            enhancing_share=share * float(rng.uniform() < enhances),
            beside_necrosis=float(rng.uniform(0, 3)),
            brightness=float(rng.uniform(0.4, 1.0)),
            oedema_mm=float(rng.uniform(2, 28) if kind == "hgg" else rng.uniform(0, 8)),
            tissue="solid" if kind == "hgg" else str(rng.choice(["infiltrating", "myxoid"])),
        ),
    )


def _draw_metastases(rng: np.random.Generator) -> tuple[FractalTumour, ...]:
    drawn: list[FractalTumour] = []
    low, high = np.log(_METS_ML)
    for _ in range(int(rng.integers(_LEAST_METS, _MOST_METS + 1))):
        volume_ml = float(np.exp(rng.uniform(low, high) if rng.uniform() < 0.7 else rng.uniform(low, np.log(1))))
        lesion = draw_lesion(rng, _draw_place(rng, "mets"), volume_ml, 0.0, float(rng.uniform(0.2, 0.8)))
        if any(_touch(lesion, other.lesion) for other in drawn):
            continue
        ring = volume_ml > 0.4 and rng.uniform() < 0.6
        drawn.append(
            FractalTumour(
                lesion=lesion,
                necrotic_share=float(rng.uniform(0.15, 0.6)) if ring else 0.0,
                enhancing_share=float(rng.uniform(0.8, 1.0)),
                beside_necrosis=float(rng.uniform(0, 1)),
                brightness=float(rng.uniform(0.5, 1.0)),
                oedema_mm=float(rng.uniform(1, 16)) * float(rng.uniform() < 0.7),
                tissue="solid",
            )
        )
    return tuple(drawn)


def _touch(one: Lesion, other: Lesion) -> bool:
    apart = float(np.linalg.norm(np.subtract(one.centre, other.centre)))
    return apart < 1.6 * (one.radius_mm + other.radius_mm) + 6


def _draw_place(rng: np.random.Generator, kind: str) -> tuple[float, float, float]:
    side = float(rng.choice([-1, 1]))
    x, y, z = (float(value) for value in rng.uniform(-1, 1, 3))
    if kind == "plgg" or (kind == "mets" and rng.uniform() < 0.2):
        return side * 26 * abs(x), -45 + 14 * y, -38 + 10 * z
    if kind == "mets":
        return side * (8 + 46 * abs(x)), 62 * y, 12 + 38 * z
    return side * (10 + 34 * abs(x)), 52 * y, 14 + 26 * z


def grow_fractal_tumour(rng: np.random.Generator, look: FractalTumour, head: Head, brain: Brain) -> Growth:
    """Grow one in a brain."""
    lesion = look.lesion
    box = head.box(lesion.centre, 1.8 * lesion.radius_mm + look.oedema_mm + 2 * head.voxel_mm + 3)
    part, mask = head.cut(box), brain.mask[box]
    depth = _depth(rng, lesion, part)
    core = (depth > 0) & mask
    if not core.any():  # smaller than a voxel
        core = largest(depth, mask, 1)
    size = int(core.sum())
    inner = depth + np.float32(0.3 * lesion.radius_mm) * _near(rng, lesion, part, 0.8)
    dead = largest(inner, core, round(look.necrotic_share * size))
    enhancing = _enhancing(rng, look, part, core, dead)
    oedema = _oedema(rng, look, part, core, mask & (brain.fluid[box] < 0.4), brain.white[box])
    layers = (
        Layer("oedema", gaussian_filter(oedema.astype(np.float32), 0.7) * np.float32(rng.uniform(0.5, 1)), box),
        Layer(look.tissue, solid_share(depth, part, 0.4), box),
        Layer("necrosis", _soft(dead), box),
        Layer("enhancing", np.float32(look.brightness) * _soft(enhancing), box),
    )
    labels = np.select([enhancing, core, oedema], [ENHANCING, CORE, OEDEMA]).astype(np.uint8)
    return Growth(layers, labels, box)


def _depth(rng: np.random.Generator, lesion: Lesion, part: Head) -> np.ndarray:
    """Return how deep each voxel lies under a border of fractal noise, in mm."""
    radius = radius_in(lesion, part)
    radius += np.float32(rng.uniform(0.05, 0.25)) * _near(rng, lesion, part, 1.0)
    depth: np.ndarray = (1 - radius) * np.float32(lesion.radius_mm)
    return depth


def _near(rng: np.random.Generator, lesion: Lesion, part: Head, cell: float) -> np.ndarray:
    """Draw noise whose cells are measured in the lesion's radius, centred on it."""
    middle = [float(axis.mean()) if axis.size else 0.0 for axis in part.axes]
    x, y, z = (axis - centre for axis, centre in zip(part.axes, middle, strict=True))
    return fractal_noise(rng, (x, y, z), cell * lesion.radius_mm, 3, 3 * lesion.radius_mm)


def _enhancing(
    rng: np.random.Generator, look: FractalTumour, part: Head, core: np.ndarray, dead: np.ndarray
) -> np.ndarray:
    score = _near(rng, look.lesion, part, 0.5)
    if dead.any():
        score += np.float32(look.beside_necrosis) * np.exp(
            -distance_transform_edt(~dead).astype(np.float32) * np.float32(part.voxel_mm / 4)
        )
    living = core & ~dead
    return largest(score, living, round(look.enhancing_share * int(living.sum())))


def _oedema(
    rng: np.random.Generator, look: FractalTumour, part: Head, core: np.ndarray, free: np.ndarray, white: np.ndarray
) -> np.ndarray:
    """Return where oedema is: as far from the core as white matter and noise let it."""
    away_mm = distance_transform_edt(~core).astype(np.float32) * np.float32(part.voxel_mm)
    eager = np.clip(1 + np.float32(0.5) * fractal_noise(rng, part.axes, 26), 0.1, 2)
    reach_mm = np.float32(look.oedema_mm) * eager * np.clip(1.3 * gaussian_filter(white, 1.0), 0.15, 1)
    spread: np.ndarray = (away_mm < reach_mm) & free & ~core
    return spread


def _soft(mask: np.ndarray) -> np.ndarray:
    share: np.ndarray = gaussian_filter(mask.astype(np.float32), 0.4)
    return share
