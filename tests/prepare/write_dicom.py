"""Writes volumes as a scanner exports them: DICOM series, classic or enhanced, with any vendor's quirk.

    write_series(raw.images["t1c"], folder, header=T1C)                          # 3D MPRAGE after contrast, axial
    write_series(volume, folder, header=T2F, number=7, plane="sagittal")          # another series of the same study
    write_series(volume, folder, enhanced=True)                                   # one multi-frame object
    write_series(volume, folder, patient="DOE^JOHN", study="1.2.3", seed=3)       # another patient, other file names
    write_series(volume, folder, without=(4,))                                    # a slice is missing
    write_series(volume, folder, slopes=lambda k: (1 + k % 3, -5.0))              # slope, intercept of slice k
    write_series(volume, folder, header={**T1N, "ContrastBolusAgent": "Gadovist"})  # any attribute by its keyword
    write_series(volume, folder, header={"ImageType": lambda k: [...]})           # a callable is asked slice by slice
    write_series(volume, folder, header={0x0019100C: ("IS", 1000)})               # private: a tag, type and value

`plane` turns the axes so that slices lie axial, sagittal or coronal; None keeps the volume's own, whose third axis runs
through the slices, however oblique. What a scanner measures must be whole numbers from 0 to 65535 after the slope.
"""

import warnings
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import nibabel.orientations as orient
import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

from braintumornet.core.space import Space
from braintumornet.volumes.volume import Volume

Header = Mapping[str | int, Any]

MR_IMAGE, ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1"
AXES = {"axial": "LPS", "coronal": "LIP", "sagittal": "PIR"}
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

T1N: Header = {
    "SeriesDescription": "t1_mprage_sag_p2",
    "ScanningSequence": ["GR", "IR"],
    "SequenceVariant": ["SK", "SP", "MP"],
    "ScanOptions": "IR",
    "MRAcquisitionType": "3D",
    "RepetitionTime": 2300,
    "EchoTime": 2.98,
    "InversionTime": 900,
    "FlipAngle": 9,
}
T1C: Header = {**T1N, "SeriesDescription": "t1_mprage_sag_p2 +C", "ContrastBolusAgent": "Gadovist"}
T2W: Header = {
    "SeriesDescription": "t2_tse_tra",
    "ScanningSequence": "SE",
    "SequenceVariant": ["SK", "SP"],
    "MRAcquisitionType": "2D",
    "RepetitionTime": 5000,
    "EchoTime": 95,
    "EchoTrainLength": 15,
    "FlipAngle": 150,
}
T2F: Header = {
    "SeriesDescription": "t2_tirm_tra_dark-fluid",
    "ScanningSequence": ["SE", "IR"],
    "SequenceVariant": ["SK", "SP", "MP"],
    "MRAcquisitionType": "2D",
    "RepetitionTime": 9000,
    "EchoTime": 86,
    "InversionTime": 2500,
    "EchoTrainLength": 16,
    "FlipAngle": 150,
}
HEADERS: Mapping[str, Header] = {"t1n": T1N, "t1c": T1C, "t2w": T2W, "t2f": T2F}

_IN_GROUPS = {  # keyword of a classic object -> functional group and keyword there
    "RepetitionTime": ("MRTimingAndRelatedParametersSequence", "RepetitionTime"),
    "FlipAngle": ("MRTimingAndRelatedParametersSequence", "FlipAngle"),
    "EchoTrainLength": ("MRTimingAndRelatedParametersSequence", "EchoTrainLength"),
    "EchoTime": ("MREchoSequence", "EffectiveEchoTime"),
    "InversionTime": ("MRModifierSequence", "InversionTimes"),
    "DiffusionBValue": ("MRDiffusionSequence", "DiffusionBValue"),
    "TemporalPositionIdentifier": ("FrameContentSequence", "TemporalPositionIndex"),
    "AcquisitionNumber": ("FrameContentSequence", "FrameAcquisitionNumber"),
    "ContrastBolusAgentAdministered": ("ContrastBolusUsageSequence", "ContrastBolusAgentAdministered"),
    "FrameType": ("MRImageFrameTypeSequence", "FrameType"),
}


def write_series(
    volume: Volume,
    folder: Path,
    *,
    header: Header | None = None,
    number: int = 1,
    patient: str = "DOE^JANE",
    study: str = "first",
    plane: str | None = "axial",
    enhanced: bool = False,
    without: Collection[int] = (),
    slopes: Callable[[int], tuple[float, float]] = lambda _: (1.0, 0.0),
    seed: int = 0,
    implicit: bool = False,
    uid: str | None = None,
) -> Volume:
    """Write a series, and return the volume as it was written: turned, with the values that the files hold.

    Args:
        volume: values as the scanner measured them.
        folder: gets one file per slice, or one alone; made where it is missing.
        header: attributes beside those of every image, and instead of them; None as value leaves one out.
        number: of the series.
        patient: id and name.
        study: any text; the same text is the same study.
        plane: in which the slices lie; None: as the volume has them.
        enhanced: one multi-frame object.
        without: numbers of slices that got lost.
        slopes: number of a slice -> its rescale slope and intercept.
        seed: of the files' names.
        implicit: write without value representations, as old exports have it.
        uid: of the series, to write a second stack into one; default one of its own.
    """
    turned = volume if plane is None else _turned(volume, AXES[plane])
    series = uid or generate_uid(entropy_srcs=[patient, study, str(number), str(seed)])
    common = {**_common(patient, study, number, series), **dict(header or {})}
    slices = [_slice_of(turned, place, slopes(place)) for place in range(turned.space.shape[2]) if place not in without]
    folder.mkdir(parents=True, exist_ok=True)
    names = np.random.default_rng([seed, number]).permutation(10_000)
    syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is written wrong here is wrong on purpose
        if enhanced:
            write_object(folder / f"E{names[0]:04d}", _enhanced(slices, common, series), syntax)
        else:
            for each, name in zip(slices, names, strict=False):
                write_object(folder / f"I{number:03d}{name:04d}", _classic(each, common, series), syntax)
    return turned


def write_object(path: Path, dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> None:
    """Write a data set as a DICOM file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = syntax
    dcmwrite(path, dataset, enforce_file_format=True)


def head_phantom(shape: tuple[int, int, int] = (14, 16, 10), spacing_mm: float = 9.0, oblique_deg: float = 0) -> Volume:
    """Return an egg of whole numbers without any symmetry, in RAS orientation, as int16."""
    grid = np.stack(np.meshgrid(*(np.linspace(-1, 1, size) for size in shape), indexing="ij"))
    inside = (grid**2).sum(0) < 0.8
    array = np.where(inside, 400 + 100 * grid[0] + 60 * grid[1] + 30 * grid[2], 3 + 2 * (grid[0] > 0)).astype(np.int16)
    turn = np.radians(oblique_deg)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]) @ np.diag(
        [spacing_mm, spacing_mm, 1.2 * spacing_mm]
    )
    affine[:3, 3] = -affine[:3, :3] @ (np.array(shape) - 1) / 2 + [3, -11, 7]
    return Volume(array, Space(shape, affine))


def _turned(volume: Volume, codes: str) -> Volume:
    transform = orient.ornt_transform(orient.io_orientation(volume.space.affine), orient.axcodes2ornt(tuple(codes)))
    array = np.ascontiguousarray(orient.apply_orientation(volume.array, transform))
    return Volume(array, Space(array.shape, volume.space.affine @ orient.inv_ornt_aff(transform, volume.space.shape)))


def _common(patient: str, study: str, number: int, series: str) -> dict[str | int, Any]:
    return {
        "SpecificCharacterSet": "ISO_IR 192",
        "Modality": "MR",
        "Manufacturer": "SIEMENS",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "NORM"],
        "PatientID": patient,
        "PatientName": patient,
        "PatientBirthDate": "19700101",
        "StudyInstanceUID": generate_uid(entropy_srcs=[patient, study]),
        "SeriesInstanceUID": series,
        "FrameOfReferenceUID": generate_uid(entropy_srcs=[patient, study, "frame"]),
        "StudyDate": "20240105",
        "StudyTime": "090000",
        "AcquisitionDate": "20240105",
        "AcquisitionTime": f"09{number % 60:02d}00.5",
        "SeriesNumber": number,
        "AcquisitionNumber": 1,
        "ProtocolName": "head",
        "SeriesDescription": "head",
        "SliceThickness": 99,
    }


def _slice_of(volume: Volume, place: int, slope: tuple[float, float]) -> dict[str, Any]:
    affine = LPS @ volume.space.affine
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    values = (volume.array[:, :, place].T.astype(np.float64) - slope[1]) / slope[0]
    return {
        "place": place,
        "position": [f"{mm:.8g}" for mm in affine[:3, 3] + place * affine[:3, 2]],
        "turn": [f"{each:.10g}" for each in [*affine[:3, 0] / spacing[0], *affine[:3, 1] / spacing[1]]],
        "pixel": [f"{spacing[1]:.10g}", f"{spacing[0]:.10g}"],
        "slope": slope,
        "stored": np.rint(values).astype(np.uint16),
    }


def _set(dataset: Dataset, header: Header, place: int) -> None:
    for key, value in header.items():
        given = value(place) if callable(value) else value
        if isinstance(key, int):
            dataset.add_new(key, *given)
        elif given is None:
            dataset.pop(key, None)
        else:
            setattr(dataset, key, given)


def _describe_pixels(dataset: Dataset, stored: np.ndarray) -> None:
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 0
    dataset.PixelData = stored.astype("<u2").tobytes()


def _classic(each: dict[str, Any], header: Header, series: str) -> Dataset:
    dataset = Dataset()
    place = each["place"]
    dataset.SOPClassUID = MR_IMAGE
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[series, str(place), repr(sorted(map(str, header.items())))])
    dataset.InstanceNumber = place + 1
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = each["position"], each["turn"]
    dataset.PixelSpacing = each["pixel"]
    dataset.RescaleSlope, dataset.RescaleIntercept = (f"{number:.8g}" for number in each["slope"])
    _describe_pixels(dataset, each["stored"])
    _set(dataset, header, place)
    return dataset


def _enhanced(slices: list[dict[str, Any]], header: Header, series: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = ENHANCED_MR
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[series])
    dataset.InstanceNumber = 1
    _describe_pixels(dataset, np.stack([each["stored"] for each in slices]))
    dataset.NumberOfFrames = len(slices)
    _set(dataset, {key: value for key, value in header.items() if key not in _IN_GROUPS and not callable(value)}, 0)
    frames = []
    for each in slices:
        group = _item(PlanePositionSequence=_item(ImagePositionPatient=each["position"]))
        slope, intercept = (f"{number:.8g}" for number in each["slope"])
        transform = _item(RescaleSlope=slope, RescaleIntercept=intercept, RescaleType="US")
        group.PixelValueTransformationSequence = Sequence([transform])
        for key, value in header.items():
            if key in _IN_GROUPS:
                _add_to_group(group, *_IN_GROUPS[str(key)], value(each["place"]) if callable(value) else value)
        frames.append(group)
    shared = _item(PlaneOrientationSequence=_item(ImageOrientationPatient=slices[0]["turn"]))
    shared.PixelMeasuresSequence = Sequence([_item(PixelSpacing=slices[0]["pixel"])])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    return dataset


def _item(**values: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, Sequence([value]) if isinstance(value, Dataset) else value)
    return dataset


def _add_to_group(group: Dataset, sequence: str, keyword: str, value: Any) -> None:
    if value is None:
        return
    if sequence not in group:
        setattr(group, sequence, Sequence([Dataset()]))
    setattr(group[sequence].value[0], keyword, value)
