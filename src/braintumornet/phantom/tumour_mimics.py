"""What is bright or dark in a brain without being tumour: all of it is labelled background."""

import numpy as np

from braintumornet.phantom.anatomy import VENTRICLES, Brain
from braintumornet.phantom.head_coordinates import Head
from braintumornet.phantom.smooth_noise import ellipsoid, radial, smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer

_SINUS_MM = 3.2
_CANDIDATES = 40


def draw_lookalikes(rng: np.random.Generator, head: Head, inner: Head, brain: Brain, age_years: float) -> list[Layer]:
    """Draw vessels, dura, choroid plexus, hyperintensities of the white matter, calcifications and their like.

    Args:
        rng: random stream.
        head: where the voxels lie.
        inner: the same after a tumour has pushed the tissue aside.
        brain: the healthy brain.
        age_years: white matter lesions come with it.
    """
    return [
        *_flow(rng, head, brain),
        *_around_ventricles(rng, inner, age_years),
        *_small_lesions(rng, inner, brain, age_years),
        *_dura(rng, head, inner, brain),
        *_vessels(rng, head, inner, brain),
        *_choroid(rng, inner),
    ]


def _flow(rng: np.random.Generator, head: Head, brain: Brain) -> list[Layer]:
    """CSF that moves, or lies beside air, is not dark on FLAIR."""
    patches = np.clip(smooth_noise(rng, head.axes, 26) - np.float32(rng.uniform(0.6, 2.2)), 0, 1)
    return [Layer("flow", patches * brain.fluid)]


def _vessels(rng: np.random.Generator, head: Head, inner: Head, brain: Brain) -> list[Layer]:
    """Vessels run along sulci and surface; the sagittal sinus along the top, small ones through the brain."""
    density, width = rng.uniform(2.5, 6.0), np.float32(rng.uniform(0.6, 1.5))
    winding = np.abs(smooth_noise(rng, head.axes, 13))
    course = np.sqrt(np.square(brain.pial) + np.square(winding * np.float32(density)))
    there = np.clip(smooth_noise(rng, head.axes, 30) + np.float32(rng.uniform(-0.2, 1.0)), 0, 1)
    superficial = soft_step(width - course, 0.5 * head.voxel_mm) * there
    sinus = np.hypot(inner.position[0], np.maximum(brain.depth, 0)) + np.maximum(-12 - head.position[2], 0)
    sinus += np.maximum(head.position[1] - 55, 0)
    filled = soft_step(np.float32(_SINUS_MM * rng.uniform(0.4, 1.1)) - sinus, head.voxel_mm)
    layers = [Layer("vessel", np.maximum(superficial, filled))]
    for sign in (-1, 1):  # internal cerebral vein and its like: short and deep
        centre = (sign * rng.uniform(1, 8), rng.uniform(-32, 5), rng.uniform(2, 12))
        radii = (rng.uniform(0.8, 1.6), rng.uniform(6, 16), rng.uniform(0.8, 1.8))
        layers.append(_blob(inner, "vessel", centre, radii))
    galen = (float(rng.normal(0, 1)), float(rng.normal(-34, 2)), float(rng.normal(4, 2)))
    return [*layers, _blob(inner, "vessel", galen, tuple(rng.uniform(1.2, 3.5, 3)))]


def _dura(rng: np.random.Generator, head: Head, inner: Head, brain: Brain) -> list[Layer]:
    """What skull stripping left of the dura, and the falx."""
    edge = 0.5 * head.voxel_mm
    thickness = np.float32(rng.uniform(0.3, 1.6)) * (
        smooth_noise(rng, head.axes, 24) + np.float32(rng.uniform(-0.5, 1.0))
    )
    remnant = soft_step(thickness - brain.depth, edge)
    x, y, z = inner.position
    falx = np.float32(rng.uniform(0.2, 0.9)) - np.abs(x) - np.maximum(12 + 0.006 * np.square(y) - z, 0)
    return [Layer("dura", np.maximum(remnant, soft_step(falx, edge)))]


def _choroid(rng: np.random.Generator, inner: Head) -> list[Layer]:
    """Choroid plexus and pineal gland enhance; either may be calcified."""
    layers = []
    size = float(rng.uniform(0.6, 1.3))
    for sign in (-1, 1):
        centre = (sign * float(rng.normal(14.5, 1)), float(rng.normal(-22, 2)), float(rng.normal(4, 1)))
        layers.append(_blob(inner, "choroid", centre, (2.6 * size, 7.0 * size, 3.0 * size), rough=0.35, rng=rng))
        if rng.uniform() < 0.3:
            layers.append(_blob(inner, "calcification", centre, (1.8 * size, 2.2 * size, 1.8 * size)))
    pineal = (0.0, -30.0, -1.0)
    layers.append(_blob(inner, "choroid", pineal, tuple(rng.uniform(1.5, 4.0, 3))))
    if rng.uniform() < 0.4:
        layers.append(_blob(inner, "calcification", pineal, tuple(rng.uniform(1.0, 2.2, 3))))
    return layers


def _around_ventricles(rng: np.random.Generator, inner: Head, age_years: float) -> list[Layer]:
    """A FLAIR-bright rim around the lateral ventricles, with caps at their horns."""
    layers = []
    severity = rng.uniform(0.1, 0.5) + rng.uniform() * age_years / 80
    for centre, radii in VENTRICLES[:3]:
        for sign in (-1, 1):
            middle = (sign * centre[0], *centre[1:])
            width = float(rng.uniform(1.0, 2.0 + 4.0 * severity))
            box = inner.box(middle, np.add(radii, 2 * width))
            part = inner.cut(box)
            outside = -ellipsoid(part.position, middle, radii)
            rim = np.clip(1 - np.abs(outside - np.float32(0.3 * width)) / np.float32(width), 0, 1)
            uneven = np.clip(np.float32(0.6) + np.float32(0.5) * smooth_noise(rng, part.axes, 12), 0, 1)
            layers.append(Layer("gliosis", rim * uneven * np.float32(min(1.0, severity)), box))
    return layers


def _small_lesions(rng: np.random.Generator, inner: Head, brain: Brain, age_years: float) -> list[Layer]:
    """Small vessel lesions, lacunes and perivascular spaces, microbleeds, a scar of the cortex, calcifications."""
    places = (rng.uniform(-1, 1, (_CANDIDATES, 3)) * (48, 62, 38) + (0, 0, 10)).tolist()
    kinds = rng.choice(["gliosis", "csf", "calcification", "blood"], _CANDIDATES, p=[0.72, 0.14, 0.08, 0.06])
    radii = np.exp(rng.normal(0.45, 0.5, (_CANDIDATES, 1)) + rng.normal(0, 0.2, (_CANDIDATES, 3)))
    number = rng.poisson(0.25 * max(0.0, age_years - 20) * rng.exponential(1.0) + 1)
    layers = []
    for place, kind, radius in list(zip(places, kinds, radii, strict=True))[: int(number)]:
        layer = _blob(inner, str(kind), place, tuple(radius))
        if layer.share.size and brain.white[layer.box].mean() > 0.3:
            layers.append(layer)
    scar = tuple(rng.uniform(-1, 1, 3) * (55, 70, 45))
    extent = tuple(rng.uniform(3, 13, 3))
    if rng.uniform() < 0.12:
        layers.append(_blob(inner, "gliosis", scar, np.multiply(extent, 1.35), rough=0.2, rng=rng))
        layers.append(_blob(inner, "csf", scar, extent, rough=0.2, rng=rng))
    return layers


def _blob(
    inner: Head,
    tissue: str,
    centre: tuple[float, ...],
    radii: tuple[float, ...] | np.ndarray,
    rough: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Layer:
    """Return an ellipsoid of a tissue, rough if a random stream is given."""
    edge = 0.5 * inner.voxel_mm
    box = inner.box(centre, np.multiply(radii, 1 + 2 * rough) + edge)
    part = inner.cut(box)
    outwards = radial(part.position, centre, tuple(radii))
    if rng is not None:
        outwards += np.float32(rough) * smooth_noise(rng, part.axes, 5.0)
    return Layer(tissue, soft_step((1 - outwards) * np.float32(min(radii)), edge), box)
