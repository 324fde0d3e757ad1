"""Batches: sample number i of an experiment is always the same, whatever came before and however many workers help."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from braintumornet.core.workers.stop_signals import ignore_signals
from braintumornet.data.data_settings import DataSettings
from braintumornet.data.sampling.case_sampler import plan_sampling
from braintumornet.data.sampling.patch_batch import PatchSample, PatchSamples, make_batch
from braintumornet.data.sampling.patch_sampler import PatchSize, draw_centre
from braintumornet.data.store.training_case import TrainingCase
from braintumornet.data.transforms.augment import draw_augmentation
from braintumornet.data.transforms.spatial import Warp, plan_warp
from braintumornet.tasks.sequence_needs import learnable
from braintumornet.tasks.task import Task
from braintumornet.tasks.tumour_outlines import outlines_of

TUMOUR_SHARE = 0.5


class Draw(Protocol):
    """Which case each numbered sample shows."""

    def case_of(self, number: int) -> int:
        """Return the index of the case."""


class PatchDataset(Dataset[PatchSample]):
    """Numbered random patches of labelled cases.

    Every case of a group that is drawn over comes once before any of the group comes again, unless another order is
    given.
    """

    def __init__(
        self,
        examples: Sequence[TrainingCase],
        tasks: Sequence[Task],
        settings: DataSettings,
        seed: int,
        size: PatchSize | None = None,
        draw: Draw | None = None,
    ) -> None:
        self.examples = examples
        self.tasks = tasks
        self.settings = settings
        self.seed = seed
        self.draw = draw or plan_sampling(
            [example.case.value(settings.sampling.by) for example in examples], settings.sampling, seed
        )
        self.size = size or PatchSize(settings.patch)

    def __getitem__(self, number: int) -> PatchSample:
        """Return what sample `number`, which may be any non-negative integer, is made of."""
        example = self.examples[self.draw.case_of(number)]
        rng = np.random.default_rng([self.seed, 2, number])
        patch, space = self.size.read, example.space
        centre = draw_centre(rng, example, self.size.answered, self.settings.centres)
        start = centre - np.array(self.size.answered) // 2 - self.size.margin
        extent_mm = np.multiply(patch, space.spacing_mm)
        augmentation = draw_augmentation(rng, self.settings.augment, example.present_sequences, extent_mm)
        warp = plan_warp(augmentation, patch, start, space.spacing_mm)
        begin, box = warp.source(space.shape)
        image, labels = example.cut(begin, box)
        there = example.present_sequences & ~augmentation.dropped
        return PatchSample(
            image=image,
            labels=labels,
            bits=example.bits,
            start=begin,
            warp=warp,
            answered=self.size.answered_part(),
            augmentation=augmentation,
            present_sequences=there,
            present=_learnable(self.tasks, example, there),
            numbers=example.numbers,
            tumour_needed=_tumour_needed(self.tasks, example, warp),
            case_id=example.case.id,
        )


def _learnable(tasks: Sequence[Task], example: TrainingCase, there: np.ndarray) -> dict[str, np.ndarray]:
    """Return which of a case's labels can be learned without the sequences that were taken away."""
    if np.array_equal(there, example.present_sequences):
        return example.present
    names = [name for name, is_there in zip(example.sequences, there, strict=True) if is_there]
    return {task.name: example.present[task.name] & learnable(task, example.sequences, names) for task in tasks}


def _tumour_needed(tasks: Sequence[Task], example: TrainingCase, warp: Warp) -> dict[str, tuple[int, float]]:
    needed = {}
    for task in tasks:
        bits = [example.bits.tumour_of(outline) for outline in outlines_of(task, tasks)]
        if bits:
            bit = max(bits, key=example.tumour_voxels.__getitem__)  # that of another pathology is empty
            magnified = 1 / abs(float(np.linalg.det(warp.matrix)))
            needed[task.name] = (bit, TUMOUR_SHARE * example.tumour_voxels[bit] * magnified)
    return needed


def build_loader(  # noqa: PLR0913
    examples: Sequence[TrainingCase],
    tasks: Sequence[Task],
    settings: DataSettings,
    seed: int,
    batches: Sequence[list[int]],
    *,
    size: PatchSize | None = None,
    late: bool = False,
    draw: Draw | None = None,
) -> "DataLoader[PatchSample]":
    """Return the batches wanted.

    Args:
        examples: the cases.
        tasks: what is learned from them.
        settings: how.
        seed: of the experiment.
        batches: numbers of the samples of each; see `sample_numbers`.
        size: of the patches; default as in the settings, all of it answered for.
        late: return `PatchSamples` instead, which become batches when they are moved to a device, and on it.
        draw: which case each sample shows; default as the settings have it.
    """
    dataset = PatchDataset(examples, tasks, settings, seed, size, draw)
    return DataLoader(
        dataset,
        batch_sampler=batches,
        collate_fn=PatchSamples if late else make_batch,
        num_workers=settings.workers,
        persistent_workers=settings.workers > 0,
        worker_init_fn=ignore_signals,  # a scheduler, or Ctrl-C, tells all: batches come until the state is saved
        generator=torch.Generator().manual_seed(seed),  # else it draws from the state that dropout draws from
    )


def sample_numbers(steps: range, batch_size: int, process: int = 0, processes: int = 1) -> list[list[int]]:
    """Return the numbers of the samples of each batch that one of several processes computes.

    Args:
        steps: numbers of the batches; a resumed training asks for those that are left.
        batch_size: samples of all processes together.
        process: which.
        processes: how many; they take the samples in turn.

    Example:
        >>> sample_numbers(range(2), batch_size=3, process=0, processes=2)
        [[0, 2], [3, 5]]
    """
    return [list(range(step * batch_size + process, (step + 1) * batch_size, processes)) for step in steps]
