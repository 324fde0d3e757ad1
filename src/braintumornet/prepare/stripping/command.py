"""Any other tool as a brain mask: a command that reads an image and writes a mask."""

import os
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from braintumornet.core.space import require_same_space
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.core.text.names import shorten
from braintumornet.prepare.stripping.masks import require_plausible
from braintumornet.volumes.nifti import read_volume, write_volume
from braintumornet.volumes.volume import Volume, to_ras

TIMEOUT_S = 1800.0


def parse_command(command: str) -> list[str]:
    """Split a command as a shell would, which does not run it.

    Raises:
        UsageError: it cannot be split, or lacks `{input}` or `{output}`.

    Example:
        >>> parse_command("bet {input} {output} -m")
        ['bet', '{input}', '{output}', '-m']
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        msg = f"the skull-stripping command {command!r} cannot be read ({error}); close its quotes"
        raise UsageError(msg) from None
    for place in ("{input}", "{output}"):
        if not any(place in word for word in words):
            msg = f"the skull-stripping command {command!r} lacks {place}; give such as 'tool {{input}} {{output}}'"
            raise UsageError(msg)
    return words


def command_mask(image: Volume, command: str, timeout_s: float = TIMEOUT_S) -> Volume:
    """Run a tool on one image and return the mask that it writes; what is not zero counts as brain.

    It runs without a shell, in a folder of its own that is deleted; images are NIfTI files (`.nii.gz`).

    Args:
        image: any grid.
        command: with `{input}` and `{output}` in the places of the files.
        timeout_s: after which it is stopped.

    Returns:
        Boolean mask, axes in RAS+ orientation.

    Raises:
        UsageError: the command cannot be run as it is written.
        InputError: it fails, takes too long, or what it writes is no brain mask of this image.
    """
    words = parse_command(command)
    with tempfile.TemporaryDirectory(prefix="btn-skullstrip-") as folder:
        source, target = Path(folder) / "image.nii.gz", Path(folder) / "mask.nii.gz"
        write_volume(image, source)
        filled = [word.replace("{input}", str(source)).replace("{output}", str(target)) for word in words]
        _run(filled, folder, timeout_s)
        if not target.is_file():
            msg = f"the skull-stripping command {words[0]!r} wrote no file at {{output}}; it must end in .nii.gz"
            raise InputError(msg)
        found = to_ras(read_volume(target))
    require_same_space(found.space, to_ras(image).space, "the mask of the skull-stripping command", "its image")
    mask = Volume(found.array > 0, found.space)
    require_plausible(mask, f"the mask of the skull-stripping command {words[0]!r}")
    return mask


def _run(words: list[str], folder: str, timeout_s: float) -> None:
    tool = words[0]
    try:
        running = subprocess.Popen(
            words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        )
    except OSError as error:
        msg = f"the skull-stripping command {tool!r} cannot be run ({error.strerror}); check its path"
        raise UsageError(msg) from None
    try:
        said, _ = running.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        msg = f"the skull-stripping command {tool!r} was stopped after {timeout_s:g} s; try it by hand on one image"
        raise InputError(msg) from None
    finally:
        _stop(running)
    if running.returncode:
        last = shorten(said.decode(errors="replace").replace(folder, "").strip())
        msg = f"the skull-stripping command {tool!r} ended with {running.returncode}: {last or 'it said nothing'}"
        raise InputError(msg)


def _stop(running: subprocess.Popen[bytes]) -> None:
    """End a tool with all that it started, where that still runs."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
