"""Output appears whole or not at all."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EISDIR
from pathlib import Path
from typing import Any

from braintumornet.core.errors import InputError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to, and move it there once it is complete.

    If anything fails, the temporary file is removed and a file that was at `path` before stays as it was.

    Raises:
        InputError: the disk is full or the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with whole_file(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("done")
        >>> (folder / "a.txt").read_text()
        'done'
    """
    # the suffix is kept, because libraries choose a format by it
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror or error}; free some space or choose another folder"
        raise InputError(msg) from error
    finally:
        with suppress(OSError):  # where the folder could not be made, there is nothing to remove
            temporary.unlink(missing_ok=True)


def require_writable(path: Path) -> None:
    """Refuse an output that could not be written, before the work that fills it.

    Raises:
        InputError: `path` is a folder, or its own cannot be made or takes no file.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(EISDIR, "it is a folder")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror or error}; free some space or choose another folder"
        raise InputError(msg) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file whole or not at all."""
    write_text(path, json.dumps(value, indent=2, default=str) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: it is missing or damaged.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        msg = f"cannot read {path}: {error}"
        raise InputError(msg) from error
