"""Structures as an RT Structure Set (DICOM PS3.3 A.19): closed planar contours on the slices of a series."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from braintumornet import __version__
from braintumornet.dicom.contours import outline_mask
from braintumornet.dicom.objects.outlined_structure import MANUFACTURER, Algorithm, OutlinedStructure
from braintumornet.dicom.objects.source_headers import copy_patient_and_study
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.read_files import quiet
from braintumornet.prepare.input.dicom.slice_facts import Slice

if TYPE_CHECKING:
    from pydicom import Dataset

_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
_STUDY_REFERENCE = "1.2.840.10008.3.1.2.3.1"  # Detached Study Management, as PS3.3 C.8.8.5 asks for


def make_structure_set(
    series: SeriesGrid,
    structures: Sequence[OutlinedStructure],
    algorithm: Algorithm,
    number: int,
    keyholes: bool = False,
) -> "Dataset":
    """Return a structure set with a region of interest for each structure, in their order.

    Contours run between pixel centres, in the plane of their slice, and refer to it; they are not approved.

    Args:
        series: on whose grid the masks lie.
        structures: at least one, none of them empty.
        algorithm: that outlined them.
        number: of the series that the object is.
        keyholes: see `outline_mask`.
    """
    from pydicom import Dataset
    from pydicom.uid import generate_uid

    with quiet():
        made = Dataset()
        copy_patient_and_study(series, made)
        made.SOPClassUID, made.SOPInstanceUID = _STRUCTURE_SET, generate_uid()
        _describe_series(made, series, algorithm, number)
        made.ReferencedFrameOfReferenceSequence = [_frame_of_reference(series)]
        rois = list(enumerate(structures, start=1))
        made.StructureSetROISequence = [_roi(n, each, series, algorithm) for n, each in rois]
        made.ROIContourSequence = [_roi_contours(n, each, series, keyholes) for n, each in rois]
        made.RTROIObservationsSequence = [_observation(n, each, algorithm) for n, each in rois]
    return made


def _describe_series(made: "Dataset", series: SeriesGrid, algorithm: Algorithm, number: int) -> None:
    from pydicom.uid import generate_uid

    now = datetime.now().astimezone()
    made.Modality, made.SeriesInstanceUID, made.SeriesNumber = "RTSTRUCT", generate_uid(), number
    made.SeriesDescription, made.OperatorsName = algorithm.short_notice, None
    made.SeriesDate = made.InstanceCreationDate = made.StructureSetDate = now.strftime("%Y%m%d")
    made.SeriesTime = made.InstanceCreationTime = made.StructureSetTime = now.strftime("%H%M%S")
    made.Manufacturer, made.ManufacturerModelName = MANUFACTURER, algorithm.name
    made.SoftwareVersions, made.DeviceSerialNumber = __version__, algorithm.fingerprint
    made.StructureSetLabel, made.StructureSetName = "RESEARCH_USE", algorithm.short_notice
    made.StructureSetDescription = algorithm.notice
    made.ApprovalStatus, made.InstanceNumber = "UNAPPROVED", 1
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = series.frame_of_reference_uid, None


def _item(**values: Any) -> "Dataset":
    from pydicom import Dataset

    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _frame_of_reference(series: SeriesGrid) -> "Dataset":
    """Return the references to frame of reference, study, series and each of its slices."""
    images = _item(
        SeriesInstanceUID=series.series_uid, ContourImageSequence=[_image(series, each) for each in series.slices]
    )
    study = _item(
        ReferencedSOPClassUID=_STUDY_REFERENCE,
        ReferencedSOPInstanceUID=series.study_uid,
        RTReferencedSeriesSequence=[images],
    )
    return _item(FrameOfReferenceUID=series.frame_of_reference_uid, RTReferencedStudySequence=[study])


def _image(series: SeriesGrid, each: Slice) -> "Dataset":
    item = _item(
        ReferencedSOPClassUID=series.datasets[0].SOPClassUID, ReferencedSOPInstanceUID=each.identity.sop_instance
    )
    if series.is_multi_frame:
        item.ReferencedFrameNumber = each.frame + 1
    return item


def _roi(number: int, structure: OutlinedStructure, series: SeriesGrid, algorithm: Algorithm) -> "Dataset":
    return _item(
        ROINumber=number,
        ReferencedFrameOfReferenceUID=series.frame_of_reference_uid,
        ROIName=structure.name,
        ROIDescription=algorithm.notice,
        ROIGenerationAlgorithm="AUTOMATIC",
    )


def _roi_contours(number: int, structure: OutlinedStructure, series: SeriesGrid, keyholes: bool) -> "Dataset":
    return _item(
        ROIDisplayColor=list(structure.colour),
        ReferencedROINumber=number,
        ContourSequence=list(_contours(structure, series, keyholes)),
    )


def _contours(structure: OutlinedStructure, series: SeriesGrid, keyholes: bool) -> "Iterator[Dataset]":
    for place in np.flatnonzero(structure.mask.any(axis=(0, 1))):
        for contour in outline_mask(structure.mask[:, :, place].T, keyholes):
            points_mm = series.to_patient_mm(contour, int(place))
            yield _item(
                ContourImageSequence=[_image(series, series.slices[place])],
                ContourGeometricType="CLOSED_PLANAR",
                NumberOfContourPoints=len(points_mm),
                ContourData=[f"{mm:.4f}" for mm in points_mm.ravel()],  # text of 16 characters at most
            )


def _observation(number: int, structure: OutlinedStructure, algorithm: Algorithm) -> "Dataset":
    return _item(
        ObservationNumber=number,
        ReferencedROINumber=number,
        ROIObservationLabel=structure.name,
        ROIObservationDescription=algorithm.notice,
        RTROIInterpretedType=structure.rt_type,
        ROIInterpreter=None,
    )
