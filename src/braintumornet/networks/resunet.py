"""The residual encoder-decoder of the paediatric low-grade glioma paper (arXiv 2111.14959).

The paper names 32 first filters, 3x3x3 kernels, halved size and doubled width per level, a mirrored decoder with
sigmoid output, and an encoder "similar to" Myronenko's. What it leaves open is our reading after Myronenko (arXiv
1810.11654): pre-activation blocks, group norm with 8 groups, 1-2-2-4 blocks down and 1-1-1 up, trilinear upsampling,
added skips.
"""

from collections.abc import Collection
from typing import Literal

from pydantic import Field, PositiveInt, field_validator
from torch import Tensor, nn

from braintumornet.networks.base import Backbone, BackboneModule
from braintumornet.tasks.base import Level


class ResUNet(Backbone):
    """Residual U-Net through the encoder and decoder of MONAI's SegResNet.

    Args:
        width: filters of the first level; doubled at each further one; a multiple of 8, the groups of the norm.
        blocks_down: residual blocks per level of the encoder.
        blocks_up: residual blocks per level of the decoder; one level fewer.
        norm: `group` (8 groups, the paper's reading) normalises each patch by itself; `batch` keeps the absolute
            intensities of z-scored images, which small patches of few cases need.
        dropout: probability after the first convolution.
        marker_hidden: widths of the hidden layers between the pooled bottleneck and a classifier's last layer.
        marker_dropout: probability before each of these layers.
    """

    kind: Literal["resunet"] = "resunet"
    width: PositiveInt = Field(32, multiple_of=8)
    blocks_down: tuple[PositiveInt, ...] = (1, 2, 2, 4)
    blocks_up: tuple[PositiveInt, ...] = (1, 1, 1)
    norm: Literal["group", "batch"] = "group"
    dropout: float = Field(0.0, ge=0, lt=1)
    marker_hidden: tuple[PositiveInt, ...] = Field((64,), min_length=1)
    marker_dropout: float = Field(0.0, ge=0, lt=1)

    @field_validator("blocks_up")
    @classmethod
    def _mirrors(cls, blocks_up: tuple[int, ...], info: object) -> tuple[int, ...]:
        down = getattr(info, "data", {}).get("blocks_down", ())
        if len(blocks_up) != len(down) - 1:
            msg = f"expected {len(down) - 1} levels up for {len(down)} levels down"
            raise ValueError(msg)
        return blocks_up

    def build(self, sequences: int) -> "ResUNetModule":
        """Return a freshly initialised module for images of so many sequences."""
        return ResUNetModule(self, sequences)


class ResUNetModule(BackboneModule):
    """The network of `ResUNet`."""

    def __init__(self, settings: ResUNet, sequences: int) -> None:
        from monai.networks.nets.segresnet import SegResNet  # takes seconds to import

        super().__init__()
        self.settings = settings
        self.multiple = 2 ** (len(settings.blocks_down) - 1)
        self.network = SegResNet(
            spatial_dims=3,
            init_filters=settings.width,
            in_channels=sequences,
            dropout_prob=settings.dropout or None,
            blocks_down=settings.blocks_down,
            blocks_up=settings.blocks_up,
            norm=("GROUP", {"num_groups": 8}) if settings.norm == "group" else ("BATCH", {}),
            use_conv_final=False,  # the last layer belongs to the task
        )
        del self.network.conv_final
        self.bottleneck_norm = self._norm(settings.width * self.multiple, affine=False)

    def features(
        self, image: Tensor, levels: Collection[Level], origin: tuple[int, int, int] = (0, 0, 0)
    ) -> dict[Level, Tensor]:
        """Return the decoder's output (B, W, D, H, W) and the encoder's (B, 8W, D/8, H/8, W/8), as asked for."""
        bottleneck, skips = self.network.encode(image)
        features: dict[Level, Tensor] = {}
        if "bottleneck" in levels:  # of pre-activation blocks, so norm and ReLU are due before it is used
            features["bottleneck"] = self.bottleneck_norm(bottleneck).relu()
        if "voxels" in levels:
            skips.reverse()  # as SegResNet.forward does; the first of them is the bottleneck itself
            features["voxels"] = self.network.decode(bottleneck, skips)
        return features

    def _norm(self, features: int, affine: bool = True) -> nn.Module:
        if self.settings.norm == "group":
            return nn.GroupNorm(8, features, affine=affine)
        return nn.BatchNorm3d(features, affine=affine)

    def branch(self, level: Level) -> tuple[nn.Module, int]:
        """Return norm and ReLU for a map; pooling and fully connected layers for a class."""
        if level == "voxels":
            return nn.Sequential(self._norm(self.settings.width), nn.ReLU()), self.settings.width
        features = self.settings.width * self.multiple
        layers: list[nn.Module] = [nn.AdaptiveAvgPool3d(1), nn.Flatten()]
        for hidden in self.settings.marker_hidden:
            layers += [nn.Dropout(self.settings.marker_dropout), nn.Linear(features, hidden), nn.ReLU()]
            features = hidden
        return nn.Sequential(*layers), features
