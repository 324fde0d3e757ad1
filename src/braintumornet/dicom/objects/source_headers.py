"""What objects repeat of the series that they are about: its patient and study, and nothing more."""

from copy import deepcopy
from typing import TYPE_CHECKING

from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.read_files import quiet

if TYPE_CHECKING:
    from pydicom import Dataset

PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
STUDY = ("StudyInstanceUID", "StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber")
_OPTIONAL = (
    *("SpecificCharacterSet", "IssuerOfPatientID", "PatientAge", "PatientWeight", "PatientIdentityRemoved"),
    *("DeidentificationMethod", "StudyDescription", "PositionReferenceIndicator"),
)
_GROUPS = ("PixelMeasuresSequence", "PlaneOrientationSequence")


def require_highdicom() -> None:
    """Refuse to write DICOM where the extra is missing.

    Raises:
        UsageError: says how to install it.
    """
    try:
        import highdicom  # noqa: F401
    except ImportError as error:
        msg = 'writing DICOM needs highdicom, which is missing; install it with pip install "braintumornet[dicom]"'
        raise UsageError(msg) from error


def copy_patient_and_study(series: SeriesGrid, target: "Dataset") -> None:
    """Set what an object says of patient and study to what the series says; what that lacks stays blank."""
    source = series.datasets[0]
    for keyword in (*PATIENT, *STUDY):
        setattr(target, keyword, source.get(keyword))
    for keyword in _OPTIONAL:
        if keyword in source:
            setattr(target, keyword, source.get(keyword))


def source_images(series: SeriesGrid) -> "list[Dataset]":
    """Return the files of a series as highdicom takes them: a blank for what it asks for and the series lacks.

    Raises:
        InputError: a multi-frame series lies in several files, which no segmentation can refer to.
    """
    require(
        not series.is_multi_frame or len(series.datasets) == 1,
        f"{series.name} lies in {len(series.datasets)} multi-frame files, and a segmentation refers to one; export it "
        "as one file, or as single slices",
    )
    with quiet():
        return [_completed(dataset, series.space.spacing_mm[2]) for dataset in series.datasets]


def _completed(dataset: "Dataset", slice_mm: float) -> "Dataset":
    whole = deepcopy(dataset)  # a shallow copy shares its elements
    for keyword in (*PATIENT, *STUDY):
        if keyword not in whole:
            setattr(whole, keyword, None)
    if "SharedFunctionalGroupsSequence" in whole:
        _share_groups(whole, slice_mm)
    return whole


def _share_groups(whole: "Dataset", slice_mm: float) -> None:
    """Let all frames share size and direction of pixels, which some scanners repeat for each frame."""
    from pydicom import Dataset

    shared, frames = whole.SharedFunctionalGroupsSequence, whole.PerFrameFunctionalGroupsSequence
    if not len(shared):
        shared.append(Dataset())
    for group in _GROUPS:
        if group not in shared[0] and len(frames) and group in frames[0]:
            setattr(shared[0], group, frames[0].get(group))
    for measures in shared[0].get("PixelMeasuresSequence", ()):
        if "SliceThickness" not in measures:  # which a segmentation must repeat, and not every scanner writes
            measures.SliceThickness = f"{slice_mm:.6g}"


def describe_failure(series: SeriesGrid, what: str, error: Exception) -> InputError:
    """Return the error of an object that cannot be made, without what the library says: it may quote values."""
    return InputError(
        f"{series.name}: no {what} can be written that refers to it ({type(error).__name__} in highdicom); its headers "
        "lack what such an object must repeat: export the series again, not anonymised by removing attributes"
    )
