"""Writes RT Structure Sets from masks, as other programs do: a small writer of its own, which shares no code with ours.

    write_structure_set(folder / "rs.dcm", slices, {"GTV": mask})                 # holes as contours of their own (XOR)
    write_structure_set(..., holes="keyhole")                                     # joined by a channel of no width
    write_structure_set(..., alter=lambda dataset: ...)                           # anything that is wrong with it

`slices` are the data sets of a classic series in the order of a mask's third axis; a mask is (columns, rows, slices).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pydicom
from contourpy import contour_generator
from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage, generate_uid

from ..prepare.write_dicom import write_object


def read_slices(folder: Path) -> list[Dataset]:
    """Return the classic slices in a folder along their normal, as (columns, rows, slices) has them."""
    found = [pydicom.dcmread(path) for path in sorted(folder.iterdir()) if path.is_file()]
    slices = [each for each in found if "PixelData" in each and each.Modality == "MR"]
    turn = np.array(slices[0].ImageOrientationPatient, float)
    normal = np.cross(turn[:3], turn[3:])
    return sorted(slices, key=lambda each: float(normal @ np.array(each.ImagePositionPatient, float)))


def write_structure_set(
    path: Path,
    slices: Sequence[Dataset],
    masks: Mapping[str, np.ndarray],
    *,
    holes: str = "xor",
    kinds: Mapping[str, str] | None = None,
    name_slices: bool = True,
    number: int = 90,
    alter: Callable[[Dataset], None] = lambda dataset: None,
) -> Path:
    """Write a structure set and return where it is."""
    first = slices[0]
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = RTStructureSetStorage, generate_uid(entropy_srcs=[str(path)])
    dataset.Modality, dataset.SeriesNumber = "RTSTRUCT", number
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[str(path), "series"])
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "StudyDate", "StudyTime", "SpecificCharacterSet"):
        setattr(dataset, keyword, first[keyword].value)
    dataset.StructureSetLabel = "planning of DOE"
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(slices)]
    dataset.StructureSetROISequence, dataset.ROIContourSequence, dataset.RTROIObservationsSequence = [], [], []
    for place, (name, mask) in enumerate(masks.items(), start=1):
        contours = list(_contours(mask, slices, holes, name_slices))
        roi = _item(ROINumber=place, ReferencedFrameOfReferenceUID=first.FrameOfReferenceUID, ROIName=name)
        dataset.StructureSetROISequence.append(roi)
        if contours:
            dataset.ROIContourSequence.append(_item(ReferencedROINumber=place, ContourSequence=contours))
        kind = (kinds or {}).get(name, "GTV")
        observed = _item(ObservationNumber=place, ReferencedROINumber=place, RTROIInterpretedType=kind)
        dataset.RTROIObservationsSequence.append(observed)
    alter(dataset)
    write_object(path, dataset)
    return path


def _frame_of_reference(slices: Sequence[Dataset]) -> Dataset:
    images = [_image(each) for each in slices]
    series = _item(SeriesInstanceUID=slices[0].SeriesInstanceUID, ContourImageSequence=images)
    study = _item(ReferencedSOPInstanceUID=slices[0].StudyInstanceUID, RTReferencedSeriesSequence=[series])
    return _item(FrameOfReferenceUID=slices[0].FrameOfReferenceUID, RTReferencedStudySequence=[study])


def _image(each: Dataset) -> Dataset:
    return _item(ReferencedSOPClassUID=each.SOPClassUID, ReferencedSOPInstanceUID=each.SOPInstanceUID)


def _contours(mask: np.ndarray, slices: Sequence[Dataset], holes: str, name_slices: bool) -> Iterable[Dataset]:
    for place, each in enumerate(slices):
        lines = contour_generator(z=np.pad(mask[:, :, place].T, 1).astype(float)).lines(0.5)
        outlines = [line[:-1] - 1 for line in lines]  # x, y: column, row
        for outline in outlines if holes == "xor" else _keyholes(outlines):
            data = [f"{mm:.4f}" for mm in _in_mm(outline, each).ravel()]
            item = _item(ContourGeometricType="CLOSED_PLANAR", NumberOfContourPoints=len(outline), ContourData=data)
            if name_slices:
                item.ContourImageSequence = [_image(each)]
            yield item


def _keyholes(outlines: list[np.ndarray]) -> list[np.ndarray]:
    """Join every contour of a slice to the first: there along a line, around, and back along the same line."""
    if not outlines:
        return []
    first, *others = outlines
    parts = [first, *(part for other in others for part in (first[:1], other, other[:1]))]
    return [np.concatenate(parts)]


def _in_mm(outline: np.ndarray, each: Dataset) -> np.ndarray:
    turn, spacing = np.array(each.ImageOrientationPatient, float), np.array(each.PixelSpacing, float)
    along_columns = np.outer(outline[:, 0], turn[:3] * spacing[1])
    return np.array(each.ImagePositionPatient, float) + along_columns + np.outer(outline[:, 1], turn[3:] * spacing[0])


def _item(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset
