"""All masks of a case in one volume of whole numbers, a bit for each region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.text.errors import prefix_errors, require
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import shown_outlines
from braintumornet.volumes.components import largest_component

MOST_BITS = 63  # the sign of an int64, which numpy and torch both shift, is left alone
MOST_REGIONS = 62


@dataclass(frozen=True)
class LabelBits:
    """Which bit of an example's label volume stands for which learned map of which task, and for the largest tumour.

    One integer volume for all masks is moved, cut and turned at the price of one.

    Args:
        tasks: whose maps have bits.
        components: of these, whose largest tumour has one.
    """

    tasks: tuple[Task, ...]
    components: tuple[Task, ...] = ()

    @classmethod
    def of_tasks(cls, tasks: Sequence[Task]) -> "LabelBits":
        """Return the bits that those of the tasks need which learn maps.

        The largest tumour of every one is kept where there is room, so that what was read with and without a marker is
        the same; else only of those that show a marker where the tumour is.

        Raises:
            ValueError: they need more bits than a whole number of 64 has beside its sign.

        Example:
            >>> from braintumornet.tasks.segmentation import SegmentationTask
            >>> bits = LabelBits.of_tasks([SegmentationTask(name="glioma", regions=("WT", "TC"))])
            >>> bits.of(bits.tasks[0]), bits.tumour_of(bits.tasks[0])
            ([0, 1], 2)
        """
        outlines = tuple(task for task in tasks if task.learned)
        regions = sum(len(task.learned) for task in outlines)
        require(
            regions <= MOST_REGIONS,
            f"tasks: they learn {regions} regions or tissues together; one network can learn {MOST_REGIONS}",
            ValueError,
        )
        shown = tuple(shown_outlines(tasks))
        require(
            regions + len(shown) <= MOST_BITS,
            f"tasks: {regions} regions or tissues and {len(shown)} tumours that are shown to markers are more than "
            f"{MOST_BITS} together; learn fewer in one network",
            ValueError,
        )
        return cls(outlines, outlines if regions + len(outlines) <= MOST_BITS else shown)

    def of(self, task: Task) -> list[int]:
        """Return the bits of the maps that a task learns: its regions, or its tissues."""
        start = sum(len(other.learned) for other in self.tasks[: self.tasks.index(task)])
        return list(range(start, start + len(task.learned)))

    def tumour_of(self, task: Task) -> int:
        """Return the bit of the largest component of a task's tumour."""
        return sum(len(other.learned) for other in self.tasks) + self.components.index(task)

    def region_bits(self) -> int:
        """Return a mask of all regions' bits, without those of the components."""
        return int((1 << sum(len(task.learned) for task in self.tasks)) - 1)

    def dtype(self) -> np.dtype[np.signedinteger | np.unsignedinteger]:
        """Return the smallest type of whole numbers that holds all bits and that torch can cast."""
        bits = self.region_bits().bit_length() + len(self.components)
        return np.dtype(np.uint8 if bits <= 8 else np.int16 if bits <= 15 else np.int32 if bits <= 31 else np.int64)


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
        with prefix_errors(f"case {case.id}: "):
            regions = region_masks(masks[task.target], case.coding, task.learned_in(case))  # (R, D, H, W)
        for bit, mask in zip(bits.of(task), regions, strict=True):
            labels |= mask.astype(labels.dtype) << bit
        if task in bits.components:
            labels |= largest_component(np.asarray(regions.any(axis=0))).astype(labels.dtype) << bits.tumour_of(task)
    return labels
