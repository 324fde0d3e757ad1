"""The stripping network: one image of a head in, the distance of each voxel to the brain's surface out."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor, nn

BOX_MM = (192.0, 224.0, 192.0)  # right-left, posterior-anterior, inferior-superior
VOXEL_MM = 2.0
LARGEST_MM = 5.0  # distances are cut at this to either side
_CHANNELS = (16, 32, 48, 64, 48)
WEIGHTS = Path(__file__).parents[2] / "models" / "brain_stripper.safetensors"
_BRIGHT_PERCENTILE = 99

Shape = tuple[int, int, int]


def build_network() -> "nn.Module":
    """Build a residual U-Net with one channel in and one out, whose weights are random."""
    from monai.networks.nets.unet import UNet

    network: nn.Module = UNet(
        spatial_dims=3,
        in_channels=1,
        out_channels=1,
        channels=_CHANNELS,
        strides=(2,) * (len(_CHANNELS) - 1),
        num_res_units=2,
        norm=("instance", {"affine": True}),
        act=("leakyrelu", {"negative_slope": 0.2, "inplace": True}),
    )
    return network


def box_shape(voxel_mm: float = VOXEL_MM) -> Shape:
    """Return how many voxels of a size fill the network's box, as many as it can halve.

    Example:
        >>> box_shape(), box_shape(3.0)
        ((96, 112, 96), (64, 80, 64))
    """
    halved = 2 ** (len(_CHANNELS) - 1)
    x, y, z = (halved * int(np.ceil(size / voxel_mm / halved - 1e-6)) for size in BOX_MM)
    return x, y, z


def network_input(array: np.ndarray) -> np.ndarray:
    """Return an image as the network takes it: 0 what is darkest, 1 what is bright, whatever the unit.

    Args:
        array: grey levels (D, H, W); 0 outside the field of view.

    Returns:
        float32 array (D, H, W), from 0 to 1.5.

    Example:
        >>> network_input(np.linspace(0, 400, 1000).reshape(10, 10, 10)).max().round(2)
        np.float32(1.01)
    """
    values = array.astype(np.float32)
    dark, bright = np.percentile(values, (1, _BRIGHT_PERCENTILE))
    scaled: np.ndarray = np.clip((values - np.float32(dark)) / np.float32(max(bright - dark, 1e-6)), 0, 1.5)
    return scaled


def distances_mm(network: "nn.Module", image: "Tensor") -> "Tensor":
    """Return the signed distances (N, 1, D, H, W) in mm, not cut, of images (N, 1, D, H, W)."""
    answer: Tensor = network(image)
    return answer.float() * LARGEST_MM


@cache
def shipped_network() -> "nn.Module":
    """Return the network with the weights in the package, which learned from no patient.

    Raises:
        InputError: the file of the weights is missing or damaged.
    """
    from braintumornet.networks.checkpoint import read_tensors

    network = build_network()
    tensors, _ = read_tensors(WEIGHTS)
    network.load_state_dict({name: value.float() for name, value in tensors.items()})
    return network.eval()
