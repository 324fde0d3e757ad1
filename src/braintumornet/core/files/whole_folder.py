"""A folder of many files appears whole or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from braintumornet.core.files.disk_errors import writing
from braintumornet.core.text.errors import UsageError

_PART = ".btn-part-"


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give a folder to fill, which takes its place at `path` once it is complete.

    If anything fails, nothing is left. Until then the content lies beside `path` under a name of its own; a process
    that is killed leaves it there.

    Raises:
        UsageError: something is there already; nobody's files are mixed with others.
        InputError: the disk is full or the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp()) / "new"
        >>> with whole_folder(folder) as part:
        ...     _ = (part / "a.txt").write_text("done")
        >>> (folder / "a.txt").read_text()
        'done'
    """
    if path.is_symlink() or (path.exists() and not _is_empty(path)):
        msg = f"{path} is there already; choose a new folder, or remove that one"
        raise UsageError(msg)
    part = path.parent / f"{_PART}{secrets.token_hex(16)}"
    try:
        with writing(path):
            part.mkdir(parents=True)
            yield part
            with suppress(FileNotFoundError):
                path.rmdir()
            part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
