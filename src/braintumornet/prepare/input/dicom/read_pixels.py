"""The pixels of slices as a volume, in the scanner's units: each slice with its own slope and intercept.

pydicom decodes what it can; what it cannot, single frames of JPEG, JPEG-LS and JPEG 2000, SimpleITK's GDCM does.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.core.workers.parallel import GIB, free_memory
from braintumornet.prepare.input.dicom.read_files import quiet, read_object
from braintumornet.prepare.input.dicom.slice_facts import Slice
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.volumes.volume import Volume

if TYPE_CHECKING:
    from pydicom import Dataset

_BYTES_PER_VOXEL = 12  # as float32, while the axes are turned, and as they are stored
_SAME_VALUES = ("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "Rows", "Columns")


@dataclass(frozen=True, eq=False)
class SliceReader:
    """Reads a volume from its slices.

    Args:
        slices: in the order in which they lie.
        space: axes along rows, along columns, through the slices.
    """

    slices: tuple[Slice, ...]
    space: Space

    def __call__(self) -> Volume:
        """Return float32 voxels on the grid.

        Raises:
            InputError: a file is damaged, packed in a way that nothing here decodes, or larger than the memory.
        """
        _require_memory(self.space.shape)
        array = np.empty(self.space.shape, np.float32)
        places: dict[SourceFile, list[int]] = defaultdict(list)
        for place, each in enumerate(self.slices):
            places[each.file].append(place)
        for file, wanted in places.items():
            frames = read_frames(file, [self.slices[place].frame for place in wanted], self.slices[wanted[0]].frames)
            for place, frame in zip(wanted, frames, strict=True):
                array[:, :, place] = self._rescaled(self.slices[place], frame)
        return Volume(array, self.space)

    def _rescaled(self, each: Slice, frame: np.ndarray) -> np.ndarray:
        if frame.shape != each.shape:
            msg = "one of its DICOM files is damaged: its pixels are not as many as its header says"
            raise InputError(msg)
        return (frame.astype(np.float32) * np.float32(each.slope) + np.float32(each.intercept)).T


def read_frames(file: SourceFile, wanted: Sequence[int], frames: int) -> list[np.ndarray]:
    """Return the stored values of frames of a file, each (rows, columns).

    Args:
        file: classic or multi-frame.
        wanted: numbers of the frames, from 0.
        frames: how many the file has.

    Raises:
        InputError: as `SliceReader`.
    """
    dataset = read_object(file)
    with quiet():
        _require_sizes(dataset, frames)
        syntax = _syntax_of(dataset)
        by_pydicom = _pydicom_decodes(syntax)
        try:
            return _decode(dataset, wanted) if by_pydicom else _decode_with_gdcm(dataset, syntax, wanted, frames)
        except Exception:  # damaged pixels can break a decoder anywhere
            if by_pydicom:
                msg = "the pixels of one of its DICOM files are damaged: copy it again"
            else:
                name = _name_of(syntax)
                msg = f"its pixels are compressed as {name}, which cannot be decoded here; export them uncompressed"
            raise InputError(msg) from None  # what it says may quote a value


def _decode(dataset: "Dataset", wanted: Sequence[int]) -> list[np.ndarray]:
    pixels = np.asarray(dataset.pixel_array)
    pixels = pixels if pixels.ndim == 3 else pixels[None]
    return [pixels[number] for number in wanted]


def _require_memory(shape: tuple[int, int, int]) -> None:
    needed, free = prod(shape) * _BYTES_PER_VOXEL, free_memory()
    if free is not None and needed > free:
        voxels = " x ".join(map(str, shape))
        msg = f"{voxels} voxels need {needed / GIB:.3g} GiB, and {free / GIB:.3g} GiB are free"
        raise InputError(msg)


def _require_sizes(dataset: "Dataset", frames: int) -> None:
    """Refuse a file whose pixels would not fit into the memory, before anything decodes them."""
    try:
        if "PixelData" not in dataset and "FloatPixelData" not in dataset:
            msg = "one of its DICOM files holds no pixels; copy it again"
            raise InputError(msg)
        _require_memory((int(dataset.Rows), int(dataset.Columns), frames))
    except (AttributeError, ValueError, TypeError):
        msg = "one of its DICOM files is damaged: copy it again"
        raise InputError(msg) from None


def _syntax_of(dataset: "Dataset") -> str:
    """Return how the values are packed; an old file without file meta information gets what its reader found."""
    from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

    meta = dataset.file_meta
    if "TransferSyntaxUID" not in meta:
        implicit, _ = dataset.original_encoding
        meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    return str(meta.TransferSyntaxUID)


def _pydicom_decodes(syntax: str) -> bool:
    from pydicom.pixels import get_decoder

    try:
        return bool(get_decoder(syntax).is_available)
    except (NotImplementedError, ValueError, KeyError):
        return False


def _decode_with_gdcm(dataset: "Dataset", syntax: str, wanted: Sequence[int], frames: int) -> list[np.ndarray]:
    """Decode compressed frames, each alone in a file of its own, without the slope that GDCM would apply."""
    import SimpleITK as sitk
    from pydicom.encaps import encapsulate, generate_frames

    packed = list(generate_frames(dataset.PixelData, number_of_frames=frames))
    alone = _bare_copy(dataset, syntax)
    pixels = []
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "frame.dcm")
        for number in wanted:
            alone.PixelData = encapsulate([packed[number]])
            alone.save_as(path, enforce_file_format=True)
            image = sitk.ReadImage(path, imageIO="GDCMImageIO")
            pixels.append(np.asarray(sitk.GetArrayFromImage(image)).reshape(int(dataset.Rows), int(dataset.Columns)))
    return pixels


def _bare_copy(dataset: "Dataset", syntax: str) -> "Dataset":
    """Return a secondary capture with what describes the pixels, and nothing of the patient."""
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID, SecondaryCaptureImageStorage, generate_uid

    alone = Dataset()
    alone.file_meta = FileMetaDataset()
    alone.file_meta.TransferSyntaxUID = UID(syntax)
    alone.file_meta.MediaStorageSOPClassUID = alone.SOPClassUID = SecondaryCaptureImageStorage
    alone.file_meta.MediaStorageSOPInstanceUID = alone.SOPInstanceUID = generate_uid()
    for keyword in (*_SAME_VALUES, "SamplesPerPixel", "PhotometricInterpretation"):
        setattr(alone, keyword, dataset.get(keyword))
    alone.Modality = "OT"
    return alone


def _name_of(syntax: str) -> str:
    from pydicom.uid import UID_dictionary

    return str(UID_dictionary[syntax][0]) if syntax in UID_dictionary else "a way of its own"
