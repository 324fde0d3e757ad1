"""What a command reads is never changed: no output takes the place of an input."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.text.errors import UsageError


def require_not_read(outputs: Iterable[Path], read: Iterable[Path]) -> None:
    """Refuse outputs that are files which the command reads, also under another name or through a link.

    Args:
        outputs: files to write; those that are not there yet overwrite nothing.
        read: files that are read; looked at only where an output is there.

    Raises:
        UsageError: one would be overwritten.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "cohort.csv"
        >>> require_not_read([file], [file])  # not there yet
        >>> file.touch()
        >>> require_not_read([file.parent / "." / "cohort.csv"], [file])
        Traceback (most recent call last):
        ...
        braintumornet.core.text.errors.UsageError: ...cohort.csv would be overwritten, but it is read; ...
    """
    there = {_identity(path): path for path in outputs if path.is_file()}
    if not there:
        return
    for file in read:
        if file.is_file() and (output := there.get(_identity(file))):
            msg = f"{output} would be overwritten, but it is read; write to another file"
            raise UsageError(msg)


def files_read(tables: Iterable[Path], cases: Iterable[Case]) -> Iterator[Path]:
    """Yield the files of cohorts: their tables, and what the cells of these name."""
    yield from table_files(tables)
    for case in cases:
        yield from case.files().values()


def table_files(tables: Iterable[Path]) -> Iterator[Path]:
    """Yield the file of each table; one may be given as its folder."""
    for path in tables:
        yield path / TABLE_NAME if path.is_dir() else path


def _identity(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_dev, about.st_ino
