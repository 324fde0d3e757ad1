"""What tumours of all kinds share: labels, oedema, and the push on the tissue around."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, label
from scipy.spatial.transform import Rotation

from braintumornet.phantom.head_coordinates import Head, Triple
from braintumornet.phantom.smooth_noise import smooth_noise, soft_step
from braintumornet.phantom.tissue_layers import Layer
from braintumornet.volumes.brain import Box

CORE, OEDEMA, ENHANCING = 1, 2, 3  # labels of coding brats2023


@dataclass(frozen=True)
class Lesion:
    """Where a lesion lies and how it is shaped; chance adds the rest voxel by voxel.

    Args:
        centre: in the template, in mm.
        radii: of its core, in mm.
        turn: (3, 3) rotation of the ellipsoid.
        roughness: how far its margin strays from an ellipsoid, relative to the radii.
        push: share of the core that displaces tissue instead of replacing it, from 0 to 1.
    """

    centre: tuple[float, ...]
    radii: tuple[float, ...]
    turn: tuple[tuple[float, ...], ...]
    roughness: float
    push: float

    @property
    def radius_mm(self) -> float:
        """Radius of the ball of the same volume."""
        return float(np.cbrt(np.prod(self.radii)))


@dataclass(frozen=True, eq=False)
class Growth:
    """What a lesion has become on a grid.

    Args:
        layers: its tissues, to be painted over the brain.
        labels: uint8 array (d, h, w) in coding brats2023.
        box: where that lies in the grid.
    """

    layers: tuple[Layer, ...]
    labels: np.ndarray
    box: Box


def draw_lesion(
    rng: np.random.Generator,
    centre: Triple,
    volume_ml: float,
    roughness: float,
    push: float,
) -> Lesion:
    """Draw the shape of a lesion of a given volume."""
    radius = ball_radius_mm(volume_ml)
    stretch = np.exp(rng.normal(0, 0.14, 3))
    radii = radius * stretch / np.prod(stretch) ** (1 / 3)
    turn = Rotation.from_rotvec(rng.uniform(-1, 1, 3) * np.pi).as_matrix()
    return Lesion(
        centre=tuple(map(float, centre)),
        radii=tuple(map(float, radii)),
        turn=tuple(tuple(map(float, row)) for row in turn),
        roughness=roughness,
        push=push,
    )


def ball_radius_mm(volume_ml: float) -> float:
    """Return the radius of a ball.

    Example:
        >>> round(ball_radius_mm(0.5), 2)
        4.92
    """
    return float(np.cbrt(750 * volume_ml / np.pi))


def push_aside(head: Head, lesions: Sequence[Lesion]) -> Head:
    """Return where the tissue of each voxel lay before the lesions grew; the brain's surface stays in place."""
    moved = head.position.copy()
    for lesion in lesions:
        reach = 1.35 * lesion.radius_mm
        box = (slice(None), *head.box(lesion.centre, 2.6 * reach))
        position = head.position[box]
        offset = position - np.reshape(lesion.centre, (3, 1, 1, 1)).astype(np.float32)
        near = np.exp(np.square(offset).sum(axis=0) * np.float32(-1 / reach**2))
        scaled = position * np.reshape([1 / 66, 1 / 83, 1 / 61], (3, 1, 1, 1)).astype(np.float32)
        free = np.clip((1 - np.sqrt(np.square(scaled).sum(axis=0))) / np.float32(0.35), 0, 1)
        moved[box] -= np.float32(0.75 * lesion.push) * near * free * offset
    return head.moved(moved)


def radius_in(lesion: Lesion, part: Head) -> np.ndarray:
    """Return how far each voxel of a part of the head lies from a lesion's centre; 1 at its ellipsoid's surface."""
    offset = part.position - np.reshape(lesion.centre, (3, 1, 1, 1)).astype(np.float32)
    matrix = (np.asarray(lesion.turn) / np.reshape(lesion.radii, (3, 1))).astype(np.float32)
    radius: np.ndarray = np.sqrt(np.square(np.tensordot(matrix, offset, axes=1)).sum(axis=0))
    return radius


def depth_in(lesion: Lesion, rng: np.random.Generator, part: Head) -> np.ndarray:
    """Return how deep each voxel of a part of the head lies under a lesion's rough margin, in mm."""
    radius = radius_in(lesion, part)
    radius += np.float32(lesion.roughness) * around(lesion, rng, part, 0.75)
    radius += np.float32(0.4 * lesion.roughness) * around(lesion, rng, part, 0.35)
    depth: np.ndarray = (1 - radius) * np.float32(lesion.radius_mm)
    return depth


def around(lesion: Lesion, rng: np.random.Generator, part: Head, cell: float) -> np.ndarray:
    """Draw noise whose cells are measured in the lesion's radius, centred on it."""
    middle = np.array([float(axis.mean()) if axis.size else 0.0 for axis in part.axes])
    x, y, z = (axis - centre for axis, centre in zip(part.axes, middle, strict=True))
    return smooth_noise(rng, (x, y, z), cell * lesion.radius_mm, 3 * lesion.radius_mm)


def grow_oedema(
    rng: np.random.Generator, part: Head, white: np.ndarray, free: np.ndarray, depth: np.ndarray, voxels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Let oedema follow the white matter around a core.

    Args:
        rng: random stream.
        part: the part of the head that it may reach.
        white: share of white matter there.
        free: boolean, where oedema can be: brain, not core, not CSF.
        depth: how deep each voxel lies in the core, in mm; negative outside.
        voxels: how many it fills at most, where there is room.

    Returns:
        Its mask, and its share of each voxel.
    """
    followed = gaussian_filter(white, 1.0 / part.voxel_mm)
    spread = depth + np.float32(7) * smooth_noise(rng, part.axes, 24) + np.float32(2) * smooth_noise(rng, part.axes, 7)
    spread += np.float32(16) * np.minimum(followed, np.float32(0.8))
    spread -= _beyond_midline(part, depth)
    mask = _reaching(depth > 0, largest(spread, free & ((followed > 0.3) | (depth > -2.5)), voxels))
    if not mask.any():
        return mask, mask.astype(np.float32)
    margin = spread - spread[mask].min()
    strength = np.clip(np.float32(rng.uniform(0.35, 0.8)) + margin / np.float32(rng.uniform(8, 30)), 0, 1)
    share = gaussian_filter(mask * strength, 0.6)
    share[~(mask | free)] *= np.float32(0.4)
    return mask, share


def _beyond_midline(part: Head, depth: np.ndarray) -> np.ndarray:
    """Return how far each voxel lies on the other side of the brain than a core, in mm; the falx is in the way."""
    core = depth > 0
    middle = float(part.position[0][core].mean()) if core.any() else 0.0
    side = 0.0 if abs(middle) < 5 else float(np.sign(middle))
    beyond: np.ndarray = np.maximum(np.float32(-side) * part.position[0], 0)
    return beyond


def _reaching(core: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the parts of a mask that are connected with a core."""
    parts, _ = label(mask | core)
    kept = np.unique(parts[core])
    reached: np.ndarray = mask & np.isin(parts, kept[kept > 0])
    return reached


def largest(score: np.ndarray, within: np.ndarray, count: int) -> np.ndarray:
    """Return the mask of the voxels with the highest scores within a mask."""
    found = score[within]
    count = min(count, found.size)
    if count <= 0:
        return np.zeros_like(within)
    threshold = np.partition(found, found.size - count)[found.size - count]
    mask: np.ndarray = within & (score >= threshold)
    return mask


def voxel_ml(part: Head) -> float:
    """Return the volume of a voxel in ml of the head."""
    return float(np.prod([axis[1] - axis[0] if axis.size > 1 else part.voxel_mm for axis in part.axes])) / 1000


def solid_share(depth: np.ndarray, part: Head, blur_mm: float = 0.0) -> np.ndarray:
    """Return the share of each voxel that lies within a margin, which may be blurred."""
    return soft_step(depth, 0.5 * part.voxel_mm + blur_mm)
