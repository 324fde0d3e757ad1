"""An image of a head from its file, with zero where nothing was measured."""

from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.background import clear_background
from braintumornet.volumes.nifti import read_values, require_finite
from braintumornet.volumes.volume import Volume, to_ras

SMALLEST_AXIS_VOXELS = 8


@dataclass(frozen=True)
class HeadImage:
    """An image whose background is zero, if it was a constant.

    Args:
        volume: float32 (D, H, W) in RAS+ orientation.
        native: grid of the file, in its own orientation.
        background: what it was instead of zero, as `clear_background` says it; mostly blank.
    """

    volume: Volume
    native: Space
    background: str = ""


def read_head(path: Path) -> HeadImage:
    """Read an image for a network.

    Raises:
        InputError: the file is missing, damaged or not one volume, an axis has fewer than 8 voxels, or a value is no
            number, other than in the background.
    """
    head = read_cleared(path)
    require_finite(head.volume, path)
    if min(head.volume.array.shape) < SMALLEST_AXIS_VOXELS:
        shape = " x ".join(map(str, head.volume.array.shape))
        msg = (
            f"{path} has {shape} voxels; expected a volume of at least {SMALLEST_AXIS_VOXELS} slices, not single slices"
        )
        raise InputError(msg)
    return head


def read_cleared(path: Path) -> HeadImage:
    """Read an image as `read_head`, but of any size and with whatever values the head has.

    Raises:
        InputError: the file is missing, damaged or not one volume.
    """
    values = read_values(path)
    volume = to_ras(values)
    cleared = clear_background(volume.array)
    return HeadImage(Volume(cleared.array, volume.space), values.space, cleared.found)
