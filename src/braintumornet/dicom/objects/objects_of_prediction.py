"""What a prediction says of a case as DICOM objects that refer to a series: segmentation, structure set, report."""

import io
import warnings
from collections.abc import Collection, Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from braintumornet.core.files.atomic_write import write_bytes
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.text.errors import InputError, InputWarning, UsageError
from braintumornet.dicom.objects.object_formats import (
    KEYHOLES,
    LABELMAP,
    LESIONS,
    REPORT,
    SEG,
    STRUCTURE_SET,
    object_file,
    objects_of,
    picture_file,
)
from braintumornet.dicom.objects.outlined_structure import Algorithm, OutlinedStructure
from braintumornet.dicom.objects.plan_picture import draw_plan
from braintumornet.dicom.objects.structures_of_prediction import TaskStructures, read_structures
from braintumornet.dicom.objects.write_report import SegmentedStructures, make_report
from braintumornet.dicom.objects.write_segmentation import make_segmentation
from braintumornet.dicom.objects.write_structure_set import make_structure_set
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.read_files import quiet

if TYPE_CHECKING:
    from pydicom import Dataset


def write_objects(
    record: PredictionRecord, masks: Path, series: SeriesGrid, folder: Path, formats: Collection[str]
) -> list[Path]:
    """Write what a prediction says as DICOM objects that refer to a series, and a picture of each task's objects.

    Args:
        record: what the prediction says of itself.
        masks: folder with its masks, on the grid of the series.
        series: of the patient's own.
        folder: for the files; objects of these formats of an earlier call are replaced.
        formats: some of `OBJECT_FORMATS`; a report comes with the segmentations that it refers to.

    Returns:
        The files; none is written unless all could be made.

    Raises:
        InputError: a mask cannot be read or lies on another grid, or the series lacks what an object must repeat.
        UsageError: a file of the series would be overwritten.

    Warns:
        InputWarning: nothing is outlined, so that there is no segmentation and no structure set; or there are more
            lesions than are told one by one.
    """
    wanted = objects_of(formats)
    objects = _make_all(record, masks, series, folder, wanted)
    _require_not_read(objects, series)
    encoded = {path: _encode(made, series) for path, made in objects.items()}
    _remove_earlier(record, folder, wanted)
    for path, content in encoded.items():
        write_bytes(path, content)
    return [*objects, *_draw(record, series, folder, list(objects))]


def _make_all(
    record: PredictionRecord, masks: Path, series: SeriesGrid, folder: Path, wanted: Collection[str]
) -> "dict[Path, Dataset]":
    """Return the file of each object -> the object."""
    algorithm, numbers = Algorithm.of(record), _new_series_numbers(series)
    objects: dict[Path, Dataset] = {}
    shown: list[SegmentedStructures] = []
    remarks: dict[str, str] = {}
    for task, outline in record.segmentation.items():
        found = read_structures(task, outline, masks, series, algorithm)
        remarks |= {f"{task} {region}": why for region, why in found.remarks.items()}
        _warn_of_left_out(record.case_id, task, found)
        for name in wanted:
            structures = _structures_for(name, found)
            if structures:
                made = _make(name, structures, series, algorithm, next(numbers))
                objects[object_file(folder, record.case_id, task, name)] = made
                if name in (SEG, LESIONS):
                    shown.append(SegmentedStructures(structures, made))
    if REPORT in wanted:
        report = make_report(series, shown, record.classification, remarks, algorithm, next(numbers))
        objects[object_file(folder, record.case_id, "", REPORT)] = report
    return objects


def _new_series_numbers(series: SeriesGrid) -> Iterator[int]:
    """Return numbers for new series, behind those that scanners give."""
    return count(1000 * (1 + max(0, series.slices[0].header.series_number or 0) % 1000) + 1)


def _structures_for(name: str, found: TaskStructures) -> list[OutlinedStructure]:
    if name in (STRUCTURE_SET, KEYHOLES):
        return [*found.regions, *found.lesions]
    return list({SEG: found.regions, LESIONS: found.lesions, LABELMAP: found.tissues}.get(name, ()))


def _make(
    name: str, structures: list[OutlinedStructure], series: SeriesGrid, algorithm: Algorithm, number: int
) -> "Dataset":
    if name in (STRUCTURE_SET, KEYHOLES):
        return make_structure_set(series, structures, algorithm, number, keyholes=name == KEYHOLES)
    return make_segmentation(series, structures, algorithm, number, labelmap=name == LABELMAP)


def _encode(made: "Dataset", series: SeriesGrid) -> bytes:
    """Return an object as a file."""
    from pydicom import dcmwrite
    from pydicom.uid import ExplicitVRLittleEndian

    stream = io.BytesIO()
    with quiet():
        try:
            if getattr(made, "file_meta", None) is None:
                made.ensure_file_meta()
                made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
            dcmwrite(stream, made, enforce_file_format=True)
        except (ValueError, TypeError, AttributeError):
            msg = f"{series.name}: its headers hold a value that cannot be written again; export the series anew"
            raise InputError(msg) from None  # what pydicom says may quote it
    return stream.getvalue()


def _require_not_read(files: Collection[Path], series: SeriesGrid) -> None:
    read = {each.file.path.resolve() for each in series.slices}
    for file in files:
        if file.resolve() in read:
            msg = f"{file} would be overwritten, but it is read; write to another folder"
            raise UsageError(msg)


def _remove_earlier(record: PredictionRecord, folder: Path, wanted: Collection[str]) -> None:
    for task in record.segmentation:
        for name in wanted:
            object_file(folder, record.case_id, task, name).unlink(missing_ok=True)
        picture_file(folder, record.case_id, task).unlink(missing_ok=True)


def _draw(record: PredictionRecord, series: SeriesGrid, folder: Path, written: list[Path]) -> list[Path]:
    """Draw the objects of each task as they were written, and return the pictures."""
    drawn = []
    for task in record.segmentation:
        files = {name: object_file(folder, record.case_id, task, name) for name in (STRUCTURE_SET, KEYHOLES, SEG)}
        there = {name: file for name, file in files.items() if file in written}
        contours = there.get(STRUCTURE_SET, there.get(KEYHOLES))
        if contours or SEG in there:
            drawn.append(picture_file(folder, record.case_id, task))
            write_bytes(drawn[-1], draw_plan(series, contours, there.get(SEG)))
    return drawn


def _warn_of_left_out(case_id: str, task: str, found: TaskStructures) -> None:
    text = ""
    if not found.regions:
        text = f"case {case_id}: {task} outlines nothing, so it has no segmentation and no structure set"
    elif found.lesions_left_out:
        all_of_them = len(found.lesions) + found.lesions_left_out
        text = f"case {case_id}: {task} outlines {all_of_them} lesions, and the largest {len(found.lesions)} are told"
    if text:
        warnings.warn(text, InputWarning, stacklevel=4)
