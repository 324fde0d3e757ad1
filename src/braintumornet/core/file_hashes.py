"""What files hold, known without reading them again as long as nothing suggests that they changed."""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from braintumornet.core.cohort.case import Case
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.core.text.errors import InputError

CACHE_NAME = ".digests"

_COARSEST_CLOCK_NS = 2_000_000_000
"""Times of files may be so coarse: one that was changed so shortly before it was read may change again unseen."""

Stamp = tuple[int, int, int, int]
"""Size, times of the last change of content and of the file, inode."""


class Digests:
    """SHA-256 of files, each of which is read again only where its size, a time or its inode is another.

    Args:
        cache: file that remembers them; it may be missing or damaged, and names no file. None: nothing is remembered
            when the process ends.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "a"
        >>> _ = file.write_text("abc")
        >>> Digests().of(file)[:12]
        'ba7816bf8f01'
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache
        self._known = _read_cache(cache)
        self._added: dict[str, list[Any]] = {}

    def of(self, file: Path) -> str:
        """Return the digest of a file.

        Raises:
            OSError: it cannot be read.
        """
        key, stamp = _key(os.path.abspath(file)), _stamp(file.stat())  # noqa: PTH100  (a link stays one)
        known = self._known.get(key)
        if known is not None and tuple(known[:-1]) == stamp:
            return str(known[-1])
        began_ns = time.time_ns()
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
            unchanged = _stamp(os.fstat(content.fileno())) == stamp
        if unchanged and began_ns - max(stamp[1:3]) > _COARSEST_CLOCK_NS:
            self._known[key] = self._added[key] = [*stamp, digest]
        return digest

    def save(self) -> None:
        """Remember what was read, beside what others read meanwhile; where that cannot be written, it is read again."""
        if self._cache is None or not self._added:
            return
        files = {**_read_cache(self._cache), **self._added}
        with suppress(InputError):
            write_json(self._cache, {"files": files, "sha256": _sum(files)})
        self._added = {}


def digests_of_case(case: Case, files: Mapping[str, Path], digests: Digests) -> dict[str, str]:
    """Return column -> digest of some files of a case.

    Raises:
        InputError: a file is missing or cannot be read.
    """
    found = {}
    for column, file in files.items():
        try:
            found[column] = digests.of(file)
        except OSError as error:
            missing = isinstance(error, FileNotFoundError)
            what = f"{file} does not exist" if missing else f"cannot read {file}: {error.strerror}"
            msg = f"case {case.id}: {what}; check the path in the cohort table"
            raise InputError(msg) from error
    return found


@lru_cache(maxsize=100_000)
def _key(path: str) -> str:
    return hashlib.sha256(path.encode(errors="surrogateescape")).hexdigest()[:32]


def _stamp(about: os.stat_result) -> Stamp:
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


def _read_cache(cache: Path | None) -> dict[str, list[Any]]:
    try:
        content = read_json(cache) if cache is not None else {}
        files: dict[str, list[Any]] = content["files"]
        return files if content["sha256"] == _sum(files) else {}
    except (InputError, KeyError, TypeError, RecursionError):
        return {}


def _sum(files: Mapping[str, list[Any]]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
