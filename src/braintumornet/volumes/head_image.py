"""An image of a head from its file, with zero where nothing was measured."""

from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, require
from braintumornet.volumes.background import clear_background
from braintumornet.volumes.image_kind import CT_IS_TOLD_BY, MASK_VALUES, count_values, is_ct
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
        is_ct: whether it is no magnetic resonance image but a CT.
    """

    volume: Volume
    native: Space
    background: str = ""
    is_ct: bool = False


def read_head(path: Path) -> HeadImage:
    """Read an image for a network.

    Raises:
        InputError: the file is missing, damaged or not one volume, is a mask or a CT, an axis has fewer than 8 voxels,
            or a value is no number, other than in the background.
    """
    head = read_cleared(path)
    require_finite(head.volume, path)
    require(not head.is_ct, f"{path} is a CT ({CT_IS_TOLD_BY}); expected a magnetic resonance image")
    count, low, high = count_values(head.volume.array), head.volume.array.min(), head.volume.array.max()
    if 1 < count <= MASK_VALUES:
        msg = f"{path} holds {count} different values ({low:g} to {high:g}): it is a mask, not an image"
        raise InputError(msg)
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
    return HeadImage(Volume(cleared.array, volume.space), values.space, cleared.found, is_ct(values.array))
