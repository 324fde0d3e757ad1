"""Errors that benchmarks/preparation_gates.py puts into raw phantoms: wrong poses, wrong masks, cut images."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from scipy.spatial.transform import Rotation

from braintumornet.core.space import Space
from braintumornet.phantom.smooth_noise import smooth_noise
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume

BORDER_MM = 0.8  # standard deviation of the border of a mask as a good tool draws it


def motion(rng: np.random.Generator, mm: float, degrees: float, centre_mm: np.ndarray) -> np.ndarray:
    """A shift and a turn of this size in a random direction."""
    towards, axis = rng.standard_normal((2, 3))
    moved = np.eye(4)
    moved[:3, :3] = Rotation.from_rotvec(degrees * axis / np.linalg.norm(axis), degrees=True).as_matrix()
    moved[:3, 3] = mm * towards / np.linalg.norm(towards) + centre_mm - moved[:3, :3] @ centre_mm
    return moved


def distance(rng: np.random.Generator, mask: Volume) -> Volume:
    """Signed distance to the surface of a mask, negative inside, as uneven as that of a good tool."""
    array, spacing_mm = mask.array, mask.space.spacing_mm
    outside, inside = (ndimage.distance_transform_edt(side, spacing_mm) for side in (~array, array))
    signed = outside - inside + np.where(array, 0.5, -0.5) * min(spacing_mm)  # the surface lies between two voxels
    axes = tuple(np.arange(n, dtype=np.float32) * mm for n, mm in zip(array.shape, spacing_mm, strict=True))
    uneven = BORDER_MM * smooth_noise(rng, axes, 20)
    return Volume((signed + uneven).clip(-30, 30).astype(np.float32), mask.space)


def damaged(rng: np.random.Generator, image: Volume, mask: Volume) -> Iterator[tuple[str, float, np.ndarray]]:
    """The brain mask as a good tool draws it, larger, smaller, without a half, without a piece, and the whole head."""
    good = distance(rng, mask).array
    yield "none", 0.0, good < 0
    larger, smaller = rng.uniform(1, 8, 2)
    yield "dilated", larger, good < larger
    yield "eroded", smaller, good < -smaller
    half = mask.array.copy()
    axis = int(rng.integers(3))
    middle = round(np.argwhere(mask.array)[:, axis].mean())
    half[tuple(slice(middle, None) if a == axis else slice(None) for a in range(3))] = False
    yield "half", 0.5, half
    centre, radius_mm = rng.permutation(np.argwhere((good < 0) & (good > -6)))[0], rng.uniform(10, 40)
    away_mm = np.linalg.norm((np.indices(mask.array.shape).T - centre) * mask.space.spacing_mm, axis=-1).T
    yield "piece", radius_mm, mask.array & (away_mm > radius_mm)
    smooth = resample(Volume(ndimage.gaussian_filter(image.array.astype(np.float32), 1), image.space), mask.space).array
    yield "head", 1.0, smooth > smooth.mean()


def slab(rng: np.random.Generator, image: Volume, share: float) -> Volume:
    """Slices of an image about its middle along a random axis."""
    grid = cut(image.space, int(rng.integers(3)), 0.5 - share / 2, 0.5 + share / 2)
    return resample(image, grid)


def cropped(rng: np.random.Generator, mask: Volume, share: float) -> Space:
    """The mask's grid without a share of the brain's length at one end; 0 leaves air around it, as phantoms have it."""
    axis, size = int(rng.integers(3)), mask.space.shape
    occupied = np.flatnonzero(mask.array.any(axis=tuple(a for a in range(3) if a != axis)))
    lost = share * (occupied[-1] - occupied[0] + 1)
    first, last = (0, occupied[-1] - lost + 1) if rng.integers(2) else (occupied[0] + lost, size[axis])
    return cut(mask.space, axis, first / size[axis], last / size[axis]) if share else mask.space


def cut(space: Space, axis: int, first: float, last: float) -> Space:
    size = space.shape[axis]
    start, stop = round(first * size), max(round(last * size), round(first * size) + 4)
    affine = space.affine.copy()
    affine[:3, 3] += affine[:3, axis] * start
    shape = tuple(stop - start if a == axis else n for a, n in enumerate(space.shape))
    return Space(shape, affine)
