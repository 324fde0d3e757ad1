"""DICOM object -> its slices with what they say of themselves; classic MR and enhanced MR alike.

Where what stands: DICOM PS3.3 C.8.3 (MR Image), C.8.13 (Enhanced MR Image), C.7.6.16 (functional groups).
"""

import re
from math import inf
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.core.text.errors import InputError
from braintumornet.core.text.printable import one_line
from braintumornet.prepare.input.dicom.frame_attributes import FrameAttributes, gather
from braintumornet.prepare.input.dicom.mr_header import describe
from braintumornet.prepare.input.dicom.read_files import quiet, read_header
from braintumornet.prepare.input.dicom.slice_facts import Identity, Slice
from braintumornet.prepare.input.source_file import SourceFile

if TYPE_CHECKING:
    from pydicom import Dataset

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
MR_IMAGES = (MR_IMAGE, f"{MR_IMAGE}.1", f"{MR_IMAGE}.4", "")  # classic, enhanced, legacy converted; not said
DIRECTORY = "1.2.840.10008.1.3.10"
MOST_FRAMES = 50_000
LARGEST_SIDE = 8192
FARTHEST_MM = 1e5
PIXEL_MM = (0.01, 50.0)
_ROUNDING = 1e-2
_NOBODY = re.compile(
    r"(anon|anonym\w*|unknown|none|null|na|n/a|test|no ?name|de-?identified|removed|patient|x+)?[\W_0]*", re.IGNORECASE
)
"""Ids and names that many exports give to everybody; who has no other is known by the study."""
_MARKS = (
    *("TemporalPositionIdentifier", "TemporalPositionIndex", "AcquisitionNumber", "FrameAcquisitionNumber"),
    *("InversionTime", "InversionTimes", "FlipAngle", "DiffusionBValue", "ContrastBolusAgentAdministered"),
)


def read_slices(file: SourceFile) -> list[Slice]:
    """Read the headers of a file; nothing where it is the directory of a disk.

    Raises:
        InputError: it is damaged, or does not say which series it belongs to.
    """
    dataset = read_header(file)
    with quiet():
        top = {int(tag): dataset for tag in list(dataset.keys())}
        whole = FrameAttributes({}, {}, top)
        if whole.text("SOPClassUID") == DIRECTORY:
            return []
        identity = _identify(whole)
        frames = _frames_of(whole, top)
        if len(frames) == _count(whole):
            return [_read_slice(file, number, frame, identity) for number, frame in enumerate(frames)]
        problem = f"has {_count(whole)} frames and does not say where each lies"
        return [_read_slice(file, 0, frames[0], identity).with_problem(problem)]


def _frames_of(whole: FrameAttributes, top: dict[int, "Dataset"]) -> list[FrameAttributes]:
    """Return the attributes of each frame; of the object alone where it does not describe its frames."""
    shared_groups = whole.sequence("SharedFunctionalGroupsSequence")
    groups = whole.sequence("PerFrameFunctionalGroupsSequence")
    shared = gather(shared_groups[0]) if shared_groups else {}
    if len(groups) != _count(whole) or len(groups) > MOST_FRAMES:
        return [FrameAttributes({}, shared, top)]
    return [FrameAttributes(gather(group), shared, top) for group in groups]


def _count(whole: FrameAttributes) -> int:
    return max(1, whole.whole("NumberOfFrames") or 1)


def _identify(whole: FrameAttributes) -> Identity:
    study = one_line(whole.text("StudyInstanceUID"))
    series = whole.text("SeriesInstanceUID")
    if not series or not study:
        msg = "one of its DICOM files is damaged: it does not say which series it belongs to"
        raise InputError(msg)
    began = whole.seconds("Study")
    said = (one_line(whole.text(name)) for name in ("PatientID", "PatientName"))
    return Identity(
        patient=next((text for text in said if not _NOBODY.fullmatch(text)), study),
        study=study,
        study_time_s=inf if began is None else began,
        series=series,
        sop_instance=whole.text("SOPInstanceUID"),
    )


def _read_slice(file: SourceFile, number: int, frame: FrameAttributes, identity: Identity) -> Slice:
    header = describe(frame)
    turn, pixel_mm = frame.numbers("ImageOrientationPatient"), frame.numbers("PixelSpacing")
    slope, intercept = frame.number("RescaleSlope"), frame.number("RescaleIntercept")
    found = Slice(
        file=file,
        frame=number,
        frames=_count(frame),
        identity=identity,
        header=header,
        position_mm=frame.numbers("ImagePositionPatient"),
        row=_unit(turn[:3]),
        column=_unit(turn[3:]),
        shape=(frame.whole("Rows") or 0, frame.whole("Columns") or 0),
        pixel_mm=(pixel_mm[0], pixel_mm[-1]) if pixel_mm else (0.0, 0.0),
        slope=1.0 if slope is None else slope,
        intercept=0.0 if intercept is None else intercept,
        instance=frame.whole("InstanceNumber") or 0,
        stack=frame.text("StackID"),
        marks=tuple((name, text) for name in _MARKS if (text := frame.text(name))),
    )
    problem = _find_object_problem(frame, header.sop_class, header.modality)
    return found.with_problem(problem or _find_place_problem(found) or _find_scale_problem(frame))


def _unit(direction: tuple[float, ...]) -> tuple[float, ...]:
    """Return a direction with the rounding of its text taken out; one that is none as it is."""
    length = float(np.linalg.norm(direction))
    return tuple(each / length for each in direction) if abs(length - 1) <= _ROUNDING else direction


def _find_object_problem(frame: FrameAttributes, sop_class: str, modality: str) -> str | None:
    """Return why an object is no slice of an MR image, whatever its place."""
    if modality != "MR":
        return f"is no MR image but of modality {modality}" if modality else "is no MR image"
    if sop_class not in MR_IMAGES:
        return f"is no MR image but {_name_of(sop_class)}"
    return _find_pixel_problem(frame)


def _find_pixel_problem(frame: FrameAttributes) -> str | None:
    rows, columns = frame.whole("Rows") or 0, frame.whole("Columns") or 0
    if rows <= 0 or columns <= 0:
        return "has no pixels"
    if max(rows, columns) > LARGEST_SIDE:
        return f"has slices of {rows} x {columns} pixels, as no scanner makes; its header is damaged"
    photometric = frame.text("PhotometricInterpretation")
    if (frame.whole("SamplesPerPixel") or 1) != 1 or photometric not in ("MONOCHROME2", ""):
        return "is a picture in colours or inverted greys, no measurement"
    if "MOSAIC" in frame.codes("ImageType"):
        return "is a mosaic of many slices in one picture; export it as single slices or as an enhanced object"
    return None


def _find_place_problem(found: Slice) -> str | None:
    """Return why a slice's place is not known."""
    if len(found.position_mm) != 3 or len(found.row) != 3 or len(found.column) != 3:
        return "does not say where its slices lie"
    sizes_fit = all(PIXEL_MM[0] <= size <= PIXEL_MM[1] for size in found.pixel_mm)
    if max(map(abs, found.position_mm)) > FARTHEST_MM or not sizes_fit:
        return "does not say where its pixels lie (position or spacing in the header cannot be true)"
    lengths = np.linalg.norm([found.row, found.column], axis=1)
    if np.abs(lengths - 1).max() > _ROUNDING or abs(np.dot(found.row, found.column)) > _ROUNDING:
        return "does not say how its slices are turned (the directions in the header are not at right angles)"
    return None


def _find_scale_problem(frame: FrameAttributes) -> str | None:
    """Return why nobody knows which grey levels the stored values stand for."""
    if frame.spoilt("RescaleSlope") or frame.spoilt("RescaleIntercept"):
        return "has a rescale slope or intercept that is no number"
    return "has a rescale slope of 0, which leaves no grey levels" if frame.number("RescaleSlope") == 0 else None


def _name_of(sop_class: str) -> str:
    """Return the name of a kind of object that the standard knows; any other may hold anything."""
    from pydicom.uid import UID_dictionary

    return str(UID_dictionary[sop_class][0]) if sop_class in UID_dictionary else "a kind of object of its own"
