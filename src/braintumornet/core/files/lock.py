"""One writer at a time, on this machine and on others that share a folder."""

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from braintumornet.core.files.disk_errors import cannot_write
from braintumornet.core.text.errors import UsageError

_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)

_held: set[int] = set()


def _let_go() -> None:
    """Close a forked process's copies of the locks: else it would hold them when its parent is dead."""
    for handle in _held:
        os.close(handle)
    _held.clear()


os.register_at_fork(after_in_child=_let_go)


@contextmanager
def locked(path: Path, refusal: str = "") -> Iterator[None]:
    """Hold a lock; it ends with the process, however that ends.

    The file is removed afterwards, and so are the folders that had to be made for it and stayed empty.

    Args:
        path: of the lock's file.
        refusal: what to say where somebody else holds the lock; nothing: wait until they are done.

    Raises:
        UsageError: somebody else holds it.
        InputError: the file cannot be made.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> with locked(folder / ".lock"):
        ...     [file.name for file in folder.iterdir()]
        ['.lock']
        >>> list(folder.iterdir())
        []
    """
    missing = [folder for folder in path.parents if not folder.exists()]
    handle = _take(path, refusal)
    _held.add(handle)
    try:
        yield
    finally:
        if handle in _held:  # else this is a forked copy of the process that holds it
            _held.remove(handle)
            with suppress(OSError):
                path.unlink()
                for folder in missing:
                    folder.rmdir()
            os.close(handle)


def _take(path: Path, refusal: str) -> int:
    while True:
        handle = _open(path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if refusal else 0))
            if _is_at(handle, path):  # else its holder removed it just now
                return handle
        except BlockingIOError as error:
            os.close(handle)
            raise UsageError(refusal) from error
        except OSError as error:
            if error.errno in _WITHOUT_LOCKS:
                text = f"warning: the file system of {path.parent} knows no locks; let nobody else write there"
                logging.getLogger("braintumornet").warning(text)
                return handle
            os.close(handle)
            raise cannot_write(path, error) from error
        os.close(handle)


def _open(path: Path) -> int:
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:  # another process removed the empty folder just now
            continue
        except OSError as error:
            raise cannot_write(path, error) from error


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False
