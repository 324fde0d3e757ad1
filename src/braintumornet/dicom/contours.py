"""Closed planar contours and the mask of a slice, one from the other."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from contourpy import FillType, contour_generator

TOLERANCE_PIXELS = 0.25
"""How far a simplified contour may be off; a pixel's centre is 0.35 pixels from the exact one at least."""
_EDGES_AT_ONCE = 1000  # each crosses every row at worst
_CHANNELS_TRIED = 500
_CHANNEL_OFF_CENTRES = 0.1  # pixels


def fill_contours(contours: Sequence[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    """Return which pixel centres lie within closed contours of one slice, those of a hole left out (even-odd rule).

    A hole may be a contour of its own within another (XOR), or be joined to the outer one by a channel of no width
    (keyhole): an edge that is walked twice counts for nothing. Of a centre that lies on an edge, the sides towards the
    first row and the first column belong to the inside, so that neighbours never share a pixel.

    Args:
        contours: each (N, 2), row and column of its points in pixels; a pixel's centre has whole numbers. The last
            point is joined to the first.
        shape: rows and columns of the slice.

    Returns:
        bool (rows, columns).

    Example:
        >>> square = np.array([[0.5, 0.5], [0.5, 3.5], [3.5, 3.5], [3.5, 0.5]])
        >>> hole = np.array([[1.5, 1.5], [1.5, 2.5], [2.5, 2.5], [2.5, 1.5]])
        >>> fill_contours([square, hole], (5, 5)).astype(int)
        array([[0, 0, 0, 0, 0],
               [0, 1, 1, 1, 0],
               [0, 1, 0, 1, 0],
               [0, 1, 1, 1, 0],
               [0, 0, 0, 0, 0]])
    """
    rows, columns = shape
    changes = np.zeros((rows, columns + 1), np.int64)  # how many edges lie between a pixel and the one before it
    for edges in _edges_of(contours):
        row, column = _crossings(edges, rows)
        place = np.clip(np.ceil(column), 0, columns).astype(np.int64)
        changes += np.bincount(row * (columns + 1) + place, minlength=changes.size).reshape(changes.shape)
    return np.asarray(changes.cumsum(axis=1)[:, :columns] % 2 == 1)


def _edges_of(contours: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Yield edges (N, 2 ends, row and column), each end at the smaller row first."""
    for contour in contours:
        points = np.asarray(contour, np.float64).reshape(-1, 2)
        edges = np.stack([points, np.roll(points, -1, axis=0)], axis=1)
        ascending = np.argsort(edges[:, :, 0], axis=1, kind="stable")
        edges = np.take_along_axis(edges, ascending[:, :, None], axis=1)
        yield from (edges[start : start + _EDGES_AT_ONCE] for start in range(0, len(edges), _EDGES_AT_ONCE))


def _crossings(edges: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return at which column each edge crosses each row of pixel centres; its lower end is its own, its upper not."""
    first = np.clip(np.ceil(edges[:, 0, 0]), 0, rows).astype(np.int64)
    last = np.clip(np.ceil(edges[:, 1, 0]), 0, rows).astype(np.int64)
    counts = last - first
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts - first, counts)
    (low_row, low_column), (high_row, high_column) = np.repeat(edges, counts, axis=0).transpose(1, 2, 0)
    share = (row - low_row) / np.where(high_row > low_row, high_row - low_row, 1)
    return row, low_column + share * (high_column - low_column)


def outline_mask(mask: np.ndarray, keyholes: bool = False) -> list[np.ndarray]:
    """Return the closed contours of a mask of one slice, between the centres of its pixels and the others.

    They are simplified within a quarter of a pixel. No pixel's centre comes nearer than that to the exact contour, so
    `fill_contours` gives back the mask.

    Args:
        mask: bool (rows, columns).
        keyholes: join each hole to the contour around it by a channel of no width, for programs that take every contour
            for tissue; default: a hole is a contour of its own (XOR).

    Returns:
        Each (N, 2), row and column of its points in pixels; the last is joined to the first.

    Example:
        >>> mask = np.pad(np.ones((3, 3), bool), 1)
        >>> mask[2, 2] = False
        >>> [len(contour) for contour in outline_mask(mask)]
        [8, 4]
        >>> (fill_contours(outline_mask(mask, keyholes=True), mask.shape) == mask).all()
        np.True_
    """
    padded = np.pad(np.asarray(mask, np.float64), 1)  # a contour of what touches the border is closed all the same
    generator = contour_generator(z=padded, fill_type=FillType.OuterOffset)
    contours: list[np.ndarray] = []
    for points, ends in zip(*generator.filled(0.5, 1.5), strict=True):
        rings = [_simplify(points[start : end - 1, ::-1] - 1) for start, end in pairwise(map(int, ends))]
        contours += [_join_holes(rings)] if keyholes else rings
    return contours


def _simplify(ring: np.ndarray) -> np.ndarray:
    """Leave out points of a ring (N, 2) while none is farther off than the tolerance (Douglas and Peucker 1973)."""
    farthest = int(np.argmax(np.linalg.norm(ring - ring[0], axis=1)))
    closed = np.vstack([ring, ring[:1]])
    kept = np.zeros(len(closed), bool)
    kept[[0, farthest]] = True
    waiting = [(0, farthest), (farthest, len(ring))]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        off = _distances(closed[first + 1 : last], closed[first], closed[last])
        if off.max() > TOLERANCE_PIXELS:
            middle = first + 1 + int(off.argmax())
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return np.asarray(ring[kept[:-1]])


def _distances(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return how far points (N, 2) are from a line between two."""
    along = end - start
    share = np.clip((points - start) @ along / max(float(along @ along), np.finfo(float).tiny), 0, 1)
    return np.asarray(np.linalg.norm(points - start - share[:, None] * along, axis=1))


def _join_holes(rings: Sequence[np.ndarray]) -> np.ndarray:
    """Return the outer ring, which is the first, with a channel to each hole; the nearest hole comes first."""
    joined, *holes = rings
    while holes:
        channels = [_shortest_channel(joined, hole) for hole in holes]
        nearest = min(range(len(holes)), key=lambda number: channels[number][0])
        _, here, there = channels[nearest]
        hole = np.roll(holes.pop(nearest), -there, axis=0)
        joined = np.vstack([joined[: here + 1], hole, hole[:1], joined[here:]])
    return joined


def _shortest_channel(ring: np.ndarray, hole: np.ndarray) -> tuple[float, int, int]:
    """Return the length of the shortest channel between two rings that keeps off pixel centres, and its two ends.

    A centre on the channel would belong to the tissue for some programs, and not for others.
    """
    lengths = np.linalg.norm(ring[:, None] - hole[None], axis=2)
    in_order = np.argsort(lengths, axis=None, kind="stable")[:_CHANNELS_TRIED]
    ends = [(int(number) // len(hole), int(number) % len(hole)) for number in in_order]
    here, there = next((each for each in ends if _keeps_off_centres(ring[each[0]], hole[each[1]])), ends[0])
    return float(lengths[here, there]), here, there


def _keeps_off_centres(start: np.ndarray, end: np.ndarray) -> bool:
    low, high = np.floor(np.minimum(start, end)), np.ceil(np.maximum(start, end))
    rows, columns = np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(low, high, strict=True)), indexing="ij")
    centres = np.stack([rows.ravel(), columns.ravel()], axis=1)
    return bool(_distances(centres, start, end).min() > _CHANNEL_OFF_CENTRES)
