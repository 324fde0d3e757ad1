"""How large patches are, where they are taken, and taking them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.space import Shape
from braintumornet.data.store.training_case import TrainingCase
from braintumornet.volumes.box import cut_box

FOREGROUND_SHARE = 0.5


@dataclass(frozen=True)
class PatchSize:
    """What a network reads and what it answers for, both around the same centre, in voxels.

    Args:
        answered: size of the part for which there is an answer, and a label.
        margin: voxels that are read around it on each side.

    Example:
        >>> PatchSize.around((37, 37, 37), valid_margin=8, context_margin=34)
        PatchSize(answered=(21, 21, 21), margin=42)
        >>> PatchSize.around((37, 37, 37), valid_margin=8, context_margin=34).read
        (105, 105, 105)
    """

    answered: Shape
    margin: int = 0

    @classmethod
    def around(cls, patch: Shape, valid_margin: int = 0, context_margin: int = 0) -> "PatchSize":
        """Return what belongs to a patch: voxels at each face without an answer, and voxels read around it."""
        d, h, w = (size - 2 * valid_margin for size in patch)
        return cls((d, h, w), valid_margin + context_margin)

    @property
    def read(self) -> Shape:
        """Size of what is read."""
        d, h, w = (size + 2 * self.margin for size in self.answered)
        return d, h, w

    def answered_part(self) -> tuple[slice, slice, slice]:
        """Return which part of what was read is answered for."""
        d, h, w = (slice(self.margin, self.margin + size) for size in self.answered)
        return d, h, w


def draw_centre(rng: np.random.Generator, example: TrainingCase, patch: Shape, how: str) -> np.ndarray:
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
    classes = example.centre_classes
    foreground = classes[1:] if 0 in classes[0] else classes
    if how == "foreground" and foreground and rng.random() < FOREGROUND_SHARE:
        wanted = _draw_voxel(rng, example, foreground)
    elif how == "classes":
        wanted = _draw_voxel(rng, example, [classes[rng.integers(len(classes))]])
    else:
        return np.asarray(rng.integers(lowest, highest + 1))
    return np.asarray(np.clip(wanted, lowest, highest))


def _draw_voxel(rng: np.random.Generator, example: TrainingCase, classes: Sequence[tuple[int, ...]]) -> np.ndarray:
    """Draw one of the voxels of some classes, each with the same chance."""
    sizes = [sum(example.stored.class_sizes[code] for code in codes) for codes in classes]
    ends = np.cumsum(sizes)
    number = int(rng.integers(ends[-1]))
    place = int(np.searchsorted(ends, number, side="right"))
    code, *more = classes[place]
    return example.stored.class_voxel(code, number - int(ends[place]) + sizes[place], *more)


def cut_patch(volume: np.ndarray, centre: np.ndarray, patch: Shape) -> np.ndarray:
    """Return a copy of the patch around a voxel; zero where it leaves the volume.

    Args:
        volume: (..., D, H, W).
        centre: voxel index; the patch reaches from centre - size // 2.
        patch: size in voxels.
    """
    return cut_box(volume, np.asarray(centre) - np.array(patch) // 2, patch)
