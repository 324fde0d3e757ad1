"""Which brain mask is taken: that of the user, of HD-BET, of the network in the package, or of the atlas."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.text.names import suggest
from braintumornet.prepare.stripping.brain_distance import brain_distance
from braintumornet.prepare.stripping.command import command_mask
from braintumornet.prepare.stripping.hdbet import hdbet_is_installed, hdbet_mask
from braintumornet.prepare.stripping.masks import mask_distance, require_plausible
from braintumornet.prepare.stripping.vote import BrainMask, dice, vote
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume, to_ras

Choice = Literal["auto", "hd-bet", "network", "atlas", "given", "command", "stripped"]
CHOICES: tuple[str, ...] = get_args(Choice)
_BEST_FIRST = ("t1n", "t1c", "t2f", "t2w")  # for tools that take one image: many know T1 only


def strip(
    images: Mapping[str, Volume],
    output_to_sequence_mm: Mapping[str, np.ndarray],
    grid: Space,
    choice: str = "auto",
    given: Volume | None = None,
    command: str | None = None,
    atlas_mask: Callable[[], Volume] | None = None,
) -> BrainMask:
    """Make the brain mask of an examination.

    `auto` takes the first that is there: the mask that is given, a command, HD-BET where it is installed, the network
    in the package; and the mask of the atlas where the network finds nothing that can be a brain. HD-BET and a command
    work on one image, the network on all; where both ran, their agreement is known.

    Args:
        images: sequence -> image on its own grid.
        output_to_sequence_mm: sequence -> (4, 4) rigid motion from a point of the output to that of the sequence.
        grid: of the output, axes in RAS+ orientation.
        choice: one of `CHOICES`; `stripped` takes all voxels that are not zero in some image, as somebody left them.
        given: the user's mask, in mm of the output.
        command: for `auto` and `command`, with `{input}` and `{output}`.
        atlas_mask: gives that of the atlas in mm of the output, where it is needed.

    Raises:
        UsageError: the choice is not known, or what it needs is not there.
        InputError: a mask that is asked for is empty or none of a brain.
    """
    _require_choice(choice, given, command, atlas_mask)
    if choice == "auto":
        choice = _first_there(given, command)
    if choice == "given" and given is not None:
        return BrainMask(_on_grid(given, grid, choice), choice)
    if choice == "atlas" and atlas_mask is not None:
        return BrainMask(_on_grid(atlas_mask(), grid, choice), choice)
    if choice == "stripped":
        return BrainMask(_not_zero(images, output_to_sequence_mm, grid), choice)
    own = vote({name: brain_distance(image) for name, image in images.items()}, output_to_sequence_mm, grid)
    if choice in ("hd-bet", "command"):
        name = clearest(images)
        found = hdbet_mask(images[name]) if choice == "hd-bet" else command_mask(images[name], str(command))
        other = vote({name: mask_distance(found)}, output_to_sequence_mm, grid, by=choice)
        require_plausible(other.mask, f"the mask of {choice}")
        return replace(other, agreement=dice(other.mask.array, own.mask.array), note=f"made from {name}")
    return _or_atlas(own, grid, atlas_mask)


def clearest(images: Mapping[str, Volume]) -> str:
    """Return the sequence for tools that take one: that of the thinnest slices, T1 before T2.

    Example:
        >>> thick, thin = (Volume(np.zeros((2, 2, 2)), Space((2, 2, 2), np.diag([1, 1, mm, 1.0]))) for mm in (5, 1))
        >>> clearest({"t1n": thick, "t2f": thin})
        't2f'
    """

    def rank(name: str) -> tuple[int, int, str]:
        place = _BEST_FIRST.index(name) if name in _BEST_FIRST else len(_BEST_FIRST)
        return round(max(images[name].space.spacing_mm)), place, name

    return min(images, key=rank)


def _require_choice(
    choice: str, given: Volume | None, command: str | None, atlas_mask: Callable[[], Volume] | None
) -> None:
    if choice not in CHOICES:
        msg = f"skull stripping {choice!r} is not known; {suggest(choice, CHOICES)}"
        raise UsageError(msg)
    needed: dict[str, tuple[object, str]] = {
        "given": (given, "a brain mask"),
        "command": (command, "--skullstrip-command"),
    }
    needed["atlas"] = (atlas_mask, "an atlas with a brain mask")
    there, what = needed.get(choice, (True, ""))
    if there is None:
        msg = f"skull stripping '{choice}' needs {what}, and there is none; give it, or choose auto"
        raise UsageError(msg)


def _first_there(given: Volume | None, command: str | None) -> str:
    if given is not None:
        return "given"
    if command is not None:
        return "command"
    return "hd-bet" if hdbet_is_installed() else "network"


def _or_atlas(own: BrainMask, grid: Space, atlas_mask: Callable[[], Volume] | None) -> BrainMask:
    """Return the network's mask, or the atlas's where that can be none of a brain."""
    try:
        require_plausible(own.mask, "the mask of the network")
    except InputError as error:
        if atlas_mask is None:
            raise
        return BrainMask(_on_grid(atlas_mask(), grid, "atlas"), "atlas", note=f"the atlas stands in: {error}")
    return own


def _on_grid(mask: Volume, grid: Space, what: str) -> Volume:
    inside = Volume((to_ras(mask).array > 0).astype(np.float32), to_ras(mask).space)
    moved = Volume(resample(inside, grid).array >= 0.5, grid)
    if not moved.array.any():
        msg = f"the brain mask ({what}) is empty on the grid of the output; check the mask and where it lies"
        raise InputError(msg)
    return moved


def _not_zero(images: Mapping[str, Volume], output_to_sequence_mm: Mapping[str, np.ndarray], grid: Space) -> Volume:
    """Return what is not zero in some image."""
    mask = np.zeros(grid.shape, bool)
    for name, image in images.items():
        shown = Volume((image.array != 0).astype(np.float32), image.space)
        mask |= resample(shown, Space(grid.shape, output_to_sequence_mm[name] @ grid.affine)).array >= 0.5
    return Volume(mask, grid)
