"""Which files lie under a path, and which of them hold images; told by content, for DICOM files have any name."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.prepare.input.zip_archive import list_members

NIFTI, NRRD, DICOM = "NIfTI", "NRRD", "DICOM"
_SUFFIXES = {".nii": NIFTI, ".nii.gz": NIFTI, ".nrrd": NRRD, ".nhdr": NRRD}
_PREAMBLE = 128
_HEAD = 1024
_BEGINS_WITH = (b"\x08\x00", b"\x02\x00")  # groups 0008 and 0002: DICOM without a preamble, as old exports have it
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_NO_IMAGES = ("DICOMDIR", "LOCKFILE", "VERSION")  # what viewers and exports lay beside the images


def list_files(root: Path) -> list[SourceFile]:
    """Return all files at, under or in a path (a file, a folder of any depth, a zip, a folder of zips), sorted.

    Hidden files and those that operating systems add are left out; folders that links lead to are read once.

    Raises:
        InputError: the path does not exist or cannot be read, or an archive is refused.
    """
    if not root.exists():
        msg = f"{root} does not exist; expected a folder or zip of DICOM, NIfTI or NRRD files, or a cohort.csv"
        raise InputError(msg)
    try:
        files = [Path(root)] if root.is_file() else sorted(_walk(root))
    except OSError as error:
        msg = f"{root} cannot be read: {error.strerror or error}"
        raise InputError(msg) from error
    found: list[SourceFile] = []
    for file in files:
        if file.suffix.lower() == ".zip":
            found += [SourceFile(file, member) for member in list_members(file) if not _is_hidden(Path(member).parts)]
        else:
            found.append(SourceFile(file))
    return found


def _walk(root: Path) -> Iterator[Path]:
    seen = set()
    for folder, folders, names in os.walk(root, followlinks=True, onerror=_raise):
        place = Path(folder).stat()
        if (place.st_dev, place.st_ino) in seen:  # a link back to where we have been
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        folders[:] = sorted(name for name in folders if not _is_hidden((name,)))
        paths = (Path(folder) / name for name in names if not _is_hidden((name,)))
        yield from (path for path in paths if path.is_file())


def _raise(error: OSError) -> None:
    raise error


def _is_hidden(parts: tuple[str, ...]) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def kind_of(file: SourceFile) -> str | None:
    """Return what images a file holds: `DICOM`, `NIfTI`, `NRRD`, or None.

    Raises:
        InputError: it cannot be read, or is DICOM deflated as a whole, whose size nobody can foresee.
    """
    name = file.inner_path.name
    for suffix, kind in _SUFFIXES.items():
        if name.lower().endswith(suffix):
            return kind
    if name.upper() in _NO_IMAGES:
        return None
    with file.open() as stream:
        head = stream.read(_HEAD)
    if not (head[_PREAMBLE : _PREAMBLE + 4] == b"DICM" or (head[:2] in _BEGINS_WITH and head[3:4] == b"\0")):
        return None
    if _DEFLATED in head:
        msg = "one of its DICOM files is deflated as a whole; export it uncompressed"
        raise InputError(msg)
    return DICOM


def count_kinds(files: list[SourceFile]) -> str:
    """Return what else was found, by the ends of the files' names, for an error line.

    Example:
        >>> count_kinds([SourceFile(Path("a.tar")), SourceFile(Path("b.tar")), SourceFile(Path("c"))])
        '2 .tar, 1 without an ending'
    """
    counts = Counter(file.inner_path.suffix.lower()[:8] or "without an ending" for file in files)
    return ", ".join(f"{count} {suffix}" for suffix, count in counts.most_common(5)) or "no file"
