"""Backbones, and the network that puts one head per task on them."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Sequence

from torch import Tensor, nn

from braintumornet.core.component import Component
from braintumornet.tasks.base import Level, Task


class BackboneModule(nn.Module):
    """What a backbone builds: shared features, and the branch that leads from them to a task's last layer.

    Attributes:
        multiple: patch sizes must be multiples of this many voxels.
    """

    multiple: int

    @abstractmethod
    def features(self, image: Tensor, levels: Collection[Level]) -> dict[Level, Tensor]:
        """Return the features at the levels asked for.

        Args:
            image: (B, S, D, H, W).
            levels: `voxels` gives (B, C, D, H, W), `bottleneck` gives (B, C', d, h, w).
        """

    @abstractmethod
    def branch(self, level: Level) -> tuple[nn.Module, int]:
        """Return a new branch for one task and the number of features that it hands to the last layer.

        A branch from `voxels` gives (B, F, D, H, W), one from `bottleneck` gives (B, F).
        """


class Backbone(Component):
    """Base of all backbones: settings that build a module."""

    kind: str

    @abstractmethod
    def build(self, sequences: int) -> BackboneModule:
        """Return a freshly initialised module for images of so many sequences."""


class MultiTaskNetwork(nn.Module):
    """One backbone shared by all tasks, one head per task.

    Args:
        backbone: settings of the backbone.
        tasks: in the order of the outputs.
        sequences: number of input channels.
    """

    def __init__(self, backbone: Backbone, tasks: Sequence[Task], sequences: int) -> None:
        super().__init__()
        self.backbone = backbone.build(sequences)
        self.levels: dict[str, Level] = {task.name: task.reads for task in tasks}
        self.heads = nn.ModuleDict()
        for task in tasks:
            branch, features = self.backbone.branch(task.reads)
            self.heads[task.name] = nn.Sequential(branch, task.last_layer(features))

    def forward(self, image: Tensor, tasks: Collection[str] | None = None) -> dict[str, Tensor]:
        """Return task -> logits: (B, R, D, H, W) for regions, (B, K) for classes.

        Args:
            image: (B, S, D, H, W).
            tasks: only these; default all.
        """
        wanted = self.levels if tasks is None else {name: self.levels[name] for name in self.levels if name in tasks}
        features = self.backbone.features(image, set(wanted.values()))
        return {name: self.heads[name](features[level]) for name, level in wanted.items()}

    def shared_parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters that every task uses."""
        return self.backbone.parameters()
