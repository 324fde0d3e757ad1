"""What the header of a NIfTI file says, and what of it cannot be true."""

from dataclasses import dataclass
from math import prod
from typing import IO, Any

import nibabel as nib
import numpy as np
from nibabel.spatialimages import HeaderDataError

from braintumornet.core.space import Shape, Space
from braintumornet.core.text.errors import InputError, require
from braintumornet.volumes.nifti_affine import place_of

_KINDS = {348: (nib.Nifti1Header, b"n+1", b"ni1"), 540: (nib.Nifti2Header, b"n+2", b"ni2")}  # by the header's length
_LONGEST = max(_KINDS)
_OTHER_FORMATS = {b"NRRD": "an NRRD file", b"ObjectType": "a MetaImage file", b"\x1f\x8b": "a gzip file in another one"}
_NO_GREY_LEVELS = {
    1: "an image of single bits",
    32: "an image of complex numbers",
    128: "an RGB image",
    1536: "an image of 128-bit numbers",
    1792: "an image of complex numbers",
    2048: "an image of complex numbers",
    2304: "an RGBA image",
}
_MOST_OFFSET = 64 * 2**20


@dataclass(frozen=True)
class NiftiHeader:
    """What is needed to read the voxels of a file.

    Args:
        space: where they lie, in millimetres and in the file's own orientation.
        dtype: of the voxels as stored.
        offset: of the first voxel, in bytes.
        slope: a stored number times this and the next is a grey level.
        inter: what is added.
        channels: volumes on that grid, one after the other.
    """

    space: Space
    dtype: np.dtype[Any]
    offset: int
    slope: float
    inter: float
    channels: int = 1

    @property
    def voxels(self) -> int:
        """How many there are, of all channels."""
        return prod(self.space.shape) * self.channels

    @property
    def end(self) -> int:
        """Where the voxels end, in bytes from the beginning of the file."""
        return self.offset + self.voxels * self.dtype.itemsize


def read_header(stream: IO[bytes], most_channels: int = 1) -> NiftiHeader:
    """Read the header of a single-file NIfTI-1 or NIfTI-2 image, in either order of bytes.

    Args:
        stream: at its beginning, decompressed.
        most_channels: how many volumes of one grid it may hold along a fourth axis.

    Raises:
        InputError: in words that follow the name of the file: what it is instead, or which entry cannot be true.
    """
    header = _parse(stream.read(_LONGEST))
    dtype = _dtype(header)
    shape, channels = _shape(header, most_channels)
    return NiftiHeader(place_of(header, shape), dtype, _offset(header), *_scaling(header), channels)


def _parse(block: bytes) -> nib.Nifti1Header:
    for order, name in (("<", "little"), (">", "big")):
        size = int.from_bytes(block[:4], name)  # type: ignore[arg-type]  # mypy sees any word here
        if size in _KINDS and len(block) >= size:
            kind, single, pair = _KINDS[size]
            header = kind(block[:size], endianness=order, check=False)
            magic = bytes(header["magic"].item())
            if magic == single and _survived_text_mode(header):
                return header
            raise InputError(_describe_unmarked(size, magic == pair))
    raise InputError(_describe_other(block))


def _describe_unmarked(size: int, is_pair: bool) -> str:
    if is_pair:
        return "is the header of a pair of files (.hdr and .img); convert the two to one .nii.gz"
    if size == _LONGEST:
        return "is not a readable NIfTI file (a damaged NIfTI-2 header); copy it again"
    return "is an Analyze 7.5 file or has lost its NIfTI mark, and does not say left from right; convert the scan again"


def _describe_other(block: bytes) -> str:
    other = "a DICOM file" if block[128:132] == b"DICM" else None
    other = other or next((kind for start, kind in _OTHER_FORMATS.items() if block.startswith(start)), None)
    if other:
        return f"is {other}, not NIfTI; convert it to .nii.gz"
    return "is not a readable NIfTI file (no NIfTI header); it may be damaged or cut short: copy it again"


def _survived_text_mode(header: nib.Nifti1Header) -> bool:
    """Say whether the ends of lines that NIfTI-2 holds on purpose are what they were."""
    return "eol_check" not in header or bytes(header["eol_check"]) in (bytes(4), b"\r\n\x1a\n")


def _shape(header: nib.Nifti1Header, most_channels: int) -> tuple[Shape, int]:
    axes, *sizes = (int(size) for size in header["dim"])
    require(1 <= axes <= 7, f"has {axes} axes by its header; expected one volume of three axes")
    sizes = sizes[:axes]
    text = " x ".join(map(str, sizes))
    require(min(sizes) >= 1, f"has no voxels: its header says {text}; convert the scan again")
    channels = sizes[3] if axes > 3 else 1
    expected = "one volume" if most_channels == 1 else f"up to {most_channels} volumes"
    require(
        axes >= 3 and channels <= most_channels and all(size == 1 for size in sizes[4:]),
        f"has shape {text}; expected {expected} of three axes",
    )
    return (sizes[0], sizes[1], sizes[2]), channels


def _dtype(header: nib.Nifti1Header) -> np.dtype[Any]:
    code = int(header["datatype"])
    if code in _NO_GREY_LEVELS:
        msg = f"is {_NO_GREY_LEVELS[code]}; expected one grey level or label for each voxel"
        raise InputError(msg)
    try:
        dtype: np.dtype[Any] = header.get_data_dtype()
    except (HeaderDataError, KeyError) as error:
        msg = f"has voxels of type {code}, which NIfTI does not know; its header is damaged: convert the scan again"
        raise InputError(msg) from error
    require(dtype.kind in "iuf", f"has voxels of type {code}, which are no numbers; convert the scan again")
    return dtype


def _offset(header: nib.Nifti1Header) -> int:
    offset, least = float(header["vox_offset"]), int(header["sizeof_hdr"]) + 4
    require(
        least <= offset <= _MOST_OFFSET and offset.is_integer(),
        f"has its voxels at byte {offset:.12g} by its header, expected {least} or later; convert the scan again",
    )
    return int(offset)


def _scaling(header: nib.Nifti1Header) -> tuple[float, float]:
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or np.isnan(slope):  # either says that there is no scaling
        return 1.0, 0.0
    require(
        np.isfinite(slope) and np.isfinite(inter),
        f"has a scale of {slope:g} and {inter:g} in its header (scl_slope, scl_inter); convert the scan again",
    )
    return slope, inter
