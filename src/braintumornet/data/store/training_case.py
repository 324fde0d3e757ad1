"""Labelled cases, ready to draw patches from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from torch import Tensor

from braintumornet.core.cohort.case import Case
from braintumornet.core.space import Shape, Space
from braintumornet.data.store.cache_entry import StoredCase
from braintumornet.data.store.case_images import CaseImages
from braintumornet.data.store.label_bitmask import LabelBits
from braintumornet.data.store.memory_case import MemoryCase
from braintumornet.data.store.store import Store
from braintumornet.data.store.stored_voxels import Voxels, overlap
from braintumornet.tasks.sequence_needs import learnable
from braintumornet.tasks.task import Task

GIB = 2**30


@dataclass(frozen=True)
class TrainingCase:
    """One case for training.

    Args:
        case: what it is.
        stored: its voxels on the disk, or those of a case that was never written.
        bits: meaning of the labels.
        present: task -> bool (M,) for the maps that it learns, bool () for its one label.
        numbers: task -> its one label, 0 where it is not known; none for a task that learns maps.
        sequences: names of the channels.
        voxels: the same voxels in memory, where there is room for them.
    """

    case: Case
    stored: StoredCase | MemoryCase
    bits: LabelBits
    present: dict[str, np.ndarray]
    numbers: dict[str, float]
    sequences: tuple[str, ...]
    voxels: Voxels | None = None

    @property
    def entry(self) -> StoredCase:
        """Its entry in the store; a case that was never written has none, and is not asked for it."""
        assert isinstance(self.stored, StoredCase), "a case that was never written"
        return self.stored

    @property
    def space(self) -> Space:
        """Grid of the voxels: RAS+, at the working spacing, cut to the box of brain and labels."""
        return self.stored.space

    @property
    def present_sequences(self) -> np.ndarray:
        """Which sequences the case has, bool (S,)."""
        return self.stored.present_sequences

    @property
    def tumour_voxels(self) -> dict[int, int]:
        """Size of the largest tumour component for each component bit."""
        return self.stored.tumour_voxels

    @cached_property
    def centre_classes(self) -> list[tuple[int, ...]]:
        """Codes that make up each class of voxels that a patch can be centred on, healthy brain first.

        A class is a combination of the regions of the tasks that teach the shared network, or, where the case teaches
        it nothing, of the others'. Their order is that of the regions' names, whatever the order of the tasks.
        """
        told = [task for task in self.bits.tasks if self.present[task.name].any()]
        counted = [task for task in told if not task.detach] or told
        names = {
            bit: (task.name, part)
            for task in counted
            for bit, part in zip(self.bits.of(task), task.learned, strict=True)
        }
        classes: dict[tuple[tuple[str, str], ...], tuple[int, ...]] = {}
        for code in self.stored.class_sizes:
            regions = tuple(sorted(name for bit, name in names.items() if code >> bit & 1))
            classes[regions] = (*classes.get(regions, ()), code)
        return [classes[regions] for regions in sorted(classes, key=lambda regions: (len(regions), regions))]

    def cut(self, start: np.ndarray, shape: Shape) -> tuple[Tensor, Tensor]:
        """Return a patch; zero where it leaves the volume.

        Args:
            start: first voxel (3,), may be negative.
            shape: size (d, h, w).

        Returns:
            z-scored image, float32 (S, d, h, w), and label bits, int32 or where need be int64 (d, h, w).

        Raises:
            InputError: the case has to be read from the store, and its entry is damaged.
        """
        if self.voxels is not None:
            return self.voxels.cut(start, shape)
        box, _ = overlap(start, shape, self.space.shape)
        return self.entry.decode(box).cut(start - [side.start for side in box], shape)

    def images(self) -> CaseImages:
        """Return the whole input of the network."""
        return self.entry.images()

    def labels(self) -> np.ndarray:
        """Return all label bits, whole numbers (D, H, W)."""
        return (self.voxels or self.entry.decode()).labels.numpy()

    def targets(self, tasks: Sequence[Task]) -> dict[str, np.ndarray]:
        """Return task -> its truth: bool (M, D, H, W) of the maps that it learns, or its one label."""
        labels = self.labels()
        maps = {task.name: [(labels >> bit & 1) != 0 for bit in self.bits.of(task)] for task in tasks if task.learned}
        return {task.name: np.array(maps.get(task.name) or self.numbers.get(task.name)) for task in tasks}


def read_example(case: Case, tasks: Sequence[Task], store: Store, room: int = 0) -> TrainingCase:
    """Read one case with all labels that the tasks can use.

    Args:
        case: labelled for at least one of the tasks.
        tasks: what is learned.
        store: where cases lie that were read before.
        room: bytes of memory that its voxels may take; with less than they need they stay on the disk.

    Raises:
        InputError: a file or a label cannot be used, or the store cannot.
    """
    stored = store.open(case)
    voxels = stored.decode() if stored.nbytes <= room else None
    return as_training_case(case, stored, store.bits, tasks, store.sequences, voxels)


def as_training_case(
    case: Case,
    stored: StoredCase | MemoryCase,
    bits: LabelBits,
    tasks: Sequence[Task],
    sequences: tuple[str, ...],
    voxels: Voxels | None,
) -> TrainingCase:
    """Say of a case's voxels what the tasks can learn from them."""
    present = {task.name: task.present(case) & learnable(task, sequences, case.images) for task in tasks}
    numbers = {task.name: task.label(case) or 0.0 for task in tasks if not task.learned}
    return TrainingCase(case, stored, bits, present, numbers, sequences, voxels)


def read_examples(
    cases: Iterable[Case],
    tasks: Sequence[Task],
    store: Store,
    memory_gib: float = 0.0,
    advance: Callable[[], None] = lambda: None,
) -> list[TrainingCase]:
    """Read the cases that have a label for at least one task.

    The first cases that fit into the memory allowed stay there, and each patch of the others is read from the disk.
    Every case comes once before any comes again, so to drop the case that was not used for the longest time would be
    to drop the one that is needed next.

    Args:
        cases: in any order.
        tasks: what is learned.
        store: where cases lie that were read before.
        memory_gib: for the voxels of all examples together; the loader's workers share them.
        advance: called after each case.

    Raises:
        InputError: a file or a label cannot be used, or the store cannot.
    """
    room = int(memory_gib * GIB)
    examples = []
    for case in cases:
        if any(task.labelled(case) for task in tasks):
            examples.append(read_example(case, tasks, store, room))
            room -= examples[-1].entry.nbytes if examples[-1].voxels is not None else 0
        advance()
    store.digests.save()
    return examples
