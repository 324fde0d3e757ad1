"""The words for what a prediction can be written as, and the names of the files."""

from collections.abc import Collection
from pathlib import Path

from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.text.names import require_among

NIFTI, PAGE = "nifti", "html"
SEG, LESIONS, LABELMAP = "seg", "seg-lesions", "seg-labelmap"
STRUCTURE_SET, KEYHOLES = "rtstruct", "rtstruct-keyhole"
REPORT = "sr"

OBJECT_FORMATS = (SEG, LESIONS, LABELMAP, STRUCTURE_SET, KEYHOLES, REPORT)
"""DICOM objects."""

FILE_FORMATS = (NIFTI, PAGE, *OBJECT_FORMATS)


def parse_formats(text: str, known: Collection[str] = FILE_FORMATS) -> tuple[str, ...]:
    """Return the formats that a user names, each once.

    Args:
        text: words with commas between them.
        known: those that there are.

    Raises:
        UsageError: one is not known, or there is none.

    Example:
        >>> parse_formats("nifti,seg, rtstruct")
        ('nifti', 'seg', 'rtstruct')
    """
    found = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    require(found, f"no format is named; expected some of {', '.join(known)}, with commas between them", UsageError)
    for word in found:
        require_among(word, known, f"format {word!r} is not known", UsageError)
    return found


def objects_of(formats: Collection[str]) -> tuple[str, ...]:
    """Return which DICOM objects are written: a report comes with the segmentations that it refers to.

    Example:
        >>> objects_of(["html", "sr"])
        ('seg', 'seg-lesions', 'sr')
    """
    wanted = {*formats, *((SEG, LESIONS) if REPORT in formats else ())}
    return tuple(name for name in OBJECT_FORMATS if name in wanted)


def object_file(folder: Path, case_id: str, task: str, name: str) -> Path:
    """Return where an object lies; a report is about all tasks.

    Example:
        >>> object_file(Path("dicom"), "case1", "glioma", "seg").name
        'case1_glioma_seg.dcm'
    """
    return folder / (f"{case_id}_{name}.dcm" if name == REPORT else f"{case_id}_{task}_{name}.dcm")


def picture_file(folder: Path, case_id: str, task: str) -> Path:
    """Return where the picture of a task's objects lies."""
    return folder / f"{case_id}_{task}_plan.png"
