"""Batches: sample number i of an experiment is always the same, whatever came before and however many workers help."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from braintumornet.data.augment import Augmentation, draw_augmentation, vary_intensity
from braintumornet.data.examples import Example
from braintumornet.data.patches import draw_centre, reach, turn_patch
from braintumornet.data.settings import DataSettings
from braintumornet.tasks.base import Task
from braintumornet.tasks.batch import Batch
from braintumornet.tasks.classification import ClassificationTask
from braintumornet.tasks.segmentation import SegmentationTask

TUMOUR_SHARE = 0.5


@dataclass(frozen=True)
class Sample:
    """One patch with its labels; fields as in `Batch`, without the batch axis."""

    image: np.ndarray
    present_sequences: np.ndarray
    targets: dict[str, np.ndarray]
    present: dict[str, np.ndarray]
    case_id: str


class PatchDataset(Dataset[Sample]):
    """Numbered random patches of labelled cases.

    Every case comes once before any comes again.
    """

    def __init__(self, examples: Sequence[Example], tasks: Sequence[Task], settings: DataSettings, seed: int) -> None:
        self.examples = examples
        self.tasks = tasks
        self.settings = settings
        self.seed = seed

    def __getitem__(self, number: int) -> Sample:
        """Return sample `number`, which may be any non-negative integer."""
        epoch, place = divmod(number, len(self.examples))
        order = np.random.default_rng([self.seed, 1, epoch]).permutation(len(self.examples))
        example = self.examples[order[place]]
        rng = np.random.default_rng([self.seed, 2, number])
        centre = draw_centre(rng, example, self.settings.patch, self.settings.centres)
        augmentation = draw_augmentation(rng, self.settings.augment, len(example.present_sequences))
        image, labels = take_patch(example, centre, self.settings.patch, augmentation)
        targets, present = {}, {}
        for task in self.tasks:
            targets[task.name], present[task.name] = _label(task, example, labels, augmentation)
        return Sample(image, example.present_sequences, targets, present, example.case.id)


def take_patch(
    example: Example, centre: np.ndarray, patch: tuple[int, int, int], augmentation: Augmentation
) -> tuple[np.ndarray, np.ndarray]:
    """Return the varied image (S, D, H, W) and the label bits (D, H, W) of a patch."""
    spacing = np.array(example.space.spacing_mm)
    matrix = augmentation.matrix * spacing[None, :] / spacing[:, None]  # millimetres to voxels
    if np.array_equal(matrix, np.eye(3)):
        image, labels = (tensor.numpy() for tensor in example.cut(centre - np.array(patch) // 2, patch))
    else:
        half = reach(patch, matrix)
        around, masks = (t.numpy() for t in example.cut(centre - half, (2 * half[0], 2 * half[1], 2 * half[2])))
        image = np.stack([turn_patch(channel, half, patch, matrix, order=1) for channel in around])
        labels = turn_patch(masks, half, patch, matrix, order=0)
    return vary_intensity(image, augmentation), labels


def _label(
    task: Task, example: Example, labels: np.ndarray, augmentation: Augmentation
) -> tuple[np.ndarray, np.ndarray]:
    present = example.present[task.name]
    if isinstance(task, SegmentationTask):
        bits = np.array(example.bits.of(task))[:, None, None, None]
        return ((labels >> bits) & 1).astype(np.float32), present  # (R, D, H, W), (R,)
    if isinstance(task, ClassificationTask) and task.sees == "tumour" and present:
        present = np.array(_holds_tumour(task, example, labels, augmentation))
    return np.array(example.classes[task.name]), present


def _holds_tumour(task: ClassificationTask, example: Example, labels: np.ndarray, augmentation: Augmentation) -> bool:
    outlines = {other.name: other for other in example.bits.tasks}
    outline = outlines[task.tumour_from] if task.tumour_from else example.bits.tasks[0]
    bit = example.bits.tumour_of(outline)
    magnified = 1 / abs(np.linalg.det(augmentation.matrix))
    needed = TUMOUR_SHARE * example.tumour_voxels[bit] * magnified
    return bool(0 < needed <= int(((labels >> bit) & 1).sum()))


def collate(samples: Sequence[Sample]) -> Batch:
    """Stack samples to a batch."""

    def stack(arrays: Sequence[np.ndarray]) -> torch.Tensor:
        return torch.from_numpy(np.stack(arrays))

    tasks = samples[0].targets
    return Batch(
        image=stack([sample.image for sample in samples]),
        present_sequences=stack([sample.present_sequences for sample in samples]),
        targets={task: stack([sample.targets[task] for sample in samples]) for task in tasks},
        present={task: stack([sample.present[task] for sample in samples]) for task in tasks},
        case_ids=tuple(sample.case_id for sample in samples),
    )


def build_loader(
    examples: Sequence[Example], tasks: Sequence[Task], settings: DataSettings, seed: int, steps: range
) -> "DataLoader[Sample]":
    """Return the batches of the steps wanted; a resumed training asks for those that are left."""
    dataset = PatchDataset(examples, tasks, settings, seed)
    numbers = range(steps.start * settings.batch_size, steps.stop * settings.batch_size)
    return DataLoader(
        dataset,
        batch_size=settings.batch_size,
        sampler=numbers,
        collate_fn=collate,
        num_workers=settings.workers,
        persistent_workers=settings.workers > 0,
        generator=torch.Generator().manual_seed(seed),  # else it draws from the state that dropout draws from
    )
