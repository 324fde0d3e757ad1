"""A file of an examination, on the disk or within a zip, and the stream and path under which it is read."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.zip_archive import open_archive

_COPIED_AT_ONCE = 2**20


class BoundedStream:
    """A stream that is never asked for more than the file has left, whatever length a header speaks of.

    Python makes room for as many bytes as are asked for before it reads the first.

    Args:
        stream: open for reading, at its beginning.
        size: of the whole file, in bytes.
    """

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self.size = size

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes, as many as there are."""
        left = max(0, self.size - self._stream.tell())
        return self._stream.read(left if count < 0 else min(count, left))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file, at most to its end."""
        start = {0: 0, 1: self._stream.tell(), 2: self.size}[whence]
        return self._stream.seek(max(0, min(start + offset, self.size)))

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._stream.tell()


@dataclass(frozen=True, order=True)
class SourceFile:
    """A file that can be read wherever it lies.

    Args:
        path: on the disk; of the archive, where the file lies in one.
        member: its path within the archive; blank on the disk.
    """

    path: Path
    member: str = ""

    @property
    def inner_path(self) -> Path:
        """Its path, for its name and folders; within the archive where it lies in one."""
        return self.path.with_suffix("") / self.member if self.member else self.path

    @property
    def size(self) -> int:
        """Its bytes, unpacked."""
        if not self.member:
            return self.path.stat().st_size
        return open_archive(self.path).getinfo(self.member).file_size

    @contextmanager
    def open(self) -> Iterator[BoundedStream]:
        """Open it for reading.

        Raises:
            InputError: it cannot be read; never names the file, whose name may be that of a patient.
        """
        try:
            size = self.size
            with open_archive(self.path).open(self.member) if self.member else self.path.open("rb") as stream:
                yield BoundedStream(stream, size)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, KeyError) as error:
            reason = getattr(error, "strerror", None) or "it is damaged, or packed in a way that is not known"
            msg = f"one of its files cannot be read: {reason}"
            raise InputError(msg) from error

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """Give a path for programs that need one; what lies in an archive is unpacked meanwhile."""
        if not self.member:
            yield self.path
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / self.inner_path.name
            with self.open() as packed, copy.open("wb") as unpacked:
                while part := packed.read(_COPIED_AT_ONCE):
                    unpacked.write(part)
            yield copy
