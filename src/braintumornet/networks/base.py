"""Backbones, and the network that puts one head per task on them."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from braintumornet.core.component import Component
from braintumornet.tasks.base import Level, Task
from braintumornet.tasks.classification import ClassificationTask

SMALLEST_WEIGHT = 1e-3
"""What a place without tumour still counts, so that there is a mean where no tumour is seen."""


class BackboneModule(nn.Module):
    """What a backbone builds: shared features, and the branch that leads from them to a task's last layer.

    Attributes:
        multiple: patch sizes must be multiples of this many voxels.
        inset: voxels per side by which the answer is smaller than the patch.
        context: voxels per side that are read around the patch.
    """

    multiple: int
    inset: int = 0
    context: int = 0

    @abstractmethod
    def features(
        self, image: Tensor, levels: Collection[Level], origin: tuple[int, int, int] = (0, 0, 0)
    ) -> dict[Level, Tensor]:
        """Return the features at the levels asked for.

        Args:
            image: (B, S, D, H, W), a patch with its context.
            levels: `voxels` gives (B, C, D, H, W), `bottleneck` gives (B, C', d, h, w).
            origin: coordinates in the volume of the first voxel that is answered for.
        """

    @abstractmethod
    def branch(self, level: Level) -> tuple[nn.Module, int]:
        """Return a new branch for one task and the number of features that it hands to the last layer.

        A branch from `voxels` gives (B, F, D, H, W), one from `bottleneck` gives (B, F) and begins with a global mean.
        """

    def initialise(self, last_layer: nn.Module) -> None:
        """Give a task's last layer its first weights, where the backbone has a way of its own."""


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
        self.tasks = {task.name: task for task in tasks}
        self.levels: dict[str, Level] = {task.name: task.reads for task in tasks}
        self.outlines = {task.name: outline for task in tasks if (outline := _outline_of(task, tasks)) is not None}
        self.heads = nn.ModuleDict()
        for task in tasks:
            branch, features = self.backbone.branch(task.reads)
            last_layer = task.last_layer(features)
            self.backbone.initialise(last_layer)
            self.heads[task.name] = nn.Sequential(branch, last_layer)

    def forward(
        self, image: Tensor, tasks: Collection[str] | None = None, truth: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return task -> logits: (B, R, D, H, W) for regions, (B, K) for classes.

        Args:
            image: (B, S, D, H, W).
            tasks: only these; default all.
            truth: task -> masks (B, R, D, H, W), for a training: a marker that sees the tumour is read there instead of
                where the network outlines it, which it cannot at first.
        """
        wanted = [name for name in self.levels if tasks is None or name in tasks]
        outlines = {self.outlines[name] for name in wanted if name in self.outlines}
        features = self.backbone.features(image, {self.levels[name] for name in [*wanted, *outlines]})
        outlined = {name: self.heads[name](features["voxels"]) for name in outlines}
        tumours = truth or {name: self.tasks[name].probabilities(out.detach()) for name, out in outlined.items()}
        answers = {}
        for name in wanted:
            given = features[self.levels[name]]
            if name in self.outlines:
                given = focus(given, tumours[self.outlines[name]])
            answers[name] = outlined[name] if name in outlined else self.heads[name](given)
        return answers

    def shared_parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters that every task uses."""
        return self.backbone.parameters()


def _outline_of(task: Task, tasks: Sequence[Task]) -> str | None:
    """Return the segmentation task that shows a task where the tumour is, if it looks there."""
    if not isinstance(task, ClassificationTask) or task.sees != "tumour":
        return None
    return task.tumour_from or next(other.name for other in tasks if other.reads == "voxels")


def focus(features: Tensor, tumour: Tensor) -> Tensor:
    """Weigh features by where the tumour is, so that their global mean becomes the mean over the tumour.

    Without it a tumour that fills a hundredth of the patch is drowned by the brain around it. An outline that says the
    same everywhere changes nothing.

    Args:
        features: (B, C, d, h, w).
        tumour: (B, R, D, H, W), mask or probability of each region.

    Returns:
        (B, C, d, h, w).

    Example:
        >>> import torch
        >>> outline = torch.tensor([1.0, 0.0]).view(1, 1, 1, 1, 2)
        >>> focus(torch.tensor([3.0, 5.0]).view(1, 1, 1, 1, 2), outline).mean().round(decimals=2)
        tensor(3.)
    """
    anywhere = tumour.float().amax(1, keepdim=True)  # (B, 1, D, H, W)
    weight = F.adaptive_max_pool3d(anywhere, features.shape[2:]) + SMALLEST_WEIGHT  # (B, 1, d, h, w)
    return features * (weight / weight.mean((2, 3, 4), keepdim=True)).to(features.dtype)
