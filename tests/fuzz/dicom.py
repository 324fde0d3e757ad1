"""Small DICOM series, most of them damaged in one to three ways, from seeded random numbers."""

import io
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pydicom
from pydicom import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from braintumornet.prepare.input.dicom.read_files import quiet

from ..prepare.write_dicom import T1C, T2F, head_phantom, write_series
from .damage import damage_bytes

Random = np.random.Generator

NUMBERS = (0, -1, 1, 2, 7, 9, 255, 65535, 2**31 - 1, -(2**31), 1e30, -1e300, 1e-300)
TEXTS = ("", " ", "nan", "inf", "1e999", "\\", "1\\2\\x", "x" * 3000, "DOE^JANE", "\x1b[31m", "é", "20240132", "a\0b")
KEYWORDS = (
    *("Rows", "Columns", "NumberOfFrames", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation"),
    *("SamplesPerPixel", "PhotometricInterpretation", "PixelSpacing", "ImagePositionPatient", "InstanceNumber"),
    *("ImageOrientationPatient", "RescaleSlope", "RescaleIntercept", "EchoTime", "ImageType", "AcquisitionNumber"),
    *("TemporalPositionIdentifier", "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"),
    *("SpecificCharacterSet", "PatientID", "Modality", "StudyDate", "AcquisitionTime", "PixelData", "SeriesNumber"),
    *("FrameType", "StackID", "EffectiveEchoTime", "ContrastBolusAgent", "SharedFunctionalGroupsSequence"),
    "PerFrameFunctionalGroupsSequence",
)
LENGTHS = (0, 1, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)


def write_dicom(rng: Random, folder: Path) -> None:
    """Write a series that may be sound or damaged, in files of their own."""
    for file in folder.iterdir():
        file.unlink()
    files = list(_sound(("classic", "implicit", "enhanced", "shorter")[rng.choice(4, p=[0.4, 0.1, 0.4, 0.1])]))
    spoilt = rng.choice(len(files), min(len(files), rng.geometric(0.6)), replace=False) if rng.random() < 0.95 else ()
    for place in spoilt:
        harm = OF_FILES[rng.choice(len(OF_FILES), p=[0.35, 0.25, 0.15, 0.1, 0.1, 0.05])]
        files[place] = harm(rng, files[place])
    for number, content in enumerate(files):
        (folder / f"{number:02d}").write_bytes(content)


@cache
def _sound(kind: str) -> tuple[bytes, ...]:
    """Return the files of a sound series of eight small slices."""
    with TemporaryDirectory() as folder:
        head = head_phantom((9, 8, 7) if kind == "shorter" else (9, 8, 8))
        header = T2F if kind == "enhanced" else T1C
        write_series(head, Path(folder), header=header, enhanced=kind == "enhanced", implicit=kind == "implicit")
        return tuple(file.read_bytes() for file in sorted(Path(folder).iterdir()))


def _spoil_bytes(rng: Random, content: bytes) -> bytes:
    return damage_bytes(rng, content)


def _spoil_values(rng: Random, content: bytes) -> bytes:
    """Give attributes values that cannot be true, take some away, put them where they do not belong."""

    def spoil(dataset: Dataset) -> None:
        places = [dataset, *_groups(dataset)]
        for _ in range(rng.integers(1, 4)):
            place, keyword = places[rng.integers(len(places))], str(rng.choice(KEYWORDS))
            match rng.integers(4):
                case 0 if keyword in place:
                    del place[keyword]
                case 1:
                    _set_raw(place, keyword, str(rng.choice(TEXTS)).encode())
                case 2:
                    _set_raw(place, keyword, struct.pack("<H", int(rng.integers(65536))) * int(rng.integers(1, 4)))
                case _:
                    _set_raw(place, keyword, f"{rng.choice(NUMBERS):.15g}".encode())

    return _rewritten(content, spoil)


def _spoil_sequences(rng: Random, content: bytes) -> bytes:
    """Nest functional groups in each other, repeat, empty or drop them."""

    def spoil(dataset: Dataset) -> None:
        name = str(rng.choice(["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"]))
        items = list(dataset.get(name) or [Dataset()])
        match rng.integers(5):
            case 0:
                deep = Dataset()
                for _ in range(int(rng.choice([3, 20, 50]))):
                    outer = Dataset()
                    outer.PlanePositionSequence = Sequence([deep])
                    deep = outer
                items = [deep]
            case 1:
                items *= int(rng.integers(2, 30))
            case 2:
                items = []
            case 3:
                items[rng.integers(len(items))] = Dataset()
            case _:
                items = items[: rng.integers(1, len(items) + 1)]
        setattr(dataset, name, Sequence(items))

    return _rewritten(content, spoil)


def _spoil_lengths(rng: Random, content: bytes) -> bytes:
    """Let an element speak of another length than it has."""
    at = int(rng.integers(132, max(133, len(content) - 8)))
    return content[:at] + struct.pack("<I", int(rng.choice(LENGTHS))) + content[at + 4 :]


def _spoil_compression(rng: Random, content: bytes) -> bytes:
    """Say that the pixels are compressed, and give noise for them."""

    def spoil(dataset: Dataset) -> None:
        syntaxes = (RLELossless, JPEG2000Lossless, JPEGLSLossless, JPEGLosslessSV1)
        dataset.file_meta.TransferSyntaxUID = syntaxes[rng.integers(len(syntaxes))]
        packed = rng.bytes(int(rng.integers(1, 200)))
        frames = int(dataset.get("NumberOfFrames") or 1)
        dataset.PixelData = encapsulate([packed] * min(frames, 20))
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True

    return _rewritten(content, spoil)


def _deep_by_bytes(rng: Random, content: bytes) -> bytes:
    """Open sequences within sequences and never close them."""
    opened = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    at = content.find(b"\x08\x00\x60\x00CS")
    at = at if at > 0 else len(content) // 2
    return content[:at] + opened * int(rng.choice([10, 300, 5000])) + content[at:]


OF_FILES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _spoil_values,
    _spoil_bytes,
    _spoil_sequences,
    _spoil_lengths,
    _spoil_compression,
    _deep_by_bytes,
)


def _groups(dataset: Dataset) -> list[Dataset]:
    """Return the items of functional groups, each a place for attributes."""
    found = []
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for item in dataset.get(name) or []:
            found += [inner for element in item if element.VR == "SQ" for inner in element.value]
    return found


def _set_raw(dataset: Dataset, keyword: str, value: bytes) -> None:
    """Set a value as bytes, of whatever type the attribute has."""
    tag = pydicom.datadict.tag_for_keyword(keyword)
    dataset[tag] = pydicom.DataElement(tag, "UN", value + b" " * (len(value) % 2))
    if keyword in ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel"):
        dataset[tag] = pydicom.DataElement(tag, "US", int.from_bytes(value[:2], "little"))


def _rewritten(content: bytes, change: Callable[[Dataset], None]) -> bytes:
    with quiet():
        try:
            dataset = pydicom.dcmread(io.BytesIO(content), force=True)
            change(dataset)
            written = io.BytesIO()
            dataset.save_as(written, enforce_file_format=False)
        except Exception:  # what pydicom does not write, it will not be given
            return content[: len(content) // 2]
        return written.getvalue()
