"""What is wrong with a disk, and what a person can do about it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from braintumornet.core.text.errors import InputError

_FULL = "free some space or choose another folder"
_ADVICE = {
    errno.EROFS: "the disk takes no file; choose another folder",
    errno.EACCES: "get the right to write there, or choose another folder",
    errno.EPERM: "get the right to write there, or choose another folder",
    errno.EISDIR: "choose another name",
    errno.ENOTDIR: "a part of the path is a file; choose another folder",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EIO: "the disk does not work as it should; choose another one",
    errno.ESTALE: "the shared folder was lost; mount it again",
}


@contextmanager
def writing(path: Path, advice: str = "") -> Iterator[None]:
    """Say in our words what is wrong with the disk where a file is written in the block.

    Args:
        path: of the file.
        advice: as for `cannot_write`.

    Raises:
        InputError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error, advice) from error


def cannot_write(path: Path, error: OSError, advice: str = "") -> InputError:
    """Return the error of a file that cannot be written.

    Args:
        path: of the file.
        error: of the system.
        advice: what to do; default what helps against the error.

    Example:
        >>> print(cannot_write(Path("a"), OSError(errno.EROFS, "Read-only file system")))
        cannot write a: Read-only file system; the disk takes no file; choose another folder
    """
    advice = advice or _ADVICE.get(error.errno or 0, _FULL)
    return InputError(f"cannot write {path}: {error.strerror or error}; {advice}")
