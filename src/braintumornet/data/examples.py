"""A labelled case in memory, ready to draw patches from."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from braintumornet.core.case import Case
from braintumornet.core.coding import region_masks
from braintumornet.core.errors import InputError
from braintumornet.core.space import Shape
from braintumornet.data.images import CaseImages, Spacing, read_case
from braintumornet.tasks.base import Task
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask
from braintumornet.volumes.box import cut_box
from braintumornet.volumes.components import largest_component


@dataclass(frozen=True)
class LabelBits:
    """Which bit of an example's label volume stands for which region of which task, and for the largest tumour.

    One integer volume for all masks is moved, cut and turned at the price of one.
    """

    tasks: tuple[SegmentationTask, ...]

    def of(self, task: SegmentationTask) -> list[int]:
        """Return the bits of a task's regions."""
        start = sum(len(other.regions) for other in self.tasks[: self.tasks.index(task)])
        return list(range(start, start + len(task.regions)))

    def tumour_of(self, task: SegmentationTask) -> int:
        """Return the bit of the largest component of a task's tumour."""
        return sum(len(other.regions) for other in self.tasks) + self.tasks.index(task)

    def region_bits(self) -> int:
        """Return a mask of all regions' bits, without those of the components."""
        return int((1 << sum(len(task.regions) for task in self.tasks)) - 1)


@dataclass(frozen=True)
class Example:
    """One case for training.

    Args:
        case: what it is.
        images: its input.
        labels: int32 (D, H, W), bits as in `bits`.
        bits: meaning of the labels.
        present: task -> bool (R,) for a mask, bool () for a marker.
        classes: task -> index of the class, 0 where it is not known.
    """

    case: Case
    images: CaseImages
    labels: np.ndarray
    bits: LabelBits
    present: dict[str, np.ndarray]
    classes: dict[str, int]

    def cut(self, start: np.ndarray, shape: Shape) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a box of the image, float32 (S, d, h, w), and of the labels, int32 (d, h, w); zero outside the volume.

        Args:
            start: first voxel (3,), may be negative.
            shape: voxels of the box.
        """
        image, labels = cut_box(self.images.image, start, shape), cut_box(self.labels, start, shape)
        return torch.from_numpy(image), torch.from_numpy(labels)

    @cached_property
    def candidates(self) -> list[np.ndarray]:
        """Voxel indices of each class that the case has: every combination of regions, and healthy brain first."""
        regions = self.labels & self.bits.region_bits()
        found = [np.flatnonzero((regions == 0) & self.images.brain)]
        found += [np.flatnonzero(regions == code) for code in np.unique(regions) if code]
        return [voxels.astype(np.int32) for voxels in found if voxels.size]

    @cached_property
    def tumour_voxels(self) -> dict[int, int]:
        """Size of the largest tumour component for each component bit."""
        bits = (self.bits.tumour_of(task) for task in self.bits.tasks)
        return {bit: int(((self.labels >> bit) & 1).sum()) for bit in bits}


def read_example(case: Case, tasks: Sequence[Task], sequences: Sequence[str], spacing_mm: Spacing | None) -> Example:
    """Read one case with all labels that the tasks can use.

    Raises:
        InputError: a file or a label cannot be used.
    """
    bits = LabelBits(tuple(task for task in tasks if isinstance(task, SegmentationTask)))
    wanted = sorted({task.target for task in bits.tasks if task.labelled(case)})
    images, masks = read_case(case, sequences, spacing_mm, wanted)
    present: dict[str, np.ndarray] = {}
    classes: dict[str, int] = {}
    for task in tasks:
        if isinstance(task, SegmentationTask):
            present[task.name] = np.array(task.present_regions(case))
        elif isinstance(task, ClassificationTask):
            index = task.class_index(case)
            present[task.name], classes[task.name] = np.array(index is not None), index or 0
    labels = _encode(case, bits, masks, images.brain.shape)
    return Example(case, images, labels, bits, present, classes)


def _encode(case: Case, bits: LabelBits, masks: dict[str, np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    labels = np.zeros(shape, dtype=np.int32)
    for task in bits.tasks:
        if not task.labelled(case) or case.coding is None:
            continue
        try:
            regions = region_masks(masks[task.target], case.coding, task.regions)  # (R, D, H, W)
        except InputError as error:
            msg = f"case {case.id}: {error}"
            raise InputError(msg) from error
        for bit, mask in zip(bits.of(task), regions, strict=True):
            labels |= mask.astype(np.int32) << bit
        labels |= largest_component(np.asarray(regions.any(axis=0))).astype(np.int32) << bits.tumour_of(task)
    return labels
