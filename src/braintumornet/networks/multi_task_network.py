"""Backbones, and the network that puts one head per task on them."""

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from braintumornet.core.plugin import Plugin
from braintumornet.core.text.earlier_names import take_earlier_verb
from braintumornet.networks.marker_head import MarkerHead
from braintumornet.networks.random_streams import draw_base, own_stream
from braintumornet.networks.renamed_weights import with_current_names
from braintumornet.tasks.task import Level, Task
from braintumornet.tasks.tumour_outlines import outlines_of

Place = tuple[int, int, int]
Width = Annotated[int, Field(gt=0, le=8192)]
"""Filters of a layer."""
Depth = Annotated[int, Field(gt=0, le=64)]
"""Layers one after the other, or a factor of subsampling."""


@dataclass(frozen=True)
class Features:
    """The features that a backbone shares between heads.

    Args:
        voxels: what the branches of segmentation tasks read: a map (B, C, D, H, W), or several if branches decode on
            their own.
        scales: maps of the encoder (B, C, d, h, w), from fine to coarse; the last is the bottleneck.
    """

    voxels: Tensor | tuple[Tensor, ...] = ()
    scales: tuple[Tensor, ...] = ()

    def detached(self) -> "Features":
        """Return the same values, detached from the backbone."""
        voxels = self.voxels.detach() if isinstance(self.voxels, Tensor) else tuple(map(Tensor.detach, self.voxels))
        return Features(voxels, tuple(map(Tensor.detach, self.scales)))

    def with_fine_scales_detached(self) -> "Features":
        """Return the same values, with only the coarsest scale attached to the backbone."""
        detached = self.detached()
        return Features(detached.voxels, (*detached.scales[:-1], *self.scales[-1:]))


class BackboneModule(nn.Module):
    """The module that a backbone builds: shared features, and the branch from them to a task's last layer.

    Attributes:
        multiple: patch sizes must be multiples of this many voxels.
        scale_widths: number of channels of each scale.
    """

    multiple: int
    scale_widths: tuple[int, ...]

    @abstractmethod
    def features(self, image: Tensor, levels: Collection[Level], origin: Place = (0, 0, 0)) -> Features:
        """Return the shared features at the levels that are asked for.

        Args:
            image: (B, S, D, H, W), float, z-scored within the brain: the patch with its context.
            levels: levels that are needed: `voxels`, `scales` or both.
            origin: where in the volume the first voxel of the output lies, in voxels, for backbones that use this.
        """

    @abstractmethod
    def voxel_branch(self) -> tuple[nn.Module, int]:
        """Return the branch of one segmentation task, and the number of features F that it passes to the last layer.

        The branch maps the voxels' features to (B, F, D, H, W).
        """

    def scale_norm(self, scale: int) -> nn.Module:
        """Return a module that prepares the maps of one scale for one classification task's head; default: identity.

        Args:
            scale: index of the scale, whose maps are (B, C, d, h, w).
        """
        return nn.Identity()

    @abstractmethod
    def marker_branch(self, features: int) -> tuple[nn.Module, int]:
        """Return the branch of one classification task, from (B, features) to (B, F), and F.

        Args:
            features: number of channels of all scales that the head reads.
        """

    def initialise(self, last_layer: nn.Module) -> None:
        """Initialise the last layer of a segmentation task, if the backbone has its own way to do so.

        Args:
            last_layer: layer as the task made it; it is changed in place.
        """


class Backbone(Plugin):
    """Base class of all backbones: settings that build a module."""

    group: ClassVar[str] = "braintumornet.backbones"

    kind: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Take `inset` and `context`, as plug-ins before 0.2 call them."""
        super().__pydantic_init_subclass__(**kwargs)
        take_earlier_verb(cls, "inset", "valid_margin")
        take_earlier_verb(cls, "context", "context_margin")

    @property
    def valid_margin(self) -> int:
        """Voxels at each face of a patch for which there is no output, as with unpadded convolutions."""
        return 0

    @property
    def context_margin(self) -> int:
        """Voxels around a patch that are read with it, for a backbone that sees more than the patch."""
        return 0

    @property
    def uses_origin(self) -> bool:
        """Whether the output may depend on where in the volume the patch begins; if not, patches come in batches."""
        return True

    @abstractmethod
    def build(self, sequences: int) -> BackboneModule:
        """Return a freshly initialised module.

        Args:
            sequences: number of channels S of the image.
        """


class MultiTaskNetwork(nn.Module):
    """One backbone shared by all tasks, one head per task.

    A segmentation head reads the voxels' features. A marker's head reads pooled features of the encoder: the mean of
    the bottleneck over the patch, or, where it sees the tumour, the mean over the tumour at every scale, since how
    bright and how rough a tumour is shows at the fine ones.

    What is random, first weights and dropout, follows for the backbone and for each head from a stream of its own,
    named after it: a head that is added, left out or put elsewhere in the order changes nothing of the others.

    Args:
        backbone: settings of the backbone.
        tasks: in the order of the outputs.
        sequences: number of sequences of the image.
        presence: let the backbone read one more, constant channel for each sequence: 1 where it is there, 0 where not.
    """

    def __init__(self, backbone: Backbone, tasks: Sequence[Task], sequences: int, presence: bool = False) -> None:
        super().__init__()
        base = draw_base()
        self.presence = presence
        self.step: int | None = None  # of the training, told by who trains: some tasks teach from a later one on
        with own_stream(base, "backbone"):
            self.backbone = backbone.build(2 * sequences if presence else sequences)
        self.tasks = {task.name: task for task in tasks}
        self.reads = {task.name: task.reads for task in tasks}
        self.outlines = {task.name: shown for task in tasks if (shown := outlines_of(task, tasks))}
        self.heads = nn.ModuleDict()
        for task in tasks:
            with own_stream(base, f"heads.{task.name}"):
                self.heads[task.name] = self._voxel_head(task) if task.reads == "voxels" else self._marker_head(task)

    def forward(
        self,
        image: Tensor,
        tasks: Collection[str] | None = None,
        truth: Mapping[str, Tensor] | None = None,
        origin: Place = (0, 0, 0),
        present: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return task -> logits: (B, R, D, H, W) for regions, (B, K) for classes.

        Args:
            image: (B, S, D, H, W); larger than the answer where the backbone has a valid or a context margin.
            tasks: only these; default all.
            truth: task -> masks (B, R, D, H, W), for a training: a marker that sees the tumour is read there instead of
                where the network outlines it, which it cannot at first.
            origin: where in the volume the first voxel of the answer lies.
            present: bool (B, S) or (S,), which sequences are there, for a network that is told; default all.
        """
        image = with_presence(image, present) if self.presence else image
        base = draw_base() if self.training else None
        wanted = [name for name in self.heads if tasks is None or name in tasks]
        masks = {name for name in wanted if self.reads[name] == "voxels"}
        shown = [outline for name in wanted for outline in self.outlines.get(name, ())]
        masks |= {outline.name for outline in shown if truth is None}
        levels: set[Level] = {"voxels"} if masks else set()
        features = self.backbone.features(image, levels | {self.reads[name] for name in wanted}, origin)
        answers = {}
        for name in sorted(masks):  # by name, so that gradients are summed alike whatever the order of the tasks
            with self._stream(base, name, image.device):
                answers[name] = self.heads[name](self._shown(name, features).voxels)
        tumours = truth or {one.name: one.outline(answers[one.name].detach()).to(image.dtype) for one in shown}
        for name in sorted(set(wanted) - masks):
            outlined = [tumours[outline.name] for outline in self.outlines.get(name, ())]
            with self._stream(base, name, image.device):
                scales = self._shown(name, features).scales
                answers[name] = self.heads[name](scales, torch.cat(outlined, 1) if outlined else None)
        return {name: answers[name] for name in wanted}

    def shared_parameters(self) -> Iterator[nn.Parameter]:
        """Return the parameters that every task uses."""
        return self.backbone.parameters()

    def parts(self) -> dict[str, nn.Module]:
        """Return the backbone and the heads by their names."""
        return {"backbone": self.backbone, **{f"heads.{name}": head for name, head in self.heads.items()}}

    def load_state_dict(self, state_dict: Mapping[str, Any], *args: Any, **options: Any) -> Any:
        """Load tensors, also those of a network that was trained when some had other names."""
        return super().load_state_dict(with_current_names(state_dict, self.norms_of_markers()), *args, **options)

    def norms_of_markers(self) -> dict[str, list[int]]:
        """Return for each head that reads scales which ones these are."""
        scales = len(self.backbone.scale_widths)
        heads = {name: head for name, head in self.heads.items() if isinstance(head, MarkerHead)}
        return {name: list(range(scales - len(head.norms), scales)) for name, head in heads.items()}

    def _voxel_head(self, task: Task) -> nn.Module:
        branch, features = self.backbone.voxel_branch()
        last_layer = task.last_layer(features)
        self.backbone.initialise(last_layer)
        return nn.Sequential(branch, last_layer)

    def _marker_head(self, task: Task) -> nn.Module:
        widths = self.backbone.scale_widths
        read = range(len(widths)) if task.name in self.outlines else [len(widths) - 1]
        branch, features = self.backbone.marker_branch(sum(widths[scale] for scale in read))
        return MarkerHead(branch, task.last_layer(features), [self.backbone.scale_norm(scale) for scale in read])

    def _shown(self, name: str, features: Features) -> Features:
        task = self.tasks[name]
        if not task.teaches_at(self.step):
            return features.detached()
        return features.with_fine_scales_detached() if task.teaches_coarsest_scale_only else features

    @staticmethod
    def _stream(base: int | None, name: str, device: torch.device) -> AbstractContextManager[None]:
        return nullcontext() if base is None else own_stream(base, f"heads.{name}", device)


def with_presence(image: Tensor, present: Tensor | None) -> Tensor:
    """Return an image with a constant channel for each sequence: 1 where it is there, 0 where it is missing.

    A missing sequence is all zero, which is also how the mean of the brain looks after z-scoring: only this channel
    tells the two apart.

    Args:
        image: (B, S, D, H, W).
        present: bool (B, S) or (S,); None for all.

    Returns:
        (B, 2S, D, H, W), in the memory layout of the image.

    Example:
        >>> with_presence(torch.zeros(1, 2, 1, 1, 1), torch.tensor([True, False])).flatten().tolist()
        [0.0, 0.0, 1.0, 0.0]
    """
    there = torch.ones(1, device=image.device) if present is None else present.to(image.device)
    constant = there.to(image.dtype).expand(image.shape[:2])[..., None, None, None].expand_as(image)
    layout = torch.channels_last_3d if image.is_contiguous(memory_format=torch.channels_last_3d) else None
    both = torch.cat([image, constant], dim=1)
    return both.contiguous(memory_format=layout) if layout else both.contiguous()
