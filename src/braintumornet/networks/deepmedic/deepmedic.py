"""DeepMedic: pathways that see the surroundings at full and at low resolution, then a classifier for each voxel.

Kamnitsas et al., Medical Image Analysis 36, 2017, and the authors' program up to its version 0.8. All convolutions are
without padding, so the network answers for the inner voxels of a patch and reads a wide context around it.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor, nn

from braintumornet.core.text.errors import require
from braintumornet.core.text.names import require_among
from braintumornet.networks.deepmedic.pathway import Activation, FirstLayer, Layer, Pathway, norm_of, spread
from braintumornet.networks.marker_head import fully_connected
from braintumornet.networks.multi_task_network import Backbone, BackboneModule, Depth, Features, Place, Width
from braintumornet.tasks.task import Level

End = Literal["first", "last"]

PRESETS: dict[str, dict[str, Any]] = {
    "2017": {"factors": (3,), "residual": (), "fc_widths": (150, 150), "fc_kernel": 1, "fc_residual": ()},
    "0.8": {},
    "0.8-wide": {"widths": (30, 40, 50, 60, 70, 80, 90, 100), "fc_widths": (300, 300)},
}
"""What each preset sets other than the defaults."""


class DeepMedic(Backbone):
    """Pathways of 3x3x3 convolutions at several resolutions, joined and classified by wide layers ("FC").

    A patch of p voxels per axis is answered for its p - 16 inner voxels. `branch_at` says where the heads branch
    off: at the `last_layer` only the last 1x1x1 convolution belongs to a task, at the `decoder` all layers after the
    join, which are about half of the network.

    Args:
        preset: `2017` is the network of the paper, `0.8` and `0.8-wide` those that come with the program's last
            version; sets all that is not given beside it. null: none of them, and what is not given is as in `0.8`.
        widths: filters of each layer, the same in every pathway.
        factors: subsampling of each pathway beside the one at full resolution.
        samples: which voxel of a low-resolution cell stands for it, along each axis: the `first`, as in the original,
            or the `last`, for networks that were trained on images turned round.
        residual: numbers of the layers whose output is added to the input of the layer before.
        fc_widths: filters of each layer after the join.
        fc_kernel: size of the first of their kernels, 1 or 3; the others are 1.
        fc_residual: as `residual`, after the join.
        dropout: probability before each layer after the join and before the last 1x1x1 convolution.
        norm: `batch` is the original. `instance` normalises each sample by itself: where tasks share a batch, batch
            statistics mix their populations, and at inference, where only one of them is there, they fit neither. But
            its statistics are those of the patch, so an answer then depends on how the volume is cut into windows.
        branch_at: `last_layer` or `decoder`.
        marker_hidden: widths of the hidden layers between the pooled features and a classification task's last layer.
        marker_dropout: probability before each of these layers.

    Example:
        >>> DeepMedic(preset="2017").factors
        (3,)
        >>> DeepMedic(preset="2017").valid_margin, DeepMedic(preset="2017").context_margin
        (8, 18)
    """

    kind: Literal["deepmedic"] = "deepmedic"
    preset: Literal["2017", "0.8", "0.8-wide"] | None = "0.8"
    widths: tuple[Width, ...] = Field((30, 30, 40, 40, 40, 40, 50, 50), min_length=2, max_length=64)
    factors: tuple[Depth, ...] = Field((3, 5), max_length=16)
    samples: tuple[End, End, End] = ("first", "first", "first")
    residual: tuple[int, ...] = (4, 6, 8)
    fc_widths: tuple[Width, ...] = Field((250, 250), min_length=1, max_length=64)
    fc_kernel: Literal[1, 3] = 3
    fc_residual: tuple[int, ...] = (2,)
    dropout: tuple[float, ...] = (0.0, 0.5, 0.5)
    norm: Literal["batch", "instance"] = "batch"
    branch_at: Literal["last_layer", "decoder"] = "last_layer"
    marker_hidden: tuple[Width, ...] = Field((64,), min_length=1)
    marker_dropout: float = Field(0.0, ge=0, lt=1)

    @model_validator(mode="before")
    @classmethod
    def _fill_from_preset(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("preset", "0.8") is None:
            return data
        preset = str(data.get("preset", "0.8"))  # YAML reads 2017 and 0.8 as numbers
        require_among(preset, PRESETS, f"preset {preset!r} is not known", ValueError)
        return {**PRESETS[preset], **data, "preset": preset}

    @field_validator("factors")
    @classmethod
    def _are_odd(cls, factors: tuple[int, ...]) -> tuple[int, ...]:
        for factor in factors:
            require(
                factor >= 3 and factor % 2 != 0,
                f"a pathway subsamples by an odd number from 3 on, found {factor}",
                ValueError,
            )
        return factors

    @model_validator(mode="after")
    def _layers_agree(self) -> "DeepMedic":
        for name, numbers, layers in (
            ("residual", self.residual, len(self.widths)),
            ("fc_residual", self.fc_residual, len(self.fc_widths)),
        ):
            require(
                all(2 <= number <= layers for number in numbers),
                f"{name}: layers are numbered from 1, and the first has none before it; expected 2 to {layers}",
                ValueError,
            )
        require(
            len(self.dropout) == len(self.fc_widths) + 1 and all(0 <= rate < 1 for rate in self.dropout),
            f"dropout: expected {len(self.fc_widths) + 1} probabilities, one per layer after the join and the last",
            ValueError,
        )
        return self

    @property
    def valid_margin(self) -> int:
        """Voxels at each face of a patch for which there is no answer: one for each unpadded convolution."""
        return len(self.widths)

    @property
    def context_margin(self) -> int:
        """Voxels around a patch that are read beside it."""
        return self.receptive_radius - self.valid_margin

    @property
    def receptive_radius(self) -> int:
        """Radius of the receptive field: voxels on each side of a voxel that its answer may depend on.

        A pathway of 8 layers reads the samples of 8 cells on each side; where a cell's first voxel stands for it, the
        sample farthest away is the first one of a voxel that is the last in its own cell.
        """
        return max(factor * (self.valid_margin + 1) - 1 for factor in (1, *self.factors)) + self.fc_kernel // 2

    def build(self, sequences: int) -> "DeepMedicModule":
        """Return a freshly initialised module for images of so many sequences."""
        return DeepMedicModule(self, sequences)


class DeepMedicModule(BackboneModule):
    """The network of `DeepMedic`.

    Low resolution is a grid of the volume, not of the patch: voxel v of an axis lies in cell v // k of a pathway with
    factor k, and one voxel of a cell stands for it, in the original the first. So what is answered for a voxel does
    not depend on the patch that it is answered in.

    A first kernel of 3 after the join needs a neighbour for each voxel. In training the outermost voxels of the patch
    are mirrored, as in the original; at inference their neighbours are computed, from a context one voxel wider.
    """

    multiple = 1

    def __init__(self, settings: DeepMedic, sequences: int) -> None:
        super().__init__()
        self.settings = settings
        self.factors = (1, *settings.factors)
        self.rim = settings.fc_kernel // 2
        self.pathways = nn.ModuleList(self._pathway(sequences) for _ in self.factors)
        self.joined = len(self.factors) * settings.widths[-1]
        self.scale_widths = (self.joined,)
        self.fc = self._fc() if settings.branch_at == "last_layer" else nn.Identity()

    def features(self, image: Tensor, levels: Collection[Level], origin: Place = (0, 0, 0)) -> Features:
        """Return the features of each voxel that is answered for; the joined pathways are the only scale.

        Args:
            image: (B, S, D, H, W), larger than the answer by `reach` on each side.
            levels: what is needed.
            origin: where in the volume the first voxel of the answer lies.
        """
        size = [length - 2 * self.settings.receptive_radius for length in image.shape[2:]]
        rim = 0 if self.training else self.rim
        start = tuple(first - rim for first in origin)
        shape = tuple(length + 2 * rim for length in size)
        views, offsets = [], []
        for factor in self.factors:
            depth, height, width = self._samples(factor, origin, start, shape)
            views.append(image[:, :, depth, height, width])
            offsets.append(tuple(first % factor for first in start))
        joined = self.join(views, offsets, shape)  # (B, joined, *shape)
        depth, height, width = (slice(rim, rim + length) for length in size)
        return Features(self.fc(joined) if "voxels" in levels else (), (joined[:, :, depth, height, width],))

    def scale_norm(self, scale: int) -> nn.Module:
        """Return norm and ReLU, which are due after pre-activation layers."""
        return nn.Sequential(norm_of(self.settings.norm)(self.joined, affine=False), nn.ReLU())

    def join(self, views: Sequence[Tensor], offsets: Sequence[Sequence[int]], shape: Sequence[int]) -> Tensor:
        """Return the outputs of all pathways, brought to full resolution, as channels of one map.

        Args:
            views: the input of each pathway (B, S, d, h, w).
            offsets: for each pathway, voxels between the beginning of its first cell and the first voxel of the map.
            shape: of the map.
        """
        maps = []
        for pathway, factor, view, offset in zip(self.pathways, self.factors, views, offsets, strict=True):
            maps.append(spread(pathway(view), factor, offset, shape))
        return torch.cat(maps, dim=1)

    def voxel_branch(self) -> tuple[nn.Module, int]:
        """Return nothing more, or the whole path after the join."""
        return self._fc() if self.settings.branch_at == "decoder" else nn.Identity(), self.settings.fc_widths[-1]

    def marker_branch(self, features: int) -> tuple[nn.Module, int]:
        """Return fully connected layers."""
        settings = self.settings
        return fully_connected(features, settings.marker_hidden, settings.marker_dropout), settings.marker_hidden[-1]

    def initialise(self, last_layer: nn.Module) -> None:
        """Give the last convolution He's first weights and no bias, as all others have."""
        if isinstance(last_layer, nn.Conv3d):
            nn.init.kaiming_normal_(last_layer.weight, nonlinearity="relu")
            nn.init.zeros_(last_layer.bias)  # type: ignore[arg-type]

    def _samples(self, factor: int, origin: Sequence[int], start: Sequence[int], shape: Sequence[int]) -> list[slice]:
        """Return which voxels of the image are the input of a pathway that answers for a box of the volume."""
        valid_margin, reach = self.settings.valid_margin, self.settings.receptive_radius
        samples = []
        for zero, first, length, end in zip(origin, start, shape, self.settings.samples, strict=True):
            sample = factor - 1 if end == "last" else 0
            low = factor * (first // factor - valid_margin) + sample
            high = factor * ((first + length - 1) // factor + valid_margin) + sample
            samples.append(slice(low - zero + reach, high - zero + reach + 1, factor))
        return samples

    def _pathway(self, sequences: int) -> Pathway:
        norm = norm_of(self.settings.norm)
        first, *widths = self.settings.widths
        layers: list[nn.Module] = [FirstLayer(sequences, first)]
        for features, width in zip(self.settings.widths, widths, strict=False):
            layers.append(Layer(features, width, 3, norm))
        return Pathway(layers, self.settings.residual)

    def _fc(self) -> nn.Sequential:
        norm = norm_of(self.settings.norm)
        widths = self.settings.fc_widths
        layers = []
        for number, (features, width) in enumerate(zip((self.joined, *widths), widths, strict=False)):
            kernel = self.settings.fc_kernel if number == 0 else 1
            layers.append(Layer(features, width, kernel, norm, self.settings.dropout[number], mirrors=True))
        return nn.Sequential(
            Pathway(layers, self.settings.fc_residual), Activation(widths[-1], norm, self.settings.dropout[-1])
        )
