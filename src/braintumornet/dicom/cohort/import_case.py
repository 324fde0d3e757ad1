"""One examination with what was drawn on it -> NIfTI images and masks, each on the grid of its own series."""

import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case
from braintumornet.core.text.errors import InputError, InputWarning, prefix_errors, require
from braintumornet.dicom.cohort.find_structures import FoundStructure
from braintumornet.dicom.cohort.label_masks import disagreements, label_scheme_of, paint
from braintumornet.dicom.reading.referenced_series import referenced_grid
from braintumornet.prepare.examination import Examination
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.prepare.recognition.plan import Plan
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

_INT16 = np.iinfo(np.int16)


@dataclass(frozen=True, eq=False)
class RegionOutline:
    """A structure that the user says is a region.

    Args:
        found: the structure.
        region: of the tumour.
        target: column of the masks.
    """

    found: FoundStructure
    region: str
    target: str


def import_case(examination: Examination, outlines: Sequence[RegionOutline], plan: Plan, folder: Path) -> Case:
    """Write the images and masks of a case to `<folder>/<case_id>/`.

    Args:
        examination: which image is which sequence.
        outlines: that belong to it; none leaves it without a mask.
        plan: says of every image what it is.
        folder: of the cohort.

    Returns:
        The case, as a line of a table.

    Raises:
        InputError: a structure cannot be had on its series, or regions do not fit into one mask.

    Warns:
        InputWarning: a structure is empty, or regions are drawn otherwise than they lie in each other.
    """
    case_id, place = examination.case_id, folder / examination.case_id
    drawn = [outline for outline in outlines if not _is_empty(outline)]
    images = _images_with(examination, [outline.found for outline in drawn], plan)
    masks = _masks_by_target(drawn)
    scheme = _one_label_scheme(masks)
    files = {sequence: place / f"{case_id}_{sequence}.nii.gz" for sequence in images}
    targets = {target: place / f"{case_id}_{target}.nii.gz" for target in masks}
    for file in place.glob("*.nii.gz"):  # of an earlier import, which may have had others
        file.unlink()
    for sequence, image in images.items():
        write_volume(_as_stored(image.read()), files[sequence], image.space)
    for target, (image, regions) in masks.items():
        _warn_of_disagreements(case_id, target, regions)
        labels = paint({region: mask.array for region, mask in regions.items()})
        grid = next(iter(regions.values())).space
        write_volume(Volume(labels, grid), targets[target], image.space)
    return Case(case_id, examination.patient_id, folder.resolve().name, files, targets, coding=scheme)


def _is_empty(outline: RegionOutline) -> bool:
    found = outline.found
    if found.structure.empty and not found.problem:
        text = f"case {found.case_id}: {found.where} is without a contour, and taken for not drawn"
        warnings.warn(text, InputWarning, stacklevel=3)
        return True
    return False


def _images_with(examination: Examination, drawn: Iterable[FoundStructure], plan: Plan) -> dict[str, SourceImage]:
    """Return sequence -> image, those that were drawn on instead of others of the same sequence.

    Raises:
        InputError: what was drawn on is no sequence that is known, or two images of one sequence were drawn on.
    """
    images, chosen = dict(examination.images), dict[str, SourceImage]()
    for found in drawn:
        with prefix_errors(f"case {examination.case_id}: {found.where} "):
            image = _usable_image(found)
            sequence = next((s for s, used in images.items() if used is image), None) or _spare_for(image, plan)
            require(
                chosen.setdefault(sequence, image) is image,
                f"is drawn on {image.name}, and others on {chosen[sequence].name}, which are both {sequence}; "
                "keep those on one of them",
            )
            images[sequence] = image
    return images


def _usable_image(found: FoundStructure) -> SourceImage:
    if found.problem:
        raise InputError(found.problem)
    require(found.image is not None, "is drawn on a series that is not here")
    image = found.image
    assert image is not None
    referenced_grid(found.structure, image)
    return image


def _spare_for(image: SourceImage, plan: Plan) -> str:
    """Return the sequence that an image was recognised as, though another was preferred."""
    row = next(row for row in plan.rows if row.image is image)
    if row.recognition.sequence is None:
        msg = (
            f"is drawn on {image.name}, which is not used ({row.recognition.reason}); write its sequence into "
            "plan.csv, and give the table back with --map"
        )
        raise InputError(msg)
    return row.recognition.sequence


_Regions = Mapping[str, Volume]


def _masks_by_target(drawn: Sequence[RegionOutline]) -> dict[str, tuple[SourceImage, _Regions]]:
    """Return target -> the image that it is drawn on, and region -> mask; several structures of a region are joined."""
    found: dict[str, dict[str, Volume]] = defaultdict(dict)
    under: dict[str, SourceImage] = {}
    for outline in drawn:
        image, regions = _usable_image(outline.found), found[outline.target]
        with prefix_errors(f"case {outline.found.case_id}: {outline.found.where} "):
            require(
                under.setdefault(outline.target, image) is image,
                f"is drawn on {image.name}, and others of {outline.target} on {under[outline.target].name}; give them "
                "different targets",
            )
            mask = _read(outline.found, image)
        before = regions.get(outline.region)
        regions[outline.region] = mask if before is None else Volume(before.array | mask.array, mask.space)
    return {target: (under[target], found[target]) for target in sorted(found)}


def _read(found: FoundStructure, image: SourceImage) -> Volume:
    """Return the mask of a structure; what is said of it begins with what it is."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", InputWarning)
        mask = found.structure.read(referenced_grid(found.structure, image))
    for warning in said:
        text = f"case {found.case_id}: {found.where} {warning.message}"
        warnings.warn(text, InputWarning, stacklevel=4)
    return mask


def _one_label_scheme(masks: Mapping[str, tuple[SourceImage, _Regions]]) -> str | None:
    """Return the label scheme of all masks of a case.

    Raises:
        InputError: there are several, and a line of a table has one.
    """
    schemes = {target: label_scheme_of(list(regions))[0] for target, (_, regions) in masks.items()}
    if len(set(schemes.values())) > 1:
        told = "; ".join(f"{target}: {', '.join(sorted(regions))}" for target, (_, regions) in masks.items())
        msg = f"its masks have different regions ({told}), and a case has one label scheme; write omit for what differs"
        raise InputError(msg)
    return next(iter(schemes.values()), None)


def _warn_of_disagreements(case_id: str, target: str, regions: _Regions) -> None:
    ml = next(iter(regions.values())).space.voxel_ml
    found = disagreements({region: mask.array for region, mask in regions.items()})
    if found:
        told = ", ".join(f"{what} {voxels * ml:.2g} ml" for what, voxels in found.items())
        text = f"case {case_id}: {target} is drawn so that regions do not lie in each other ({told}); the smaller wins"
        warnings.warn(text, InputWarning, stacklevel=3)


def _as_stored(image: Volume) -> Volume:
    """Return whole numbers as scanners store them, which loses nothing; any others as they are."""
    array = image.array
    whole = np.array_equal(array, np.rint(array)) and _INT16.min <= array.min() and array.max() <= _INT16.max
    return Volume(array.astype(np.int16), image.space) if whole else image
