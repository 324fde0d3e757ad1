"""In which windows a volume is read: in one, in those of the training, or in smaller ones where memory is short."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

from braintumornet.config import ExperimentConfig
from braintumornet.core.space import Shape
from braintumornet.core.text.errors import InputError
from braintumornet.core.workers.parallel import GIB
from braintumornet.data.sampling.patch_sampler import PatchSize
from braintumornet.inference.windows.sliding_windows import even_window

BATCH_VOXELS = 2**19
"""Of the windows that are read at once. Alone, a small window is convolved by torch itself in float32, which takes
twice as long as oneDNN does for several; more than this gains nothing further, and takes memory."""


@dataclass(frozen=True)
class WindowPlan:
    """How a volume is read.

    Args:
        window: voxels that a window answers for.
        margin: voxels that are read around it.
        overlap: share of a window that the next one covers again.
        batch: windows that are read at once.
        note: what a reader of the answer must know.
    """

    window: Shape
    margin: int
    overlap: float
    batch: int = 1
    note: str = ""


def plan_windows(
    config: ExperimentConfig,
    size: Shape,
    multiple: int,
    one_pass: bool,
    bytes_of: Callable[[Shape], int],
    allowed: int | None,
) -> WindowPlan:
    """Return the windows that are wanted, or the largest smaller ones that fit into memory.

    Args:
        config: of the network.
        size: of the volume, in voxels.
        multiple: of which a window's sides must be.
        one_pass: whether one window over all is wanted.
        bytes_of: what a window takes that reads so many voxels.
        allowed: bytes that may be taken; None for any.

    Raises:
        InputError: even the smallest windows do not fit.
    """
    trained = config.window_size()
    overlap = 0.0 if config.backbone.valid_margin else config.inference.overlap
    for number, window in enumerate(_candidates(config, size, multiple, one_pass)):
        read = PatchSize(window, trained.margin).read
        most = 1 if config.backbone.uses_origin else max(1, BATCH_VOXELS // prod(read))
        batch = most if allowed is None else min(most, allowed // bytes_of(read))
        if batch >= 1:
            is_smaller = number > int(one_pass) and not config.backbone.valid_margin
            sides = " x ".join(map(str, window))
            note = f"read in windows of {sides} voxels, as there is no memory for those of the training"
            return WindowPlan(window, trained.margin, overlap, batch, note if is_smaller else "")
    msg = (
        f"{' x '.join(map(str, size))} voxels: even a small window takes {bytes_of(read) / GIB:.2g} GiB, and "
        f"{max(0, allowed or 0) / GIB:.2g} GiB are left; allow more (--max-memory), or close other programs"
    )
    raise InputError(msg)


def _candidates(config: ExperimentConfig, size: Shape, multiple: int, one_pass: bool) -> Iterator[Shape]:
    """Return windows from the one that is wanted to half of the training's along each axis, where answers suffer.

    A backbone whose answers do not depend on the window may be read in smaller ones without loss.
    """
    trained = config.window_size().answered
    if one_pass:
        d, h, w = (-(-side // multiple) * multiple for side in size)
        yield d, h, w
    if config.backbone.valid_margin:
        window, least = even_window(size, trained), (1, 1, 1)
    else:
        window, least = trained, _halved(_halved(_halved(trained, multiple), multiple), multiple)
    yield window
    while any(side > low for side, low in zip(window, least, strict=True)):
        window = _halved(window, multiple)
        yield window


def _halved(window: Shape, multiple: int) -> Shape:
    """Return a window of which the longest side is halved.

    Example:
        >>> _halved((40, 48, 40), 8)
        (40, 24, 40)
    """
    longest = window.index(max(window))
    half = max(multiple, window[longest] // 2 // multiple * multiple)
    d, h, w = (half if axis == longest else side for axis, side in enumerate(window))
    return d, h, w
