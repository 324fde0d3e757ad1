"""A tumour: necrosis, non-enhancing core, enhancing rim and oedema, in a look that its genotype may shape."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.special import ndtr

from braintumornet.core.space import Shape
from braintumornet.phantom.anatomy import Brain, overlay
from braintumornet.phantom.fields import smooth_noise, soft_step, voxel_length

CORE, OEDEMA, ENHANCING = 1, 2, 3  # labels of coding brats2023

# Each trait varies from case to case by a standard deviation of 1 before it is mapped to its range, and the
# genotype moves its mean by its shift, so that every trait is a clue and none is proof.
_TRAITS: dict[str, tuple[float, float]] = {
    "roughness": (0.03, 0.30),
    "enhancing_share": (0.12, 0.60),
    "myxoid_share": (0.05, 0.90),
    "patchiness": (0.03, 0.45),
    "height": (-0.35, 0.40),
}
_SHIFTS: dict[str, tuple[float, ...]] = {
    "fusion": (-1.3, 1.2, 1.1, -0.5, -0.9),
    "v600e": (1.0, -1.4, 0.4, 1.5, 0.6),
    "other": (0.5, 0.1, -1.5, -0.6, 0.3),
}


@dataclass(frozen=True)
class Look:
    """What a tumour is like, apart from what chance does voxel by voxel; lengths are relative.

    Args:
        roughness: how far its margin strays from an ellipsoid, and how blurred it is.
        enhancing_share: of the core.
        myxoid_share: of the solid core; it is bright on T2.
        patchiness: how much that share varies within the core.
        height: mean height in the brain.
        centre: in the template brain.
        radii: of the ellipsoid.
        oedema_ratio: volume of the oedema relative to the core.
    """

    roughness: float
    enhancing_share: float
    myxoid_share: float
    patchiness: float
    height: float
    centre: tuple[float, ...]
    radii: tuple[float, ...]
    oedema_ratio: float


@dataclass(frozen=True)
class Tumour:
    """A tumour in a brain.

    Args:
        labels: uint8 array (D, H, W) in coding brats2023.
        tissues: tissue name -> share of the voxel (D, H, W), healthy and tumour tissue together.
    """

    labels: np.ndarray
    tissues: dict[str, np.ndarray]


def draw_look(rng: np.random.Generator, genotype: str, signal: float) -> Look:
    """Draw what a tumour is like; with a signal of 0 the genotype changes nothing."""
    latent = rng.standard_normal(len(_TRAITS)) + signal * np.asarray(_SHIFTS[genotype])
    ranks = ndtr(latent / 1.4)
    traits = {
        name: low + (high - low) * float(rank) for (name, (low, high)), rank in zip(_TRAITS.items(), ranks, strict=True)
    }
    direction = rng.standard_normal(3)
    reach = 0.55 * rng.uniform() ** (1 / 3)
    centre = reach * direction / np.linalg.norm(direction)
    centre[2] = 0.5 * centre[2] + traits["height"]
    centre *= min(1.0, 0.60 / float(np.linalg.norm(centre)))
    radii = rng.uniform(0.22, 0.36) * np.exp(rng.normal(0, 0.10, 3))
    return Look(
        **traits,
        centre=tuple(map(float, centre)),
        radii=tuple(map(float, radii)),
        oedema_ratio=float(np.exp(rng.normal(-0.2, 0.4))),
    )


def push_aside(position: np.ndarray, look: Look) -> np.ndarray:
    """Return where the tissue of each voxel lay before the tumour grew; the brain's surface stays in place.

    Args:
        position: in the template brain (3, D, H, W).
        look: of the tumour.
    """
    offset = position - np.reshape(look.centre, (3, 1, 1, 1)).astype(np.float32)
    reach = 1.35 * float(np.mean(look.radii))
    near = np.exp(-(offset**2).sum(axis=0) / reach**2)
    free = np.clip((1 - np.sqrt((position**2).sum(axis=0))) / 0.4, 0, 1)
    moved: np.ndarray = position - 0.5 * near * free * offset
    return moved


def grow_tumour(rng: np.random.Generator, look: Look, position: np.ndarray, brain: Brain) -> Tumour:
    """Grow a tumour in a brain.

    Args:
        rng: random stream.
        look: what it is like.
        position: in the template brain (3, D, H, W).
        brain: healthy but for the push.
    """
    shape = (brain.mask.shape[0], brain.mask.shape[1], brain.mask.shape[2])
    scaled = [(position[axis] - look.centre[axis]) / look.radii[axis] for axis in range(3)]
    ellipsoidal = np.sqrt(sum(part**2 for part in scaled))
    radius = ellipsoidal + look.roughness * smooth_noise(rng, shape, 13)  # 1 at the margin
    core = (radius < 1) & brain.mask
    # the rim enhances first, here and there deeper
    rim = radius + 0.30 * smooth_noise(rng, shape, 11)
    enhancing = _largest(rim, core, round(look.enhancing_share * core.sum()))
    spread = 0.9 * gaussian_filter(brain.tissues["white"], 0.03 * np.asarray(shape) / 2)
    spread += 0.22 * smooth_noise(rng, shape, 9) - radius  # oedema follows white matter
    around = brain.mask & ~core & (brain.tissues["csf"] < 0.4)
    oedema = _largest(spread, around, round(look.oedema_ratio * core.sum()))
    labels = np.select([enhancing, core, oedema], [ENHANCING, CORE, OEDEMA]).astype(np.uint8)
    return Tumour(labels, _mix(rng, look, radius, brain, labels))


def _largest(score: np.ndarray, within: np.ndarray, count: int) -> np.ndarray:
    """Return the mask of the voxels with the highest scores; at least one, and not all if there are two."""
    found = score[within]
    count = min(max(1, count), max(1, found.size - 1))
    threshold = np.partition(found, found.size - count)[found.size - count]
    mask: np.ndarray = within & (score >= threshold)
    return mask


def _mix(
    rng: np.random.Generator, look: Look, radius: np.ndarray, brain: Brain, labels: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the shares of all tissues after the tumour has taken its own."""
    shape: Shape = (labels.shape[0], labels.shape[1], labels.shape[2])
    size = float(np.mean(look.radii))
    voxel = voxel_length(shape)
    tissues = overlay(brain.tissues, "oedema", 0.9 * _blurred(labels == OEDEMA, 0.6))
    core = soft_step((1 - radius) * size, 0.45 * voxel + 0.25 * look.roughness * size) * brain.mask
    tissues = overlay(tissues, "solid", core)
    myxoid = look.myxoid_share + look.patchiness * smooth_noise(rng, shape, 20)
    tissues = overlay(tissues, "myxoid", core * np.clip(myxoid, 0, 1))
    hollow = soft_step((0.28 - radius + 0.20 * smooth_noise(rng, shape, 8)) * size, 0.5 * voxel)
    tissues = overlay(tissues, "necrosis", hollow * (labels == CORE))
    return overlay(tissues, "enhancing", 0.9 * _blurred(labels == ENHANCING, 0.5))


def _blurred(mask: np.ndarray, sd_voxels: float) -> np.ndarray:
    blurred: np.ndarray = gaussian_filter(mask.astype(np.float32), sd_voxels)
    return blurred
