"""Volumes cut into compressed chunks, so that a patch is read without the rest.

Only blosc2's plain buffers are used: its array files can carry expressions, and reading must never run code.
"""

import zlib
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from braintumornet.core.text.errors import require
from braintumornet.volumes.brain import Box

BRICK_VOXELS = 32  # along the first two axes; rows along the third stay whole, so that they are copied at once
LEVEL = 5

Bytes = Callable[[int, int], Any]
"""Returns the bytes from one place to another of the packed chunks."""


def pack(volumes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compress volumes.

    LZ4HC unpacks three times as fast as Zstandard, and takes a fifth more space on real images.

    Args:
        volumes: whole numbers (C, D, H, W).

    Returns:
        The chunks' bytes one after the other, uint8; where each ends, int64; and the CRC-32 of each, uint32.
    """
    import blosc2

    settings = blosc2.CParams(
        codec=blosc2.Codec.LZ4HC,
        clevel=LEVEL,
        typesize=volumes.dtype.itemsize,
        filters=[blosc2.Filter.SHUFFLE],
        nthreads=1,
    )
    places = product(range(len(volumes)), _along(volumes.shape[1]), _along(volumes.shape[2]))
    chunks = [blosc2.compress2(np.ascontiguousarray(volumes[place]), cparams=settings) for place in places]
    ends = np.cumsum([len(chunk) for chunk in chunks])
    sums = np.array([zlib.crc32(chunk) for chunk in chunks], dtype=np.uint32)
    return np.frombuffer(b"".join(chunks), dtype=np.uint8), ends, sums


def unpack(
    read: Bytes, ends: np.ndarray, sums: np.ndarray, shape: tuple[int, ...], dtype: np.dtype[Any], box: Box
) -> np.ndarray:
    """Read a box of the volumes that `pack` compressed.

    Args:
        read: gives a part of the packed bytes.
        ends: of the chunks.
        sums: CRC-32 of the chunks.
        shape: (C, D, H, W) of the whole volumes.
        dtype: of the volumes.
        box: voxels wanted, within the volumes.

    Returns:
        Array (C, d, h, w).

    Raises:
        ValueError: the checksum of a chunk is wrong.
    """
    import blosc2

    result = np.empty((shape[0], *(side.stop - side.start for side in box)), dtype=dtype)
    rows, columns = list(_along(shape[1])), list(_along(shape[2]))
    for channel, (i, row), (j, column) in product(range(shape[0]), _meeting(rows, box[0]), _meeting(columns, box[1])):
        number = (channel * len(rows) + i) * len(columns) + j
        content = read(int(ends[number - 1]) if number else 0, int(ends[number]))
        require(zlib.crc32(content) == sums[number], f"the checksum of chunk {number} is wrong", ValueError)
        chunk = np.frombuffer(blosc2.decompress2(content, nthreads=1), dtype)
        chunk = chunk.reshape(row.stop - row.start, column.stop - column.start, shape[3])
        (from_row, to_row), (from_column, to_column) = _overlap(row, box[0]), _overlap(column, box[1])
        result[channel, to_row, to_column] = chunk[from_row, from_column, box[2]]
    return result


def _along(size: int) -> Iterator[slice]:
    return (slice(start, min(start + BRICK_VOXELS, size)) for start in range(0, size, BRICK_VOXELS))


def _meeting(sides: list[slice], wanted: slice) -> list[tuple[int, slice]]:
    return [(n, side) for n, side in enumerate(sides) if side.start < wanted.stop and wanted.start < side.stop]


def _overlap(side: slice, wanted: slice) -> tuple[slice, slice]:
    """Return what two sides share, counted from the start of each."""
    low, high = max(side.start, wanted.start), min(side.stop, wanted.stop)
    return slice(low - side.start, high - side.start), slice(low - wanted.start, high - wanted.start)
