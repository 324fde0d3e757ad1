"""Backbones, and the network that puts one head per task on them."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from braintumornet.core.component import Component
from braintumornet.networks.pooling import pool
from braintumornet.tasks.base import Level, Task
from braintumornet.tasks.outlines import outlines_of
from braintumornet.tasks.segmentation import SegmentationTask

Place = tuple[int, int, int]
Width = Annotated[int, Field(gt=0, le=8192)]
"""Filters of a layer."""
Depth = Annotated[int, Field(gt=0, le=64)]
"""Layers one after the other, or a factor of subsampling."""


@dataclass(frozen=True)
class Features:
    """What a backbone shares between heads.

    Args:
        voxels: what the branches of segmentation tasks read: a map, or several where branches decode by themselves.
        scales: maps of the encoder (B, C, d, h, w), ever coarser; the last is the bottleneck.
    """

    voxels: Tensor | tuple[Tensor, ...] = ()
    scales: tuple[Tensor, ...] = ()


class BackboneModule(nn.Module):
    """What a backbone builds: shared features, and the branch that leads from them to a task's last layer.

    Attributes:
        multiple: patch sizes must be multiples of this many voxels.
        scale_widths: channels of each of the scales.
    """

    multiple: int
    scale_widths: tuple[int, ...]

    @abstractmethod
    def features(self, image: Tensor, levels: Collection[Level], origin: Place = (0, 0, 0)) -> Features:
        """Return the shared features at the levels asked for.

        Args:
            image: (B, S, D, H, W), the patch with its context.
            levels: what is needed.
            origin: where in the volume the first voxel of the answer lies, for those to whom that matters.
        """

    @abstractmethod
    def voxel_branch(self) -> tuple[nn.Module, int]:
        """Return one segmentation task's branch, and the number of features F that it hands to the last layer.

        It maps the voxels' features to (B, F, D, H, W).
        """

    @abstractmethod
    def marker_branch(self, features: int) -> tuple[nn.Module, int]:
        """Return one classification task's branch from (B, features) to (B, F), and F."""

    def initialise(self, last_layer: nn.Module) -> None:
        """Give a segmentation task's last layer its first weights, where the backbone has a way of its own."""


class Backbone(Component):
    """Base of all backbones: settings that build a module."""

    kind: str

    @property
    def inset(self) -> int:
        """Voxels at each face of a patch for which there is no answer, as unpadded convolutions leave them."""
        return 0

    @property
    def context(self) -> int:
        """Voxels around a patch that are read beside it, for what sees more than the patch."""
        return 0

    @abstractmethod
    def build(self, sequences: int) -> BackboneModule:
        """Return a freshly initialised module for images of so many sequences."""


class MultiTaskNetwork(nn.Module):
    """One backbone shared by all tasks, one head per task.

    A segmentation head reads the voxels' features. A marker's head reads pooled features of the encoder: the mean of
    the bottleneck over the patch, or, where it sees the tumour, the mean over the tumour at every scale, since how
    bright and how rough a tumour is shows at the fine ones.

    Args:
        backbone: settings of the backbone.
        tasks: in the order of the outputs.
        sequences: number of input channels.
    """

    def __init__(self, backbone: Backbone, tasks: Sequence[Task], sequences: int) -> None:
        super().__init__()
        self.backbone = backbone.build(sequences)
        self.tasks = {task.name: task for task in tasks}
        self.reads = {task.name: task.reads for task in tasks}
        shown = {task.name: tuple(outline.name for outline in outlines_of(task, tasks)) for task in tasks}
        self.outlines = {name: outlines for name, outlines in shown.items() if outlines}
        self.heads = nn.ModuleDict()
        for task in tasks:
            branch, features = self._branch(task.name)
            last_layer = task.last_layer(features)
            if task.reads == "voxels":
                self.backbone.initialise(last_layer)
            self.heads[task.name] = nn.Sequential(branch, last_layer)

    def forward(
        self,
        image: Tensor,
        tasks: Collection[str] | None = None,
        truth: Mapping[str, Tensor] | None = None,
        origin: Place = (0, 0, 0),
    ) -> dict[str, Tensor]:
        """Return task -> logits: (B, R, D, H, W) for regions, (B, K) for classes.

        Args:
            image: (B, S, D, H, W); larger than the answer where the backbone has an inset or a context.
            tasks: only these; default all.
            truth: task -> masks (B, R, D, H, W), for a training: a marker that sees the tumour is read there instead of
                where the network outlines it, which it cannot at first.
            origin: where in the volume the first voxel of the answer lies.
        """
        wanted = [name for name in self.heads if tasks is None or name in tasks]
        masks = {name for name in wanted if self.reads[name] == "voxels"}
        masks |= {outline for name in wanted for outline in self.outlines.get(name, ()) if truth is None}
        levels: set[Level] = {"voxels"} if masks else set()
        features = self.backbone.features(image, levels | {self.reads[name] for name in wanted}, origin)
        answers = {name: self.heads[name](features.voxels) for name in masks}
        tumours = truth or {
            name: task.outline(logits.detach()).to(image.dtype)
            for name, logits in answers.items()
            if isinstance(task := self.tasks[name], SegmentationTask)
        }
        for name in wanted:
            if self.reads[name] == "scales":
                shown = [tumours[outline] for outline in self.outlines.get(name, ())]
                answers[name] = self.heads[name](pool(features.scales, torch.cat(shown, 1) if shown else None))
        return {name: answers[name] for name in wanted}

    def shared_parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters that every task uses."""
        return self.backbone.parameters()

    def _branch(self, name: str) -> tuple[nn.Module, int]:
        if self.reads[name] == "voxels":
            return self.backbone.voxel_branch()
        widths = self.backbone.scale_widths
        return self.backbone.marker_branch(sum(widths) if name in self.outlines else widths[-1])
