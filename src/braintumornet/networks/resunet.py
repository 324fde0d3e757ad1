"""The residual encoder-decoder of the paediatric low-grade glioma paper (arXiv 2111.14959).

The paper names 32 first filters, 3x3x3 kernels, halved size and doubled width per level, a mirrored decoder with
sigmoid output, and an encoder "similar to" Myronenko's. What it leaves open is our reading after Myronenko (arXiv
1810.11654): pre-activation blocks, group norm with 8 groups, 1-2-2-4 blocks down and 1-1-1 up, trilinear upsampling,
added skips.
"""

from collections.abc import Collection, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator
from torch import Tensor, nn

from braintumornet.core.text.errors import require
from braintumornet.networks.marker_head import fully_connected
from braintumornet.networks.multi_task_network import Backbone, BackboneModule, Depth, Features, Place, Width
from braintumornet.tasks.task import Level


class ResUNet(Backbone):
    """Residual U-Net through the encoder and decoder of MONAI's SegResNet.

    Args:
        width: filters of the first level; doubled at each further one; a multiple of 8, the groups of the norm.
        blocks_down: residual blocks per level of the encoder.
        blocks_up: residual blocks per level of the decoder; one level fewer.
        norm: `group` (8 groups, the paper's reading) normalises each patch by itself; `batch` keeps the absolute
            intensities of z-scored images, which small patches of few cases need.
        dropout: probability after the first convolution.
        branch_at: where the heads of segmentation tasks branch off: at the `last_layer` (all else is shared) or at the
            `decoder` (each has one of its own).
        marker_hidden: widths of the hidden layers between the pooled bottleneck and a classifier's last layer.
        marker_dropout: probability before each of these layers.
    """

    kind: Literal["resunet"] = "resunet"
    width: Width = Field(32, multiple_of=8)
    blocks_down: tuple[Depth, ...] = Field((1, 2, 2, 4), max_length=8)
    blocks_up: tuple[Depth, ...] = (1, 1, 1)
    norm: Literal["group", "batch"] = "group"
    dropout: float = Field(0.0, ge=0, lt=1)
    branch_at: Literal["last_layer", "decoder"] = "last_layer"
    marker_hidden: tuple[Width, ...] = Field((64,), min_length=1)
    marker_dropout: float = Field(0.0, ge=0, lt=1)

    @field_validator("blocks_up")
    @classmethod
    def _mirrors(cls, blocks_up: tuple[int, ...], info: object) -> tuple[int, ...]:
        down = getattr(info, "data", {}).get("blocks_down", ())
        require(
            len(blocks_up) == len(down) - 1,
            f"expected {len(down) - 1} levels up for {len(down)} levels down",
            ValueError,
        )
        return blocks_up

    @property
    def uses_origin(self) -> bool:
        """Wherever a patch lies, it is answered alike."""
        return False

    def build(self, sequences: int) -> "ResUNetModule":
        """Return a freshly initialised module for images of so many sequences."""
        return ResUNetModule(self, sequences)


class ResUNetModule(BackboneModule):
    """The network of `ResUNet`."""

    def __init__(self, settings: ResUNet, sequences: int) -> None:
        super().__init__()
        self.settings = settings
        self.multiple = 2 ** (len(settings.blocks_down) - 1)
        self.encoder = _segresnet(settings, sequences)
        del self.encoder.up_layers, self.encoder.up_samples, self.encoder.conv_final
        self.decoder = Decoder(settings) if settings.branch_at == "last_layer" else nn.Identity()
        self.scale_widths = tuple(settings.width * 2**level for level in range(len(settings.blocks_down)))

    def features(self, image: Tensor, levels: Collection[Level], origin: Place = (0, 0, 0)) -> Features:
        """Return the encoder's maps (B, W, D, H, W) to (B, 8W, D/8, H/8, W/8), and the decoder's (B, W, D, H, W)."""
        _, maps = self.encoder.encode(image)
        return Features(self.decoder(maps) if "voxels" in levels else (), tuple(maps))

    def scale_norm(self, scale: int) -> nn.Module:
        """Return norm and ReLU, which are due after pre-activation blocks."""
        return nn.Sequential(_norm(self.settings, self.scale_widths[scale], affine=False), nn.ReLU())

    def voxel_branch(self) -> tuple[nn.Module, int]:
        """Return nothing more, or a decoder."""
        branch = nn.Identity() if self.settings.branch_at == "last_layer" else Decoder(self.settings)
        return branch, self.settings.width

    def marker_branch(self, features: int) -> tuple[nn.Module, int]:
        """Return fully connected layers."""
        settings = self.settings
        return fully_connected(features, settings.marker_hidden, settings.marker_dropout), settings.marker_hidden[-1]


class Decoder(nn.Module):
    """From the encoder's maps, finest first, to one of full size."""

    def __init__(self, settings: ResUNet) -> None:
        super().__init__()
        network = _segresnet(settings, sequences=1)
        self.up_samples, self.up_layers = network.up_samples, network.up_layers
        self.last = nn.Sequential(_norm(settings, settings.width), nn.ReLU())

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Return (B, W, D, H, W)."""
        *skips, found = maps
        for larger, blocks in zip(self.up_samples, self.up_layers, strict=True):
            found = blocks(larger(found) + skips.pop())
        full: Tensor = self.last(found)
        return full


def _segresnet(settings: ResUNet, sequences: int) -> Any:
    from monai.networks.nets.segresnet import SegResNet  # takes seconds to import

    return SegResNet(
        spatial_dims=3,
        init_filters=settings.width,
        in_channels=sequences,
        dropout_prob=settings.dropout or None,
        blocks_down=settings.blocks_down,
        blocks_up=settings.blocks_up,
        norm=("GROUP", {"num_groups": 8}) if settings.norm == "group" else ("BATCH", {}),
        use_conv_final=False,  # the last layer belongs to the task
    )


def _norm(settings: ResUNet, features: int, affine: bool = True) -> nn.Module:
    if settings.norm == "group":
        return nn.GroupNorm(8, features, affine=affine)
    return nn.BatchNorm3d(features, affine=affine)
