"""DICOM files as datasets, read without a word: pydicom's warnings and errors quote values, which may name a patient.

The only file that opens DICOM; pydicom is an extra.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.prepare.input.source_file import SourceFile

if TYPE_CHECKING:
    from pydicom import Dataset

PRIVATE = {
    "creator_0019": 0x00190010,
    "siemens_b_value": 0x0019100C,
    "siemens_gradient": 0x0019100E,
    "ge_sequence": 0x0019109C,
    "ge_velocity": 0x001910CC,
    "ge_b_value": 0x00431039,
    "philips_b_value": 0x20011003,
    "philips_velocity": 0x2001101A,
}
KEYWORDS = (
    *("SpecificCharacterSet", "ImageType", "SOPClassUID", "SOPInstanceUID", "Modality", "Manufacturer"),
    *("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "AcquisitionDateTime"),
    *("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime", "StudyInstanceUID", "SeriesInstanceUID"),
    *("PatientID", "PatientName", "SeriesDescription", "ProtocolName", "SeriesNumber", "AcquisitionNumber"),
    *("InstanceNumber", "FrameOfReferenceUID", "TemporalPositionIdentifier", "NumberOfTemporalPositions", "StackID"),
    *("ContrastBolusAgent", "ContrastBolusVolume", "ContrastBolusTotalDose", "ContrastBolusAgentSequence"),
    *("ScanningSequence", "SequenceVariant", "ScanOptions", "MRAcquisitionType", "SequenceName", "PulseSequenceName"),
    *("RepetitionTime", "EchoTime", "InversionTime", "FlipAngle", "EchoTrainLength", "TriggerTime"),
    *("AcquisitionContrast", "EchoPulseSequence", "EchoPlanarPulseSequence", "InversionRecovery", "PhaseContrast"),
    *("DiffusionBValue", "DiffusionGradientOrientation", "EffectiveEchoTime", "InversionTimes"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "NumberOfFrames"),
    *("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "RescaleSlope", "RescaleIntercept"),
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the messages of pydicom, and of what stands on it, from screens and logs."""
    loggers = [logging.getLogger(name) for name in ("pydicom", "highdicom")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)  # of those below it, too
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def require_pydicom() -> None:
    """Refuse DICOM where the extra is missing.

    Raises:
        UsageError: says how to install it.
    """
    try:
        import pydicom  # noqa: F401
    except ImportError as error:
        msg = 'reading DICOM needs pydicom, which is not installed; install it with pip install "braintumornet[dicom]"'
        raise UsageError(msg) from error


def read_header(file: SourceFile) -> "Dataset":
    """Read what sorting needs of a file, without its pixels.

    Raises:
        InputError: it is damaged; names neither the file nor a value.
    """
    return _read(file, [*KEYWORDS, *PRIVATE.values()], pixels=False)


def read_full_header(file: SourceFile) -> "Dataset":
    """Read everything of a file but its pixels, for objects that refer to it.

    Raises:
        InputError: as `read_header`.
    """
    return _read(file, None, pixels=False)


def read_object(file: SourceFile) -> "Dataset":
    """Read a file with its pixels.

    Raises:
        InputError: as `read_header`.
    """
    return _read(file, None, pixels=True)


def _read(file: SourceFile, only: list[Any] | None, pixels: bool) -> "Dataset":
    import pydicom

    with quiet(), file.open() as stream:
        try:
            return pydicom.dcmread(cast(Any, stream), force=True, stop_before_pixels=not pixels, specific_tags=only)
        except InputError:
            raise
        except Exception:  # a damaged file can break pydicom anywhere
            msg = "one of its DICOM files is damaged: copy it again"
            raise InputError(msg) from None  # what it says may quote a value
