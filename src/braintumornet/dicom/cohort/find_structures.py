"""What is under a path: examinations, and the structures that were drawn on them."""

import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.dicom.reading.drawn_structure import DrawnStructure
from braintumornet.dicom.reading.read_segmentation import read_segmentation
from braintumornet.dicom.reading.read_structure_set import read_structure_set
from braintumornet.dicom.reading.referenced_series import find_referenced_image
from braintumornet.prepare.find_examinations import PlannedExaminations, find_examinations
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.prepare.input.source_image import SourceImage

_READERS: dict[str, Callable[[SourceFile], list[DrawnStructure]]] = {
    "RTSTRUCT": read_structure_set,
    "SEG": read_segmentation,
}


@dataclass(frozen=True, eq=False)
class FoundStructure:
    """A structure and the examination that it belongs to.

    Args:
        case_id: of the examination.
        object_name: such as `rtstruct-1`: objects of each kind are counted in every case, in the order of their series.
        structure: as it is drawn.
        image: that it is drawn on; None where that is not to be had.
        problem: why no mask can be made of it, as the end of a sentence.
    """

    case_id: str
    object_name: str
    structure: DrawnStructure
    image: SourceImage | None
    problem: str | None

    @property
    def where(self) -> str:
        """What an error calls it; its name is free text."""
        return f"{self.object_name}, structure {self.structure.number}"


@dataclass(frozen=True)
class FoundStructures:
    """Everything that was found.

    Args:
        planned: the examinations and which image is which sequence.
        structures: of all of them.
    """

    planned: PlannedExaminations
    structures: tuple[FoundStructure, ...]


def find_structures(path: Path, folder: Path, corrections: Path | None = None) -> FoundStructures:
    """Find examinations and what was drawn on them; the pixels of images are not read.

    Args:
        path: folder or zip of DICOM files.
        folder: of the cohort to come; gets `plan.csv` and the key of pseudonyms, as a preparation does.
        corrections: the plan with a user's answers.

    Raises:
        InputError: there is no image, no structure, or the answers do not fit.
        UsageError: as `prepare.find_examinations`.

    Warns:
        InputWarning: an object that cannot be read is left out.
    """
    planned = find_examinations(path, folder, corrections)
    found = [row.image for row in planned.plan.rows]
    images = [image for image in found if _modality(image) not in _READERS]
    objects = [image for image in found if _modality(image) in _READERS]
    structures = tuple(_number(_read_all(objects, images)))
    if not structures:
        msg = f"{path} holds no structure: expected RT Structure Sets or DICOM Segmentations beside their series"
        raise InputError(msg)
    return FoundStructures(planned, structures)


def _modality(image: SourceImage) -> str:
    return "" if image.header is None else image.header.modality


def _read_all(objects: Iterable[SourceImage], images: Sequence[SourceImage]) -> list[list[FoundStructure]]:
    """Return the structures of each object, under the name of its kind."""
    found = []
    for one in objects:
        kind = _modality(one)
        for file in one.files:
            try:
                structures = _READERS[kind](file)
            except InputError as error:
                warnings.warn(f"case {one.case_id}: {one.name} is left out: {error}", InputWarning, stacklevel=4)
                continue
            placed = [_place(structure, images) for structure in structures]
            case_id = next((image.case_id for image, _ in placed if image is not None), one.case_id)
            pairs = zip(structures, placed, strict=True)
            found.append([FoundStructure(case_id, kind.lower(), s, image, problem) for s, (image, problem) in pairs])
    return found


def _place(structure: DrawnStructure, images: Sequence[SourceImage]) -> tuple[SourceImage | None, str | None]:
    try:
        image = find_referenced_image(structure, images)
    except InputError as error:
        return None, structure.problem or str(error)
    return image, structure.problem


def _number(objects: Iterable[list[FoundStructure]]) -> Iterable[FoundStructure]:
    """Give each object the number that it has among those of its kind in its case."""
    cases: dict[str, Counter[str]] = defaultdict(Counter)
    for structures in objects:
        if structures:
            first = structures[0]
            cases[first.case_id][first.object_name] += 1
            name = f"{first.object_name}-{cases[first.case_id][first.object_name]}"
            yield from (FoundStructure(s.case_id, name, s.structure, s.image, s.problem) for s in structures)
