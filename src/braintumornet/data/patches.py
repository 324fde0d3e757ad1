"""Where patches are taken, and taking them."""

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
    shape = np.array(example.labels.shape)
    half = np.array(patch) // 2
    lowest, highest = half, np.maximum(half, shape - (np.array(patch) - half))
    if how == "foreground" and len(example.candidates) > 1 and rng.random() < FOREGROUND_SHARE:
        wanted = _draw_voxel(rng, np.concatenate(example.candidates[1:]), shape)
    elif how == "classes":
        voxels = example.candidates[rng.integers(len(example.candidates))]
        wanted = _draw_voxel(rng, voxels, shape)
    else:
        return np.asarray(rng.integers(lowest, highest + 1))
    return np.asarray(np.clip(wanted, lowest, highest))


def _draw_voxel(rng: np.random.Generator, voxels: np.ndarray, shape: np.ndarray) -> np.ndarray:
    return np.array(np.unravel_index(voxels[rng.integers(voxels.size)], shape))


def cut_patch(volume: np.ndarray, centre: np.ndarray, patch: Shape) -> np.ndarray:
    """Return a copy of the patch around a voxel; zero where it leaves the volume.

    Args:
        volume: (..., D, H, W).
        centre: voxel index; the patch reaches from centre - size // 2.
        patch: size in voxels.
    """
    return cut_box(volume, np.asarray(centre) - np.array(patch) // 2, patch)
