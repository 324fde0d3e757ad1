"""The folders of the BraTS challenges: one per case, with files such as `<case>_t1ce.nii.gz`.

Known are the names from 2017 (`_t1`, `_t1ce`, `_t2`, `_flair`) over 2023 (`-t1n`, `-t1c`, `-t2w`, `-t2f`) to
the radiotherapy set of 2024 (`_gtv`), cases in subfolders (`HGG`, `LGG`), and the cases of 2013 to 2016 once
they are NIfTI files under such names.
"""

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.visits import split_visit
from braintumornet.core.sequences import find_sequence
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.core.text.names import SEQUENCES
from braintumornet.layouts.label_schemes.label_scheme_choice import choose_coding
from braintumornet.layouts.label_schemes.label_scheme_hints import suggest_coding
from braintumornet.layouts.layout import Layout, refuse_no_folder

_NIFTI_ENDING = re.compile(r"\.nii(\.gz)?$", re.IGNORECASE)
_LIKE_A_MASK = re.compile("seg|label|mask|roi|gtv|tumou?r|lesion", re.IGNORECASE)
_EXPECTED = "one folder per case with files such as <case>_t1c.nii.gz or <case>-t1c.nii.gz"
_LEVELS = 3  # a case may lie in MICCAI_BraTS_2018_Data_Training/HGG/Brats18_CBICA_AAB_1

_MASKS = {
    "seg": "seg",
    "gtv": "seg",
    "segauto": "segauto",
    "brainmask": "brainmask",
    "brain_mask": "brainmask",
    "brain-mask": "brainmask",
}
# the mask of BraTS20_Training_355 was published under this name
_MISNAMED = {"w39_1998.09.19_segm": "seg"}


@dataclass(frozen=True)
class _Found:
    """One case folder: what every file is, the masks to read among them; coding not yet known."""

    folder: Path
    files: Mapping[str, Path]
    masks: Mapping[str, Path]

    def as_case(self, cohort: str, coding: str | None) -> Case:
        grade = self.folder.parent.name.lower()
        patient, session = split_visit(self.folder.name)
        return Case(
            id=self.folder.name,
            patient_id=patient,
            cohort=cohort,
            images={sequence: self.files[sequence] for sequence in SEQUENCES if sequence in self.files},
            targets=self.masks,
            brainmask=self.files.get("brainmask"),
            coding=coding if self.masks else None,
            pathology=grade if grade in ("hgg", "lgg") else None,
            attributes={} if session is None else {"session": session},
        )


class BratsLayout(Layout):
    """Case folders as the BraTS challenges give them out; the cohort is named like the folder around them.

    Expert masks become the target `seg`, automatic ones (`segauto`) a target of their own.
    """

    kind: Literal["brats"] = "brats"

    def refusal(self, path: Path) -> str | None:
        """Ask for one folder, at least, with images under names of BraTS."""
        if refusal := refuse_no_folder(path):
            return refusal
        first = None
        for case_folder in _find_case_folders(path.resolve(), _LEVELS):
            try:
                _read_folder(case_folder, with_masks=False)
            except InputError as error:
                first = first or str(error)
            else:
                return None
        return first or _find_metaimage(path, ()) or f"it holds no cases; expected {_EXPECTED}"

    def read(self, folder: Path, coding: str | None = None, needs_masks: bool = True) -> Cohort:
        """Read a cohort from its case folders.

        Args:
            folder: holds the case folders, directly or in subfolders.
            coding: None where the labels present in the masks are those of one coding only.
            needs_masks: False to leave out masks, and not to open them, where no coding is given.

        Raises:
            InputError: no case folder, one without an image, a MetaImage, or masks whose coding is not known.

        Warns:
            InputWarning: files or folders are left out.
        """
        if refusal := self.refusal(folder):
            msg = f"{folder}: {refusal}"
            raise InputError(msg)
        folder = folder.resolve()
        case_folders = list(_find_case_folders(folder, _LEVELS))
        if metaimage := _find_metaimage(folder, case_folders):  # rather than leave out its case unsaid
            raise InputError(metaimage)
        with_masks = needs_masks or coding is not None
        found = [_read_folder(case_folder, with_masks) for case_folder in case_folders]
        for text in _left_out(folder, found):
            warnings.warn(f"cohort {folder.name}: {text}", InputWarning, stacklevel=2)
        # the labels 1 to 3 of the paediatric sets have another order, which the numbers cannot tell
        paediatric = any("ped" in case.folder.name.lower() for case in found)
        masks = [mask for case in found for mask in case.masks.values()]
        try:
            coding = choose_coding(masks, coding, paediatric, lambda labels: _suggest(labels, folder, found))
        except InputError as error:
            msg = f"cohort {folder.name}: {error}"
            raise InputError(msg) from error
        return Cohort(folder.name, tuple(case.as_case(folder.name, coding) for case in found))


def _left_out(folder: Path, found: Sequence[_Found]) -> list[str]:
    """Return what lies in the folder and is in no case, as sentences."""
    taken = {file for case in found for file in case.files.values()}
    every = [path for path in sorted(folder.rglob("*")) if not _is_hidden(path.relative_to(folder))]
    files = [path for path in every if _NIFTI_ENDING.search(path.name) and path.is_file() and path not in taken]
    used = {parent for file in (*taken, *files) for parent in file.parents}
    folders = [path for path in every if path.is_dir() and path not in used and path.parent in {folder, *used}]
    texts = []
    if files:
        masks = [file for file in files if _LIKE_A_MASK.search(file.name)]
        one = (masks or files)[0]
        hint = f"; if that is a mask, call it {one.parent.name}_seg.nii.gz" if masks else ""
        number = "1 file whose name is" if len(files) == 1 else f"{len(files)} files whose names are"
        texts.append(f"left out {number} not understood, such as {one.relative_to(folder)}{hint}")
    if folders:
        number = "1 folder" if len(folders) == 1 else f"{len(folders)} folders"
        texts.append(f"left out {number} without a NIfTI file, such as {folders[0].relative_to(folder)}")
    return texts


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def _suggest(labels: set[int], folder: Path, found: Sequence[_Found]) -> str:
    seen = [(mask, case.files["t1c"]) for case in found for mask in case.masks.values() if "t1c" in case.files]
    places = [folder.name, folder.parent.name, *(case.folder.name for case in found)]
    return suggest_coding(labels, places, folder, seen)


def find_part(case_id: str, file_name: str) -> str | None:
    """Return what a file of a case is: a sequence, `seg`, `segauto` or `brainmask`; None if nothing known.

    Example:
        >>> find_part("BraTS20_Training_001", "BraTS20_Training_001_flair.nii")
        't2f'
        >>> find_part("BraTS-GLI-00001-001", "BraTS-GLI-00001-001-seg.nii.gz")
        'seg'
    """
    name, endings = _NIFTI_ENDING.subn("", file_name.lower())
    if not endings or name in _MISNAMED:
        return _MISNAMED.get(name)
    case_id = case_id.lower()
    if not name.startswith((f"{case_id}_", f"{case_id}-")):
        return None
    suffix = name[len(case_id) + 1 :]
    return find_sequence(suffix) or _MASKS.get(suffix)


def _images_in(folder: Path) -> list[Path]:
    files = (file for file in sorted(folder.iterdir()) if not file.name.startswith("."))
    return [file for file in files if _NIFTI_ENDING.search(file.name) and file.is_file()]


def _find_case_folders(folder: Path, levels: int) -> Iterator[Path]:
    """Yield the folders with images: those with names that are understood, else the innermost."""
    images, within = _images_in(folder), False
    if levels and not any(find_part(folder.name, file.name) for file in images):
        for child in sorted(folder.iterdir()):
            if child.is_dir() and not child.name.startswith("."):
                for case_folder in _find_case_folders(child, levels - 1):
                    within = True
                    yield case_folder
    if images and not within:
        yield folder


def _read_folder(folder: Path, with_masks: bool) -> _Found:
    files: dict[str, Path] = {}
    for file in _images_in(folder):
        part = find_part(folder.name, file.name)
        if part and part in files:
            msg = f"case {folder}: both {files[part].name} and {file.name} are its {part}; keep one"
            raise InputError(msg)
        if part:
            files[part] = file
    if not any(sequence in files for sequence in SEQUENCES):
        names = ", ".join(file.name for file in _images_in(folder))
        msg = (
            f"case {folder} has no image that is understood (found {names}); expected names such as "
            f"{folder.name}_t1c.nii.gz, with one of {', '.join(SEQUENCES)} or t1, t1ce, t2, flair"
        )
        raise InputError(msg)
    masks = {part: file for part, file in files.items() if with_masks and part.startswith("seg")}
    return _Found(folder, files, masks)


def _find_metaimage(folder: Path, case_folders: Sequence[Path]) -> str | None:
    """Return what is to be done with a MetaImage of BraTS 2013 to 2016 that lies in no case's folder."""
    for file in folder.rglob("*.mha"):
        if not set(case_folders) & set(file.parents):
            return (
                f"{file} is a MetaImage, as BraTS gave out until 2016; convert it to NIfTI "
                "(<case>/<case>_t1c.nii.gz), for example with SimpleITK"
            )
    return None
