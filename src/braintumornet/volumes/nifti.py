"""NIfTI files: the only place that opens and writes them."""

import gzip
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, cast

import nibabel as nib
import numpy as np
from nibabel.arrayproxy import ArrayProxy

from braintumornet.core.files.atomic_write import write_bytes
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, prefix_errors, require
from braintumornet.core.workers.parallel import GIB, free_memory
from braintumornet.volumes.nifti_affine import repeat_place
from braintumornet.volumes.nifti_header import NiftiHeader, read_header
from braintumornet.volumes.volume import Volume, to_grid_of, to_ras

MOST_CHANNELS = 64  # more is a series in time
MOST_VOXELS = 2**29  # 640 x 640 x 512, as at 0.35 mm, are fewer than half of that
MOST_TRAILING_BYTES = 4096  # some programs fill the last block
WORKING_BYTES = 8  # per voxel: as float32, and once more while the axes are turned
SMALLEST_GREY = 1e-30  # below, float32 loses digits
LEAST_RANGE = 1e-5  # of the largest value; of less, float32 tells some hundred grey levels apart at most
_GZIP = b"\x1f\x8b"
_GZIP_RATIO = 1100  # what deflate can do at most, and some more
_DAMAGED = (OSError, EOFError, zlib.error)


@contextmanager
def _opened(path: Path, most_channels: int = 1) -> Iterator[tuple[IO[bytes], NiftiHeader]]:
    """Open an image behind its header; whether it is compressed is told by its content, not by its name."""
    try:
        require(stat.S_ISREG(path.stat().st_mode), f"{path} is not a file; expected a NIfTI image")
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
            file.seek(0)
            stream = cast(IO[bytes], gzip.GzipFile(fileobj=file)) if packed else file
            yield stream, _read_header(stream, path, packed, most_channels)
    except FileNotFoundError as error:
        msg = f"{path} does not exist; check the path in the cohort table"
        raise InputError(msg) from error
    except PermissionError as error:
        msg = f"{path} may not be read: ask its owner for the right to read it and its folder"
        raise InputError(msg) from error
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise InputError(msg) from error


def _read_header(stream: IO[bytes], path: Path, packed: bool, most_channels: int) -> NiftiHeader:
    try:
        with prefix_errors(f"{path} "):
            header = read_header(stream, most_channels)
    except _DAMAGED as error:
        msg = f"{path} is not a readable NIfTI file ({error}); it may be damaged or cut short: copy it again"
        raise InputError(msg) from error
    size = path.stat().st_size
    require(
        header.end <= size * (_GZIP_RATIO if packed else 1),
        f"{path} cannot be read to its end: its header speaks of {header.end} bytes, more than a file of {size} "
        "can hold; it is damaged or cut short: copy it again",
    )
    return header


def _read_array(stream: IO[bytes], header: NiftiHeader, path: Path) -> np.ndarray:
    """Return the voxels as float32, in the file's own orientation; several channels along a fourth axis."""
    _require_memory(header, path)
    shape = (*header.space.shape, header.channels) if header.channels > 1 else header.space.shape
    proxy = ArrayProxy(stream, (shape, header.dtype, header.offset, header.slope, header.inter), mmap=False)
    try:
        with np.errstate(all="ignore"):
            array = np.asarray(proxy, dtype=np.float32)
        rest = len(stream.read(MOST_TRAILING_BYTES + 1))  # to the very end, where gzip's checksum is compared
    except _DAMAGED as error:
        reason = str(error).splitlines()[0].split(f" from {path}")[0]
        msg = f"{path} cannot be read to its end ({reason}); it is damaged or cut short: copy it again"
        raise InputError(msg) from error
    require(
        rest <= MOST_TRAILING_BYTES,
        f"{path} holds more than the {header.voxels} voxels that its header speaks of; convert the scan again",
    )
    _require_range(array, proxy, path)
    return array


def _require_memory(header: NiftiHeader, path: Path) -> None:
    """Refuse what no head is as large as, and what the memory does not hold, before any of it is read."""
    voxels = prod(header.space.shape)
    if voxels > MOST_VOXELS:
        shape = " x ".join(map(str, header.space.shape))
        msg = f"{path} has {shape} voxels, more than any image of a head (up to {MOST_VOXELS:,}); cut or resample it"
        raise InputError(msg)
    needed, free = header.voxels * (header.dtype.itemsize + WORKING_BYTES), free_memory()
    if free is not None and needed > free:
        shape = " x ".join(map(str, header.space.shape))
        msg = (
            f"{path} has {shape} voxels, for which {needed / GIB:.3g} GiB are needed and {free / GIB:.3g} GiB are free"
        )
        raise InputError(msg)


def _require_range(array: np.ndarray, proxy: ArrayProxy, path: Path) -> None:
    """Refuse values that are numbers in the file and none, or hardly any, as float32."""
    low, high = float(array.min()), float(array.max())
    largest = max(high, -low)
    if SMALLEST_GREY <= largest < np.inf:  # not so for NaN
        if 0 < high - low < LEAST_RANGE * largest:
            span = f"{low:.10g} to {high:.10g}"
            msg = f"{path} holds values from {span}, too close for 32-bit numbers; subtract a constant before use"
            raise InputError(msg)
        return
    with np.errstate(all="ignore"):
        exact = np.abs(np.asarray(proxy, dtype=np.float64))
    top = float(np.max(exact, where=np.isfinite(exact), initial=0))
    if top > float(np.finfo(np.float32).max) or 0 < top < SMALLEST_GREY:
        what = "too large" if top > 1 else "too small"
        msg = f"{path} holds values up to {top:.3g}, {what} for 32-bit numbers; multiply them by a constant before use"
        raise InputError(msg)


def read_space(path: Path) -> Space:
    """Read the grid of a NIfTI file, in its own orientation, without its voxels.

    Raises:
        InputError: the file is missing, damaged or not one volume.
    """
    with _opened(path) as (_, header):
        return header.space


def count_voxels(path: Path) -> int:
    """Return how many voxels a NIfTI file holds; 0 where it cannot be read, which takes no memory."""
    try:
        return prod(read_space(path).shape)
    except (InputError, OSError):
        return 0


def read_values(path: Path) -> Volume:
    """Read a NIfTI file as float32 in its own orientation, values that are no numbers (NaN, infinite) included.

    Raises:
        InputError: the file is missing, damaged or not one volume, or larger than the memory.
    """
    with _opened(path) as (stream, header):
        return Volume(_read_array(stream, header, path), header.space)


def read_volume(path: Path) -> Volume:
    """Read a NIfTI file as float32 in RAS+ orientation.

    Raises:
        InputError: the file is missing, damaged or not one volume, or holds a value that is no number.
    """
    volume = to_ras(read_values(path))
    require_finite(volume, path)
    return volume


def read_channels(path: Path) -> list[Volume]:
    """Read the volumes that a NIfTI file holds along its fourth axis, one or several, as float32 in RAS+ orientation.

    Raises:
        InputError: the file is missing or damaged, or holds a value that is no number.
    """
    with _opened(path, MOST_CHANNELS) as (stream, header):
        array = _read_array(stream, header, path)
    single = array.reshape(*header.space.shape, header.channels)
    volumes = [to_ras(Volume(single[..., channel], header.space)) for channel in range(header.channels)]
    for volume in volumes:
        require_finite(volume, path)
    return volumes


def require_finite(volume: Volume, path: Path) -> None:
    """Refuse values that are no numbers.

    Raises:
        InputError: names the file.
    """
    require(
        np.isfinite(volume.array).all(), f"{path} holds values that are no numbers (NaN or infinite); fix it before use"
    )


def read_labels(path: Path) -> Volume:
    """Read a mask of whole-number labels as int16 in RAS+ orientation.

    Values within 0.01 of a whole number are taken as that number, because some tools store masks scaled.

    Raises:
        InputError: as `read_volume`, or the values are not labels.
    """
    volume = read_volume(path)
    labels = np.rint(volume.array)
    if np.abs(volume.array - labels).max() > 0.01 or labels.min() < 0 or labels.max() > 32767:
        found = f"{volume.array.min():g} to {volume.array.max():g}"
        msg = f"{path} is not a mask: expected whole numbers from 0 to 32767, found values from {found}"
        raise InputError(msg)
    return Volume(labels.astype(np.int16), volume.space)


def write_volume(volume: Volume, path: Path, native: Space | None = None) -> None:
    """Write a volume as `.nii.gz`, whole or not at all.

    Args:
        volume: its dtype is kept (booleans become uint8).
        path: ends in `.nii.gz`.
        native: the same grid in the orientation in which the file is to lie; default as the volume has it. What a file
            that it was read from says of the place is repeated: sform and qform, their codes, and the unit.

    Raises:
        GeometryError: `native` is another grid.
    """
    write_channels([volume], path, native)


def write_channels(channels: Sequence[Volume], path: Path, native: Space | None = None) -> None:
    """Write volumes of one grid along the fourth axis of one `.nii.gz`; a single one without that axis.

    Raises:
        GeometryError: `native` is another grid.
    """
    write_bytes(path, pack_volumes(channels if native is None else [to_grid_of(each, native) for each in channels]))


def pack_volumes(channels: Sequence[Volume]) -> bytes:
    """Return volumes of one grid as a packed NIfTI file, along its fourth axis if they are several."""
    arrays = [c.array.astype(np.uint8) if c.array.dtype == bool else c.array for c in channels]
    image = _image(arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=-1), channels[0].space)
    return gzip.compress(image.to_bytes(), compresslevel=5, mtime=0)


def _image(array: np.ndarray, space: Space) -> nib.Nifti1Image:
    """Return an image that says of its place what the file said that the grid is from, else what the grid says."""
    if space.header is not None:
        image = nib.Nifti1Image(array, None, dtype=array.dtype)  # without an affine, nibabel leaves the header as it is
        repeat_place(space.header, image.header)
        return image
    image = nib.Nifti1Image(array, space.affine, dtype=array.dtype)
    image.header.set_xyzt_units("mm")
    image.set_sform(space.affine, code=1)
    image.set_qform(space.affine, code=1)
    return image
