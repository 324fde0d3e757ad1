"""From a case to a batch: a patch is cut, varied, and stacked with others.

Cutting is for the loader's workers. Varying is too where there is only a CPU, and is left to the accelerator where
there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from braintumornet.data.store.label_bitmask import LabelBits
from braintumornet.data.transforms.augment import Augmentation
from braintumornet.data.transforms.intensity import vary_intensity_
from braintumornet.data.transforms.spatial import Warp, warp_patch
from braintumornet.tasks.batch import Batch


@dataclass(frozen=True)
class PatchSample:
    """What one patch is made of: a box of a case, and what is done to it.

    Args:
        image: float32 (S, d, h, w), the box that the patch is sampled from.
        labels: int32 or int64 (d, h, w), bits as in `bits`.
        bits: meaning of the labels.
        start: where in the case's volume the box begins.
        warp: where the patch's voxels come from.
        answered: part of the patch for which labels are kept.
        augmentation: what is done to the intensities.
        present_sequences: bool (S,), after some were taken away.
        present: task -> bool (M,) for the maps that it learns, bool () for its one label.
        numbers: task -> its one label; none for a task that learns maps.
        tumour_needed: task -> the bit of the tumour, and how many of its voxels the patch must hold for the label to
            count; no entry where the label counts anyway.
        case_id: whose.
    """

    image: Tensor
    labels: Tensor
    bits: LabelBits
    start: np.ndarray
    warp: Warp
    answered: tuple[slice, slice, slice]
    augmentation: Augmentation
    present_sequences: np.ndarray
    present: dict[str, np.ndarray]
    numbers: dict[str, float]
    tumour_needed: dict[str, tuple[int, float]]
    case_id: str


@dataclass(frozen=True)
class PatchSamples:
    """What a batch is made of, before it is varied."""

    cuts: Sequence[PatchSample]

    def to(self, device: torch.device, non_blocking: bool = False) -> Batch:
        """Return the batch, varied on a device."""
        moved = [
            replace(
                cut,
                image=cut.image.to(device, non_blocking=non_blocking),
                labels=cut.labels.to(device, non_blocking=non_blocking),
            )
            for cut in self.cuts
        ]
        return make_batch(moved)


def make_batch(cuts: Sequence[PatchSample]) -> Batch:
    """Vary samples and stack them, on the device that they are on."""
    first, device = cuts[0], cuts[0].image.device
    image = torch.empty((len(cuts), len(first.image), *first.warp.patch), device=device)
    labels = [vary_patch(cut, out)[1] for cut, out in zip(cuts, image, strict=True)]
    varied = list(zip(cuts, labels, strict=True))

    def flags(values: Sequence[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.stack(values)).to(device)

    targets: dict[str, Tensor] = {}
    present = {name: flags([cut.present[name] for cut in cuts]) for name in first.present}
    for task in first.bits.tasks:
        targets[task.name] = torch.stack([_regions(marks, cut.bits.of(task)) for cut, marks in varied])
    for name in first.numbers:
        targets[name] = torch.tensor([cut.numbers[name] for cut in cuts], dtype=torch.float32, device=device)
        present[name] &= torch.stack([_shows_tumour(cut, name, marks) for cut, marks in varied])
    return Batch(
        image=image,
        present_sequences=flags([cut.present_sequences for cut in cuts]),
        targets=targets,
        present=present,
        case_ids=tuple(cut.case_id for cut in cuts),
    )


def vary_patch(cut: PatchSample, out: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return a patch's varied image (S, D, H, W), in the memory given if any, and its label bits where answered."""
    image, labels = warp_patch(cut.image, cut.labels, cut.warp, cut.start, out)
    vary_intensity_(image, cut.augmentation)
    return image, labels[cut.answered]


def _regions(labels: Tensor, bits: Sequence[int]) -> Tensor:
    return torch.stack([(labels >> bit) & 1 for bit in bits]).float()  # (R, D, H, W)


def _shows_tumour(cut: PatchSample, task: str, labels: Tensor) -> Tensor:
    if task not in cut.tumour_needed:
        return torch.tensor(True, device=labels.device)
    bit, needed = cut.tumour_needed[task]
    return (needed > 0) & (((labels >> bit) & 1).sum() >= needed)
