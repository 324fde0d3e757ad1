"""Output appears whole or not at all."""

import fcntl
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from errno import EISDIR
from math import isfinite
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import numpy as np

from braintumornet.core.files.disk_errors import writing
from braintumornet.core.files.json_text import parse_json
from braintumornet.core.text.errors import InputError, require
from braintumornet.core.text.names import shorten

LARGEST_JSON = 32 * 2**20

_PART = ".btn-part-"
_PARTS = re.compile(re.escape(_PART) + r"[0-9a-f]{32}")


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to, which takes its place at `path` once it is complete.

    If anything fails, nothing is left and a file that was at `path` before stays as it was. Until then the content lies
    beside `path` under a name that nobody can foresee and no two machines share. What a process that was killed left
    under such a name is removed.

    Raises:
        InputError: the disk is full or the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with whole_file(folder / "a.txt") as file:
        ...     _ = file.write(b"done")
        >>> (folder / "a.txt").read_text()
        'done'
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_behind(path.parent)
        part, file = _open_part(path.parent)
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
                part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _open_part(folder: Path) -> tuple[Path, BinaryIO]:
    """Make a file of its own, locked as long as it is open: so others know that its writer lives."""
    while True:
        part = folder / f"{_PART}{secrets.token_hex(16)}"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666)
        with suppress(OSError):  # a file system without locks: then nobody removes anything either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if part.exists():  # another process may have come between making and locking
            return part, os.fdopen(handle, "wb")
        os.close(handle)


def _remove_left_behind(folder: Path) -> None:
    """Remove the parts of files whose writers are dead."""
    with os.scandir(folder) as entries:
        parts = [entry.name for entry in entries if _PARTS.fullmatch(entry.name)]
    for name in parts:
        with suppress(OSError):  # it is being written, was completed just now, or is not ours to remove
            handle = os.open(folder / name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                (folder / name).unlink()
            finally:
                os.close(handle)


def require_writable(path: Path) -> None:
    """Refuse an output that could not be written, before the work that fills it.

    Raises:
        InputError: `path` is a folder, or its own cannot be made or takes no file.
    """
    with writing(path):
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with whole_file(path) as file:
        file.write(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_bytes(path, text.encode())


def format_json(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON, the one way in which this package writes it.

    A number that JSON does not have (NaN, infinite) becomes null; who reads it must know what null means there.

    Args:
        value: mappings, sequences and plain values; numpy's numbers and paths among them.
        indent: spaces of a level; default all on one line.

    Raises:
        TypeError: it holds something else.

    Example:
        >>> format_json({"dice": float("nan"), "file": Path("a.nii.gz"), "shape": (1, 2)})
        '{"dice": null, "file": "a.nii.gz", "shape": [1, 2]}'
    """
    return json.dumps(_as_plain(value), indent=indent, allow_nan=False)


def _as_plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_plain(each) for each in value]
    if isinstance(value, np.generic | np.ndarray):
        return _as_plain(value.tolist())
    if isinstance(value, PurePath):
        return str(value)
    return None if isinstance(value, float) and not isfinite(value) else value


def number_or(value: float | None, undefined: float) -> float:
    """Return a number that was read from JSON, where null stands for one that JSON does not have.

    Example:
        >>> number_or(0.5, undefined=float("-inf")), number_or(None, undefined=float("-inf"))
        (0.5, -inf)
    """
    return undefined if value is None else float(value)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all, as `format_json` formats it."""
    write_text(path, format_json(value, indent=2) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_JSON + 1)
        require(
            len(content) <= LARGEST_JSON,
            f"it has more than {LARGEST_JSON // 2**20} MiB, which nothing that we write has",
            ValueError,
        )
        return parse_json(content.decode("utf-8-sig"))
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}: {shorten(str(error))}"
        raise InputError(msg) from error
