"""Tensors out of a TensorFlow checkpoint (`.index` and `.data-00000-of-00001`), without TensorFlow.

The index is a sorted table in blocks (LevelDB's format): name -> where the tensor lies in the data file, with its type,
shape and checksum as a protocol-buffer message. Reading it runs no code of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import error as StructError
from struct import unpack_from
from typing import Any

import numpy as np
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

from braintumornet.core.text.errors import InputError, require

TABLE_MAGIC = 0xDB4775248B80FB57
FOOTER_BYTES = 48
TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    2: np.dtype("<f8"),
    3: np.dtype("<i4"),
    9: np.dtype("<i8"),
}
"""TensorFlow's numbers of the types that are read."""


@dataclass(frozen=True)
class Entry:
    """Where a tensor lies.

    Args:
        dtype: number of its type.
        shape: of the tensor.
        offset: in the data file, bytes.
        size: bytes.
        checksum: masked CRC-32C of these bytes.
    """

    dtype: int
    shape: tuple[int, ...]
    offset: int
    size: int
    checksum: int


def checkpoint_files(path: Path) -> tuple[Path, Path]:
    """Return index and data file of a checkpoint that is named as TensorFlow does, or by one of its files.

    Example:
        >>> [file.name for file in checkpoint_files(Path("model.ckpt"))]
        ['model.ckpt.index', 'model.ckpt.data-00000-of-00001']
    """
    name = path.name.removesuffix(".index").removesuffix(".data-00000-of-00001")
    return path.with_name(f"{name}.index"), path.with_name(f"{name}.data-00000-of-00001")


def read_checkpoint(path: Path, scope: str) -> dict[str, np.ndarray]:
    """Read the tensors of one scope.

    Args:
        path: `model.ckpt`, or one of its files.
        scope: beginning of the names, such as `net/`; what lies elsewhere is left alone.

    Returns:
        Name without the scope -> array.

    Raises:
        InputError: a file is missing, compressed, cut off or damaged.
    """
    index_file, data_file = checkpoint_files(path)
    try:
        index, data = index_file.read_bytes(), data_file.read_bytes()
    except OSError as error:
        msg = f"cannot read the checkpoint {path}: {error.strerror}: {error.filename}"
        raise InputError(msg) from error
    try:
        entries = {name: _entry(value) for name, value in _table(index) if name.startswith(scope)}
    except (IndexError, StructError, TypeError, ValueError) as error:
        msg = f"{index_file} is no index of a TensorFlow checkpoint, or damaged: {error}"
        raise InputError(msg) from error
    try:
        return {name.removeprefix(scope): _tensor(entry, data) for name, entry in entries.items()}
    except ValueError as error:
        msg = f"{data_file} is cut off or damaged: {error}; copy it anew"
        raise InputError(msg) from error


def _tensor(entry: Entry, data: bytes) -> np.ndarray:
    content = data[entry.offset : entry.offset + entry.size]
    require(entry.dtype in TYPES, f"tensor type {entry.dtype} is not known", ValueError)
    require(
        len(content) == entry.size and entry.size == TYPES[entry.dtype].itemsize * int(np.prod(entry.shape)),
        f"expected {entry.size} bytes from byte {entry.offset} on, found {len(content)}",
        ValueError,
    )
    require(
        masked_crc32c(content) == entry.checksum,
        f"the checksum of the {entry.size} bytes from byte {entry.offset} on is wrong",
        ValueError,
    )
    tensor: np.ndarray = np.frombuffer(content, TYPES[entry.dtype]).reshape(entry.shape)
    return tensor.copy()


def _table(index: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield key and value of every entry of a table file."""
    require(
        len(index) >= FOOTER_BYTES and unpack_from("<Q", index, len(index) - 8)[0] == TABLE_MAGIC,
        "it does not end as one",
        ValueError,
    )
    footer = index[-FOOTER_BYTES:]
    _, position = _handle(footer, 0)  # of the meta index, which is empty
    handle, _ = _handle(footer, position)
    for _, value in _block(index, *handle):
        (offset, size), _ = _handle(value, 0)
        for key, content in _block(index, offset, size):
            yield key.decode(), content


def _block(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield key and value of every entry of a block; keys are written without what they share with the one before."""
    content = index[offset : offset + size]
    compression = index[offset + size]
    require(
        masked_crc32c(index[offset : offset + size + 1]) == unpack_from("<I", index, offset + size + 1)[0],
        f"the checksum of the block at byte {offset} is wrong",
        ValueError,
    )
    require(compression == 0, "it is compressed, which TensorFlow itself never does", ValueError)
    (restarts,) = unpack_from("<I", content, size - 4)
    end, position, key = size - 4 * (restarts + 1), 0, b""
    while position < end:
        shared, position = _varint(content, position)
        own, position = _varint(content, position)
        length, position = _varint(content, position)
        key = key[:shared] + content[position : position + own]
        yield key, content[position + own : position + own + length]
        position += own + length


def _handle(content: bytes, position: int) -> tuple[tuple[int, int], int]:
    offset, position = _varint(content, position)
    size, position = _varint(content, position)
    return (offset, size), position


def _entry(message: bytes) -> Entry:
    """Read a BundleEntryProto."""
    fields = dict(_fields(message))
    shape = tuple(dict(_fields(dim)).get(1, 0) for number, dim in _fields(fields.get(2, b"")) if number == 2)
    return Entry(fields.get(1, 0), shape, fields.get(4, 0), fields.get(5, 0), fields.get(6, 0))


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Yield number and value of each field of a protocol-buffer message."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        wire = tag & 7
        value: int | bytes
        if wire == 0:
            value, position = _varint(message, position)
        elif wire == 2:
            length, position = _varint(message, position)
            value, position = message[position : position + length], position + length
        elif wire == 5:
            value, position = unpack_from("<I", message, position)[0], position + 4
        else:
            msg = f"a field of wire type {wire} has no place in it"
            raise ValueError(msg)
        yield tag >> 3, value


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """Return a number written in groups of 7 bits, and the position after it."""
    value = shift = 0
    while True:
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, position
