"""A case that was never written: its voxels are in memory, as those of a store's entry are on the disk."""

from dataclasses import dataclass

import numpy as np
import torch

from braintumornet.core.space import Space
from braintumornet.data.store.cache_entry import count_tumour_voxels, find_classes
from braintumornet.data.store.case_images import CaseImages
from braintumornet.data.store.label_bitmask import LabelBits
from braintumornet.data.store.run_length_mask import RunLengthMask
from braintumornet.data.store.stored_voxels import Voxels, in_steps


@dataclass(frozen=True)
class MemoryCase:
    """What `StoredCase` is for a case on the disk.

    Args:
        space: grid of the voxels: RAS+, cut to the box of brain and labels.
        present_sequences: which sequences the case has, bool (S,).
        voxels: images and labels.
        classes: voxels of each class that the case has; healthy brain is 0, others are combinations of region bits.
        tumour_voxels: size of the largest tumour component for each component bit.
    """

    space: Space
    present_sequences: np.ndarray
    voxels: Voxels
    classes: dict[int, RunLengthMask]
    tumour_voxels: dict[int, int]

    @classmethod
    def of(cls, images: CaseImages, labels: np.ndarray, bits: LabelBits) -> "MemoryCase":
        """Keep a case.

        Args:
            images: of the case.
            labels: all its masks, whole numbers (D, H, W).
            bits: meaning of the labels.
        """
        voxels = Voxels(torch.from_numpy(in_steps(images.image)), torch.from_numpy(labels))
        return cls(
            images.space,
            images.present,
            voxels,
            find_classes(labels, images.brain, bits),
            count_tumour_voxels(labels, bits),
        )

    @property
    def class_sizes(self) -> dict[int, int]:
        """Voxels of each class that the case has."""
        return {code: len(runs) for code, runs in self.classes.items()}

    def class_voxel(self, code: int, number: int, *more: int) -> np.ndarray:
        """Return the index (3,) of a voxel of a class, or of several together; see `StoredCase.class_voxel`."""
        together = RunLengthMask.together([self.classes[each].bounds for each in (code, *more)])
        return np.array(np.unravel_index(together.flat_index(number), self.space.shape))
