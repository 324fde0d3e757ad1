"""Gliomas of adults in their variety: glioblastomas of one focus or several, diffuse ones that hardly enhance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.phantom.tumours.glioblastoma import Glioblastoma
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
)

# chosen so that about half of the core enhances, as in 12 glioblastomas of patients (median 0.56, quartiles 0.42, 0.76)
_PATTERNS = {"ring": 0.45, "patchy": 0.42, "sparse": 0.13}
_RIM_MM, _RIM_SHARE = (2.0, 4.0), 0.9  # least, and most: the latter a share of the radius, if that is more
_GAPS = (-2.8, -0.5)
_PATCHES = (0.2, 3.2)
_BLEEDING_SHARE = 0.3
_MULTIFOCAL_SHARE = 0.12
_BELOW_TENTORIUM_SHARE = 0.04


@dataclass(frozen=True)
class DiffuseGlioma:
    """What one is like.

    Args:
        lesion: its core.
        blur_mm: over which its margin fades.
        myxoid_share: of the core that is bright on T2 and may be dark on FLAIR.
        patchiness: how much that share varies within the core.
        cystic_share: of the core.
        enhancing_share: of the core; mostly none.
        brightness: of the enhancement, relative to its tissue.
        oedema_ratio: volume of the oedema relative to the core.
    """

    lesion: Lesion
    blur_mm: float
    myxoid_share: float
    patchiness: float
    cystic_share: float
    enhancing_share: float
    brightness: float
    oedema_ratio: float


def draw_glioblastomas(rng: np.random.Generator) -> tuple[Glioblastoma, ...]:
    """Draw a glioblastoma, now and then with one or two more elsewhere."""
    main = _draw_glioblastoma(rng, float(np.exp(rng.normal(np.log(32), 1.1)).clip(0.8, 240)))
    foci = [main]
    if rng.uniform() < _MULTIFOCAL_SHARE:
        for _ in range(int(rng.integers(1, 3))):
            volume_ml = float(np.exp(rng.normal(np.log(4), 0.9)).clip(0.3, 25))
            other = _draw_glioblastoma(rng, volume_ml)
            apart = min(float(np.linalg.norm(np.subtract(other.lesion.centre, one.lesion.centre))) for one in foci)
            if apart > 1.3 * (main.lesion.radius_mm + other.lesion.radius_mm):
                foci.append(other)
    return tuple(foci)


def _draw_glioblastoma(rng: np.random.Generator, volume_ml: float) -> Glioblastoma:
    lesion = draw_lesion(rng, _draw_place(rng), volume_ml, float(rng.uniform(0.06, 0.30)), float(rng.uniform(0, 0.9)))
    return Glioblastoma(
        lesion=lesion,
        pattern=str(rng.choice(list(_PATTERNS), p=list(_PATTERNS.values()))),
        rim_mm=float(np.exp(rng.uniform(np.log(_RIM_MM[0]), np.log(max(_RIM_MM[1], _RIM_SHARE * lesion.radius_mm))))),
        gaps=float(rng.uniform(*_GAPS)),
        margin=float(rng.choice([0.0, rng.uniform(0.1, 0.6)], p=[0.65, 0.35])),
        brightness=float(rng.uniform(0.32, 1.0)),
        oedema_ml=float((volume_ml * np.exp(rng.normal(0.3, 1.0))).clip(0.3, 220)),
        satellites=int(rng.choice([0, 1, 2, 3], p=[0.6, 0.18, 0.12, 0.1])),
        patches=_PATCHES,
        bleeding_share=_BLEEDING_SHARE,
    )


def draw_diffuse_glioma(rng: np.random.Generator) -> DiffuseGlioma:
    """Draw a diffuse glioma: mostly large, often at the cortex of a frontal or temporal lobe or the insula."""
    volume_ml = float(np.exp(rng.normal(np.log(42), 0.9)).clip(2, 240))
    lesion = draw_lesion(rng, _draw_place(rng), volume_ml, float(rng.uniform(0.08, 0.32)), float(rng.uniform(0, 0.7)))
    enhances = rng.uniform() < 0.35
    return DiffuseGlioma(
        lesion=lesion,
        blur_mm=float(rng.uniform(0.3, 4.0)),
        myxoid_share=float(rng.uniform(0, 0.9)),
        patchiness=float(rng.uniform(0.03, 0.5)),
        cystic_share=float(rng.choice([0.0, rng.uniform(0.02, 0.35)], p=[0.75, 0.25])),
        enhancing_share=float(rng.uniform(0.005, 0.15)) if enhances else 0.0,
        brightness=float(rng.uniform(0.25, 0.9)),
        oedema_ratio=float(np.exp(rng.normal(-1.0, 1.1)).clip(0, 2.0)) * float(rng.uniform() < 0.85),
    )


def _draw_place(rng: np.random.Generator) -> Sequence[float]:
    """Draw a centre in the template, in mm: anywhere above the tentorium, rarely below it."""
    side = float(rng.choice([-1, 1]))
    direction = rng.standard_normal(3)
    direction *= float(rng.uniform()) ** (1 / 3) / np.linalg.norm(direction)
    if rng.uniform() < _BELOW_TENTORIUM_SHARE:
        return side * 20 * abs(direction[0]), -44 + 16 * direction[1], -38 + 12 * direction[2]
    return side * (5 + 48 * abs(direction[0])), 64 * direction[1], 10 + 40 * direction[2]


def grow_diffuse_glioma(rng: np.random.Generator, look: DiffuseGlioma, head: Head, brain: Brain) -> Growth:
    """Grow one in a brain."""
    lesion = look.lesion
    box = head.box(lesion.centre, 1.7 * lesion.radius_mm + 18)
    part, mask = head.cut(box), brain.mask[box] & (brain.fluid[box] < 0.7)
    depth = depth_in(lesion, rng, part)
    core = (depth > 0) & mask
    if not core.any():
        core = largest(depth, mask, 1)
    size = int(core.sum())
    hollow = np.float32(0.6) * depth + np.float32(0.3 * lesion.radius_mm) * around(lesion, rng, part, 0.6)
    cyst = largest(hollow, core, round(look.cystic_share * size))
    eager = around(lesion, rng, part, 0.5) + np.float32(0.4) * around(lesion, rng, part, 0.2)
    enhancing = largest(eager, core & ~cyst, min(round(look.enhancing_share * size), size - 1))
    free = mask & ~core & (brain.fluid[box] < 0.4)
    oedema, oedema_share = grow_oedema(rng, part, brain.white[box], free, depth, round(look.oedema_ratio * size))
    solid = solid_share(depth, part, look.blur_mm)
    myxoid = np.float32(look.myxoid_share) + np.float32(look.patchiness) * around(lesion, rng, part, 0.35)
    shine = np.clip(np.float32(look.brightness) + np.float32(0.2) * around(lesion, rng, part, 0.2), 0.2, 1)
    layers = (
        Layer("oedema", oedema_share, box),
        Layer("infiltrating", solid, box),
        Layer("myxoid", solid * np.clip(myxoid, 0, 1) * solid_share(depth - 2, part, 1.5), box),
        Layer("cyst", cyst.astype(np.float32), box),
        Layer("enhancing", shine * enhancing, box),
    )
    labels = np.select([enhancing, core, oedema], [ENHANCING, CORE, OEDEMA]).astype(np.uint8)
    return Growth(layers, labels, box)
