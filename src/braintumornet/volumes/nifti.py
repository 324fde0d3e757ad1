"""NIfTI files: the only place that opens and writes them."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import nibabel as nib
import numpy as np

from braintumornet.core.errors import InputError
from braintumornet.core.files import write_bytes
from braintumornet.core.space import Space
from braintumornet.volumes.volume import Volume, to_grid_of, to_ras

SMALLEST_AXIS_VOXELS = 8


def _open(path: Path) -> nib.Nifti1Image:
    try:
        path.stat()  # nibabel says of a file without rights that it is not there
        image = nib.load(path)
    except FileNotFoundError as error:
        msg = f"{path} does not exist; check the path in the cohort table"
        raise InputError(msg) from error
    except PermissionError as error:
        msg = f"{path} may not be read: ask its owner for the right to read it and its folder"
        raise InputError(msg) from error
    except Exception as error:  # nibabel lets zlib, gzip and its own errors through
        msg = f"{path} is not a readable NIfTI file ({error}); it may be damaged or cut short: copy it again"
        raise InputError(msg) from error
    shape = image.shape
    if len(shape) < 3 or any(size != 1 for size in shape[3:]):
        msg = f"{path} has shape {' x '.join(map(str, shape))}; expected one volume of three axes"
        raise InputError(msg)
    return image


def _space(image: nib.Nifti1Image, path: Path) -> Space:
    x, y, z = image.shape[:3]
    affine = np.asarray(image.affine, dtype=np.float64)
    if not np.isfinite(affine).all() or np.linalg.det(affine[:3, :3]) == 0:
        msg = f"{path} does not say where its voxels lie (no usable affine); convert the scan again"
        raise InputError(msg)
    return Space((int(x), int(y), int(z)), affine)


def _read_array(image: nib.Nifti1Image, path: Path) -> np.ndarray:
    if path.suffix.lower() != ".gz":
        return np.asarray(image.dataobj, dtype=np.float32)
    with gzip.open(path) as stream:
        array = np.asarray(type(image).from_stream(stream).dataobj, dtype=np.float32)
        stream.read()  # to the very end, where the checksum is compared
    return array


def read_space(path: Path) -> Space:
    """Read the grid of a NIfTI file, in its own orientation, without its voxels.

    Raises:
        InputError: the file is missing, damaged or not one volume.
    """
    return _space(_open(path), path)


def read_values(path: Path) -> Volume:
    """Read a NIfTI file as float32 in RAS+ orientation, values that are no numbers (NaN, infinite) included.

    Raises:
        InputError: the file is missing, damaged or not one volume.
    """
    image = _open(path)
    try:
        array = _read_array(image, path).reshape(image.shape[:3])
    except Exception as error:  # nibabel lets zlib, gzip and its own errors through
        msg = f"{path} cannot be read to its end ({error}); it is damaged or cut short: copy it again"
        raise InputError(msg) from error
    return to_ras(Volume(array, _space(image, path)))


def read_volume(path: Path) -> Volume:
    """Read a NIfTI file as float32 in RAS+ orientation.

    Raises:
        InputError: the file is missing, damaged or not one volume, or holds a value that is no number.
    """
    volume = read_values(path)
    if not np.isfinite(volume.array).all():
        msg = f"{path} holds values that are no numbers (NaN or infinite); mend it before use"
        raise InputError(msg)
    return volume


def read_image(path: Path) -> Volume:
    """Read an image for a network: as `read_volume`, but refuses what is too thin to be a volume.

    Raises:
        InputError: also where an axis has fewer than 8 voxels.
    """
    volume = read_volume(path)
    if min(volume.array.shape) < SMALLEST_AXIS_VOXELS:
        shape = " x ".join(map(str, volume.array.shape))
        msg = (
            f"{path} has {shape} voxels; expected a volume of at least {SMALLEST_AXIS_VOXELS} slices, not single slices"
        )
        raise InputError(msg)
    return volume


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
        native: the same grid in the orientation in which the file is to lie; default as the volume has it.

    Raises:
        GeometryError: `native` is another grid.
    """
    write_channels([volume], path, native)


def write_channels(channels: Sequence[Volume], path: Path, native: Space | None = None) -> None:
    """Write volumes of one grid along the fourth axis of one `.nii.gz`; a single one without that axis.

    Raises:
        GeometryError: `native` is another grid.
    """
    if native is not None:
        channels = [to_grid_of(channel, native) for channel in channels]
    arrays = [c.array.astype(np.uint8) if c.array.dtype == bool else c.array for c in channels]
    affine = channels[0].space.affine
    image = nib.Nifti1Image(arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=-1), affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    write_bytes(path, gzip.compress(image.to_bytes(), compresslevel=5, mtime=0))
