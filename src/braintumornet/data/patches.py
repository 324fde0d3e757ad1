"""Where patches are taken, and taking them."""

from collections.abc import Mapping

import numpy as np

from braintumornet.core.space import Shape
from braintumornet.data.examples import Example
from braintumornet.volumes.box import cut_box

FOREGROUND_SHARE = 0.5


def draw_centre(rng: np.random.Generator, example: Example, patch: Shape, how: str) -> np.ndarray:
    """Draw the voxel at the centre of a patch.

    The patch is moved to lie inside the volume as far as its size allows.

    Args:
        rng: random numbers.
        example: the case.
        patch: size in voxels.
        how: `uniform`, `foreground` or `classes`, as in the configuration.

    Returns:
        Voxel index (3,).
    """
    shape = np.array(example.space.shape)
    half = np.array(patch) // 2
    lowest, highest = half, np.maximum(half, shape - (np.array(patch) - half))
    sizes = example.stored.class_sizes
    foreground = {code: size for code, size in sizes.items() if code}
    if how == "foreground" and foreground and rng.random() < FOREGROUND_SHARE:
        wanted = _draw_voxel(rng, example, foreground)
    elif how == "classes":
        code = list(sizes)[rng.integers(len(sizes))]
        wanted = _draw_voxel(rng, example, {code: sizes[code]})
    else:
        return np.asarray(rng.integers(lowest, highest + 1))
    return np.asarray(np.clip(wanted, lowest, highest))


def _draw_voxel(rng: np.random.Generator, example: Example, sizes: Mapping[int, int]) -> np.ndarray:
    """Draw one of the voxels of some classes, each with the same chance."""
    codes, ends = list(sizes), np.cumsum(list(sizes.values()))
    number = int(rng.integers(ends[-1]))
    place = int(np.searchsorted(ends, number, side="right"))
    return example.stored.class_voxel(codes[place], number - int(ends[place]) + sizes[codes[place]])


def cut_patch(volume: np.ndarray, centre: np.ndarray, patch: Shape) -> np.ndarray:
    """Return a copy of the patch around a voxel; zero where it leaves the volume.

    Args:
        volume: (..., D, H, W).
        centre: voxel index; the patch reaches from centre - size // 2.
        patch: size in voxels.
    """
    return cut_box(volume, np.asarray(centre) - np.array(patch) // 2, patch)
