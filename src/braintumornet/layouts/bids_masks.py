"""Masks of a BIDS data set: which file outlines the tumour or the brain, and what a `_dseg.tsv` says of its labels."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from braintumornet.layouts.bids_files import BidsFile, choose_plainest, find_beside, read_tsv
from braintumornet.layouts.label_schemes.label_names import label_scheme_of

LeaveOut = Callable[[str, Path], None]
"""Called with a reason and a file."""

_TUMOUR = re.compile("tumou?r|lesion|glioma|^WT$", re.IGNORECASE)
_PART_OF_TUMOUR = re.compile("tumou?r|o?edema|necro|enhanc|lesion|cavity|cyst", re.IGNORECASE)
_LABEL = re.compile(r"\d{1,5}", re.ASCII)
MASKS = ("mask", "roi")
"""How names of files of one mask end."""


@dataclass(frozen=True)
class TumourMask:
    """A mask of a tumour.

    Args:
        path: of the file.
        coding: its label scheme, where names say it.
        names: of its labels, where a table says them.
    """

    path: Path
    coding: str | None
    names: tuple[str, ...] = ()


def find_brain_mask(files: Sequence[BidsFile], leave_out: LeaveOut) -> Path | None:
    """Return the mask of the brain among the files of a case; None where there is none, or several are as plain."""
    chosen = _choose([file for file in files if _is_brain(file)], leave_out)
    return None if chosen is None else chosen.path


def find_tumour_mask(files: Sequence[BidsFile], leave_out: LeaveOut) -> TumourMask | None:
    """Return the mask of the tumour: a segmentation of its tissues before a mask of the whole.

    Args:
        files: of a case, in the space of its images.
        leave_out: is told of others.
    """
    segmentations, whole = [], []
    for file in files:
        if file.suffix == "dseg" and _is_of_tumour(file):
            segmentations.append(file)
        elif file.suffix in MASKS and not _is_brain(file) and _says_tumour(file):
            whole.append(file)
        elif file.suffix in ("dseg", *MASKS) and not _is_brain(file):
            leave_out("no mask of a whole tumour nor a segmentation of one", file.path)
    chosen = _choose(segmentations or whole, leave_out)
    if chosen is None:
        return None
    return _read_labels(chosen) if segmentations else TumourMask(chosen.path, "binary")


def _choose(files: Sequence[BidsFile], leave_out: LeaveOut) -> BidsFile | None:
    chosen = choose_plainest(files)
    for file in files:
        if file is not chosen:
            leave_out("one of several masks; name the right one in the table", file.path)
    return chosen


def _is_brain(file: BidsFile) -> bool:
    return file.suffix in MASKS and "brain" in (file.entities.get("desc"), file.entities.get("label"))


def _says_tumour(file: BidsFile) -> bool:
    return any(_TUMOUR.search(file.entities.get(entity, "")) for entity in ("desc", "label"))


def _is_of_tumour(file: BidsFile) -> bool:
    """Say whether a segmentation may be one of a tumour: something says so, or nothing says what it is."""
    names = _read_labels(file).names
    silent = not names and not {"desc", "label", "atlas", "seg"} & file.entities.keys()
    return silent or _says_tumour(file) or any(_PART_OF_TUMOUR.search(name) for name in names)


def _read_labels(file: BidsFile) -> TumourMask:
    table = find_beside(file, ".tsv")
    if table is None:
        return TumourMask(file.path, None)
    rows = [row for row in read_tsv(table, "index") if _LABEL.fullmatch(row.get("index", "")) and int(row["index"])]
    labels = [frozenset({int(row["index"])}) for row in rows]
    codings = [
        label_scheme_of([(row.get(column, ""), own) for row, own in zip(rows, labels, strict=True)])
        for column in ("name", "abbreviation")
    ]
    names = tuple(row.get("name") or row.get("abbreviation", row["index"]) for row in rows)
    return TumourMask(file.path, codings[0] or codings[1], names)
