"""A paediatric low-grade glioma: circumscribed, bright on FLAIR, in a place and a look that its genotype may shape."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from braintumornet.phantom.anatomy import Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.phantom_settings import GENOTYPES
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
)

LOCATION_COUNTS: dict[str, tuple[int, int, int]] = {
    "cerebellar": (63, 4, 10),
    "lobar": (5, 8, 20),
    "suprasellar": (13, 5, 1),
    "multifocal": (1, 1, 5),
    "brainstem": (3, 1, 3),
    "optic pathway": (3, 2, 2),
    "thalamus": (4, 1, 0),
    "tectum": (0, 0, 3),
    "intraventricular": (1, 0, 1),
    "basal ganglia": (0, 0, 2),
}
"""Participants by place of the tumour and by genotype, in the order of `GENOTYPES`: 93 with a BRAF fusion, 22 with
BRAF V600E, 47 with another.

Children's Brain Tumor Network, as published with Fathi Kazerooni, Kraya et al., "Imaging Clusters of Pediatric
Low-Grade Glioma are Associated with Distinct Molecular Characteristics"; the 12 whose genotype is not known are left
out, and one with both a fusion and V600E counts as V600E.
"""

# centre (of the right one where there are two), spread and largest radius in mm
_PLACES: dict[str, tuple[tuple[float, ...], tuple[float, ...], float]] = {
    "cerebellar": ((12, -46, -40), (7, 5, 4), 22),
    "suprasellar": ((0, 14, -24), (1.5, 2, 2), 17),
    "brainstem": ((0, -15, -42), (1.5, 2, 9), 14),
    "optic pathway": ((7, 20, -22), (2, 3, 1.5), 13),
    "thalamus": ((11, -8, 2), (2, 3, 2), 17),
    "tectum": ((0, -27, -8), (1, 1.5, 1.5), 11),
    "intraventricular": ((7, 2, 11), (2, 12, 2), 15),
    "basal ganglia": ((21, 8, 0), (2, 4, 3), 17),
    "lobar": ((32, 0, 18), (9, 34, 15), 26),
}
_MIDLINE_SHARE = 0.35  # of cerebellar tumours lie in the vermis

# Each trait varies from case to case by a standard deviation of 1 before it is mapped to its range, and the
# genotype moves its mean by its shift, so that every trait is a clue and none is proof.
_TRAITS: dict[str, tuple[float, float]] = {
    "roughness": (0.05, 0.26),
    "enhancing_share": (0.06, 0.60),
    "myxoid_share": (0.05, 0.90),
    "patchiness": (0.03, 0.45),
    "cystic_share": (0.0, 0.55),
}
_SHIFTS: dict[str, tuple[float, ...]] = {
    "fusion": (-1.2, 1.2, 1.1, -0.5, 0.9),
    "v600e": (1.1, -1.5, 0.4, 1.5, -0.8),
    "other": (0.5, 0.1, -1.5, -0.6, -0.1),
}


@dataclass(frozen=True)
class LowGradeGlioma:
    """What one is like.

    Args:
        location: a key of `LOCATION_COUNTS`.
        lesion: its core.
        enhancing_share: of the solid core.
        myxoid_share: of the solid core that does not enhance; it is bright on T2.
        patchiness: how much that share varies within the core.
        cystic_share: of the core.
        brightness: of the enhancement, relative to its tissue.
        oedema_ratio: volume of the oedema relative to the core.
    """

    location: str
    lesion: Lesion
    enhancing_share: float
    myxoid_share: float
    patchiness: float
    cystic_share: float
    brightness: float
    oedema_ratio: float


def draw_lowgrade(rng: np.random.Generator, genotype: str, signal: float) -> tuple[LowGradeGlioma, ...]:
    """Draw one, or two where it is multifocal; with a signal of 0 the genotype changes nothing."""
    location = _draw_location(rng, genotype, signal)
    latent = rng.standard_normal(len(_TRAITS)) + signal * np.asarray(_SHIFTS[genotype])
    ranks = ndtr(latent / 1.3)
    traits = {
        name: low + (high - low) * float(rank) for (name, (low, high)), rank in zip(_TRAITS.items(), ranks, strict=True)
    }
    places = [location] if location != "multifocal" else rng.choice(list(_PLACES), 2, replace=False).tolist()
    roughness = traits.pop("roughness")
    brightness, oedema_ratio = float(rng.uniform(0.45, 1.0)), float(np.exp(rng.normal(-1.3, 0.7)).clip(0.03, 1.2))
    return tuple(
        LowGradeGlioma(
            location=location,
            lesion=_draw_lesion(rng, place, roughness),
            brightness=brightness,
            oedema_ratio=oedema_ratio,
            **traits,
        )
        for place in places
    )


def location_shares(genotype: str, signal: float) -> np.ndarray:
    """Return how likely each place of `LOCATION_COUNTS` is: from that of all tumours to that of the genotype."""
    counts = np.asarray(list(LOCATION_COUNTS.values()), float)
    own = counts[:, GENOTYPES.index(genotype)]
    lean = min(signal, 1.0)
    shares: np.ndarray = lean * own / own.sum() + (1 - lean) * counts.sum(axis=1) / counts.sum()
    return shares


def _draw_location(rng: np.random.Generator, genotype: str, signal: float) -> str:
    return str(rng.choice(list(LOCATION_COUNTS), p=location_shares(genotype, signal)))


def _draw_lesion(rng: np.random.Generator, place: str, roughness: float) -> Lesion:
    middle, spread, largest_mm = _PLACES[place]
    side = float(rng.choice([-1, 1]))
    if place == "cerebellar" and rng.uniform() < _MIDLINE_SHARE:
        side = 0.0
    centre = np.asarray(middle) * (side, 1, 1) + rng.normal(0, 1, 3).clip(-2, 2) * spread
    most_ml = largest_mm**3 * np.pi / 750
    volume_ml = float(np.clip(np.exp(rng.normal(np.log(20), 0.6)), 3, 60))
    return draw_lesion(rng, centre.tolist(), min(volume_ml, most_ml), roughness, float(rng.uniform(0.5, 1.0)))


def grow_lowgrade(rng: np.random.Generator, look: LowGradeGlioma, head: Head, brain: Brain) -> Growth:
    """Grow one in a brain."""
    lesion = look.lesion
    box = head.box(lesion.centre, 1.6 * lesion.radius_mm + 14)
    part, mask = head.cut(box), brain.mask[box]
    depth = depth_in(lesion, rng, part)
    core = (depth > 0) & mask
    if not core.any():
        core = largest(depth, mask, 1)
    size = int(core.sum())
    hollow = np.float32(0.5) * depth + np.float32(0.28 * lesion.radius_mm) * around(lesion, rng, part, 0.7)
    cyst = largest(hollow, core, round(look.cystic_share * size))
    wall = hollow - (hollow[cyst].min() if cyst.any() else hollow.max() + 9)
    # the nodule enhances, mostly on one side, and sometimes the wall of the cyst
    eager = around(lesion, rng, part, 0.8) + np.float32(0.35) * around(lesion, rng, part, 0.3)
    eager -= np.float32(0.25) * np.abs(wall + 1)
    share = max(1, round(look.enhancing_share * (size - int(cyst.sum()))))
    enhancing = largest(eager, core & ~cyst, min(share, size - 1))
    free = mask & ~core & (brain.fluid[box] < 0.4)
    swollen = max(1, round(look.oedema_ratio * size))
    oedema, oedema_share = grow_oedema(rng, part, brain.white[box], free, depth, swollen)
    solid = solid_share(depth, part, 0.2 + 0.12 * lesion.roughness * lesion.radius_mm)
    myxoid = np.float32(look.myxoid_share) + np.float32(look.patchiness) * around(lesion, rng, part, 0.28)
    margin = eager - (eager[enhancing].min() if enhancing.any() else 9)
    shine = np.clip(np.float32(look.brightness) + np.float32(0.2) * around(lesion, rng, part, 0.3), 0.35, 1)
    layers = [
        Layer("oedema", oedema_share, box),
        Layer("solid", solid, box),
        Layer("myxoid", solid * np.clip(myxoid, 0, 1), box),
        Layer("cyst", solid * solid_share(wall, part) * cyst.any(), box),
        Layer("enhancing", solid * shine * np.clip(np.float32(0.5) + 3 * margin, 0, 1) * (1 - cyst), box),
    ]
    if rng.uniform() < 0.2:
        grain = np.float32(3) * (around(lesion, rng, part, 0.25) - np.float32(1.6))
        layers.append(Layer("calcification", solid_share(np.minimum(grain, depth - 1), part), box))
    labels = np.select([enhancing, core, oedema], [ENHANCING, CORE, OEDEMA]).astype(np.uint8)
    return Growth(tuple(layers), labels, box)
