"""All masks of a case in one volume of whole numbers, a bit for each region."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from braintumornet.core.case import Case
from braintumornet.core.coding import region_masks
from braintumornet.core.errors import InputError
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.volumes.components import largest_component


@dataclass(frozen=True)
class LabelBits:
    """Which bit of an example's label volume stands for which learned map of which task, and for the largest tumour.

    One integer volume for all masks is moved, cut and turned at the price of one.
    """

    tasks: tuple[SegmentationTask, ...]

    def of(self, task: SegmentationTask) -> list[int]:
        """Return the bits of the maps that a task learns: its regions, or its tissues."""
        start = sum(len(other.learned) for other in self.tasks[: self.tasks.index(task)])
        return list(range(start, start + len(task.learned)))

    def tumour_of(self, task: SegmentationTask) -> int:
        """Return the bit of the largest component of a task's tumour."""
        return sum(len(other.learned) for other in self.tasks) + self.tasks.index(task)

    def region_bits(self) -> int:
        """Return a mask of all regions' bits, without those of the components."""
        return int((1 << sum(len(task.learned) for task in self.tasks)) - 1)

    def dtype(self) -> np.dtype[np.signedinteger | np.unsignedinteger]:
        """Return the smallest type of whole numbers that holds all bits and that torch can cast."""
        bits = self.region_bits().bit_length() + len(self.tasks)
        return np.dtype(np.uint8 if bits <= 8 else np.int16 if bits <= 15 else np.int32)


def encode_labels(case: Case, bits: LabelBits, masks: Mapping[str, np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """Turn a case's masks into one label volume.

    Args:
        case: says how the masks are coded, and which tasks they are for.
        bits: meaning of the result.
        masks: target -> labels (D, H, W).
        shape: (D, H, W).

    Returns:
        Array (D, H, W) of the type that `bits` needs.

    Raises:
        InputError: a mask holds a label that its coding does not have.
    """
    labels = np.zeros(shape, dtype=bits.dtype())
    for task in bits.tasks:
        if not task.labelled(case) or case.coding is None:
            continue
        try:
            regions = region_masks(masks[task.target], case.coding, task.learned_in(case))  # (R, D, H, W)
        except InputError as error:
            msg = f"case {case.id}: {error}"
            raise InputError(msg) from error
        for bit, mask in zip(bits.of(task), regions, strict=True):
            labels |= mask.astype(labels.dtype) << bit
        labels |= largest_component(np.asarray(regions.any(axis=0))).astype(labels.dtype) << bits.tumour_of(task)
    return labels
