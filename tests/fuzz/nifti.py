"""Small NIfTI files, most of them damaged in one to three ways, from seeded random numbers."""

import gzip
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np

Random = np.random.Generator

DTYPES = ("u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8")
HUGE = (0.0, -1.0, 1e-45, 1e-38, 1e-9, 1e21, 1e38, -1e38, 3e38, np.inf, -np.inf, np.nan)
SIZES = (-1, 0, 1, 2, 3, 7, 8, 30, 500, 30000, 32767, -32768)
FLOATS = ("pixdim", "scl_slope", "scl_inter", "vox_offset", "srow_x", "srow_y", "srow_z", "quatern_b", "qoffset_x")
CODES = ("datatype", "bitpix", "sform_code", "qform_code", "xyzt_units", "dim_info", "intent_code", "slice_code")


@np.errstate(all="ignore")
def write_nifti(rng: Random, folder: Path) -> Path:
    """Write a file that may be a sound image or mask, or a damaged one."""
    header, data = _sound(rng)
    for change in rng.choice(len(OF_HEADER), rng.choice(3, p=[0.3, 0.5, 0.2]), replace=False):
        OF_HEADER[change](rng, header)
    data = OF_VALUES[rng.integers(len(OF_VALUES))](rng, data) if rng.random() < 0.3 else data
    content = header.binaryblock + bytes(4) + data.tobytes(order="F")
    if rng.random() < 0.25:
        content = OF_BYTES[rng.integers(len(OF_BYTES))](rng, content)
    packed = rng.random() < 0.5
    if packed:
        content = gzip.compress(content, 1)
        if rng.random() < 0.25:
            content = OF_GZIP[rng.integers(len(OF_GZIP))](rng, content)
    path = folder / ("a.nii.gz" if packed != (rng.random() < 0.05) else "a.nii")
    path.write_bytes(content)
    return path


def _sound(rng: Random) -> tuple[nib.Nifti1Header, np.ndarray]:
    dtype = np.dtype(str(rng.choice(DTYPES))).newbyteorder(rng.choice(["<", ">"], p=[0.8, 0.2]))
    shape = tuple(int(size) for size in rng.integers(8, 15, 3))
    kind = nib.Nifti2Header if rng.random() < 0.15 else nib.Nifti1Header
    header = kind(endianness=">" if dtype.byteorder == ">" else "<")
    header.set_data_dtype(dtype)
    header.set_data_shape(shape)
    header["vox_offset"] = int(header["sizeof_hdr"]) + 4
    affine = _affine(rng)
    header.set_sform(affine, code=int(rng.choice([0, 1, 2, 4])))
    header.set_qform(affine, code=int(rng.choice([0, 1, 1])))
    header.set_xyzt_units("mm")
    head = np.linalg.norm(np.indices(shape) - (np.array(shape)[:, None, None, None] - 1) / 2, axis=0) < min(shape) / 2
    values = rng.normal(80, 15, shape) if rng.random() < 0.7 else rng.integers(0, 4, shape)
    return header, np.where(head, np.abs(values), 0).astype(dtype)


def _affine(rng: Random) -> np.ndarray:
    affine = np.eye(4)
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0] if rng.random() < 0.3 else np.eye(3)[rng.permutation(3)]
    affine[:3, :3] = turned * rng.choice([-1, 1], 3) * rng.uniform(0.5, 6, 3)
    affine[:3, 3] = rng.uniform(-100, 100, 3)
    return affine


# --- what is done to the header ---


def _flip_header_bytes(rng: Random, header: nib.Nifti1Header) -> None:
    block = bytearray(header.binaryblock)
    for place in rng.integers(0, len(block), rng.integers(1, 9)):
        block[place] = rng.integers(256)
    header._structarr = np.ndarray((), header._structarr.dtype, bytearray(block))


def _set_float(rng: Random, header: nib.Nifti1Header) -> None:
    field = np.atleast_1d(header[str(rng.choice(FLOATS))])
    field[rng.integers(field.size)] = _as(field, rng.choice(HUGE))


def _as(field: np.ndarray, value: float) -> float:
    return value if field.dtype.kind == "f" else int(np.clip(np.nan_to_num(value), -(2**31), 2**31))


def _set_code(rng: Random, header: nib.Nifti1Header) -> None:
    field = header[str(rng.choice(CODES))]
    field[...] = int(rng.choice([0, 1, 2, 3, 4, 5, 8, 16, 32, 64, 100, 120]))
    if rng.random() < 0.3:
        header["datatype"][...] = int(rng.choice([1, 32, 128, 255, 1536, 1792, 2048, 2304]))


def _set_shape(rng: Random, header: nib.Nifti1Header) -> None:
    for place in rng.integers(0, 8, rng.integers(1, 3)):
        header["dim"][place] = int(rng.choice(SIZES))


def _set_slope(rng: Random, header: nib.Nifti1Header) -> None:
    header["scl_slope"][...] = rng.choice([*HUGE, 1e-9, 2.0, -0.5])
    header["scl_inter"][...] = rng.choice([0, 0, 5, *HUGE])


def _set_unit(rng: Random, header: nib.Nifti1Header) -> None:
    unit, scale = ((1, 1e-3), (3, 1e3), (0, 1), (5, 1), (2 + 8, 1))[rng.integers(5)]
    header["xyzt_units"][...] = unit
    for name in ("srow_x", "srow_y", "srow_z", "qoffset_x", "qoffset_y", "qoffset_z"):
        header[name][...] = header[name] * scale
    header["pixdim"][1:4] = header["pixdim"][1:4] * scale


def _set_forms(rng: Random, header: nib.Nifti1Header) -> None:
    shear = np.eye(4)
    shear[0, 1] = rng.choice([0, 0.001, 0.3, 1, 1e6])
    shear[2, 2] = rng.choice([1, 1, 1e-6, 0])
    shear[:3, 3] = rng.choice([0, 0.5, 30, 1e9], 3)
    header.set_sform(header.get_sform() @ shear, code=int(rng.choice([0, 1, 4])))


def _set_magic(rng: Random, header: nib.Nifti1Header) -> None:
    header["magic"][...] = rng.choice([b"ni1", b"n+1", b"n+2", b"", b"nii", b"n+9"])


OF_HEADER: tuple[Callable[[Random, nib.Nifti1Header], None], ...] = (
    _flip_header_bytes,
    _set_float,
    _set_code,
    _set_shape,
    _set_slope,
    _set_unit,
    _set_forms,
    _set_magic,
)


# --- what is done to the values ---


def _no_numbers(rng: Random, data: np.ndarray) -> np.ndarray:
    if data.dtype.kind == "f":
        data.flat[rng.integers(data.size, size=3)] = rng.choice([np.nan, np.inf, -np.inf], 3)
    return data


def _other_scale(rng: Random, data: np.ndarray) -> np.ndarray:
    if data.dtype.kind != "f":
        return data
    return (data * rng.choice([1e-45, 1e-36, 1e-9, 1e21, 1e36, 1e300])).astype(data.dtype)


def _one_value(rng: Random, data: np.ndarray) -> np.ndarray:
    return np.full_like(data, rng.choice([0, 1, 70]))


def _extremes(rng: Random, data: np.ndarray) -> np.ndarray:
    limits = np.finfo(data.dtype) if data.dtype.kind == "f" else np.iinfo(data.dtype)
    data.flat[rng.integers(data.size, size=2)] = [limits.min, limits.max]
    return data


OF_VALUES = (_no_numbers, _other_scale, _one_value, _extremes)


# --- what is done to the file ---


def _cut(rng: Random, content: bytes) -> bytes:
    return content[: rng.integers(len(content))]


def _lengthen(rng: Random, content: bytes) -> bytes:
    return content + bytes(int(rng.choice([1, 100, 4096, 5000, 2 * 2**20])))


def _flip_bytes(rng: Random, content: bytes) -> bytes:
    spoilt = bytearray(content)
    for place in rng.integers(0, len(spoilt), rng.integers(1, 5)):
        spoilt[place] ^= 1 << int(rng.integers(8))
    return bytes(spoilt)


def _noise(rng: Random, content: bytes) -> bytes:
    return rng.bytes(int(rng.integers(0, 2000)))


def _twice(rng: Random, content: bytes) -> bytes:
    return content + content


def _trailing_noise(rng: Random, content: bytes) -> bytes:
    return content + rng.bytes(int(rng.integers(1, 50)))


def _bomb(rng: Random, content: bytes) -> bytes:
    return content + gzip.compress(bytes(16 * 2**20), 1)


OF_BYTES = (_cut, _lengthen, _flip_bytes, _noise)
OF_GZIP = (_cut, _flip_bytes, _twice, _trailing_noise, _bomb, lambda rng, content: gzip.compress(content))
