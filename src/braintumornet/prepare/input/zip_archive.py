"""Zip archives: read where they lie, never unpacked as a whole, and refused where they are built to do harm."""

import os
import stat
import zipfile
from functools import lru_cache
from pathlib import Path, PurePosixPath

from braintumornet.core.text.errors import InputError

MOST_MEMBERS = 500_000
MOST_BYTES = 256 * 2**30
MOST_MEMBER_BYTES = 16 * 2**30
_RATIO = 1100  # what deflate can do at most, and some more
_ENCRYPTED = 1
_UNIX = 3


def list_members(path: Path) -> list[str]:
    """Return the files in an archive, sorted.

    Raises:
        InputError: it cannot be read, is encrypted, holds links or paths that lead out of it, or speaks of more than
            an archive of its size can hold.
    """
    try:
        entries = [entry for entry in open_archive(path).infolist() if not entry.is_dir()]
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged, or no zip: copy it again"
        msg = f"{path} cannot be read: {reason}"
        raise InputError(msg) from error
    if fault := _find_fault(entries, path.stat().st_size):
        msg = f"{path} {fault}"
        raise InputError(msg)
    return sorted({entry.filename for entry in entries})


def open_archive(path: Path) -> zipfile.ZipFile:
    """Return an archive, opened once in each process however many of its files are read."""
    return _opened(path, path.stat().st_mtime_ns, os.getpid())


@lru_cache(maxsize=4)
def _opened(path: Path, _changed_ns: int, _process: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _find_fault(entries: list[zipfile.ZipInfo], archive_bytes: int) -> str:
    """Return what is wrong with an archive, without the names in it, which may be those of patients."""
    if len(entries) > MOST_MEMBERS:
        return f"holds {len(entries)} files, and at most {MOST_MEMBERS} are read; unpack it first"
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        return "is encrypted; unpack it first"
    if any(_leads_out(entry.filename) for entry in entries):
        return "holds a path that leads out of it; an archive that was made in good faith has none"
    if any(entry.create_system == _UNIX and stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
        return "holds a link, which may lead anywhere; pack the files themselves"
    return _find_size_fault([entry.file_size for entry in entries], archive_bytes)


def _find_size_fault(sizes: list[int], archive_bytes: int) -> str:
    total = sum(sizes)
    if total > MOST_BYTES or max(sizes, default=0) > MOST_MEMBER_BYTES:
        return f"unpacks to {total / 2**30:.3g} GiB, and at most {MOST_BYTES / 2**30:.0f} are read; unpack it first"
    if total > _RATIO * archive_bytes:
        return f"speaks of {total} bytes, more than an archive of {archive_bytes} can hold"
    return ""


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    drive = bool(path.parts) and path.parts[0].endswith(":")
    return path.is_absolute() or ".." in path.parts or drive
