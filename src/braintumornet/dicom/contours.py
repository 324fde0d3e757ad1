"""Closed planar contours and the mask of a slice, one from the other."""

from collections.abc import Iterator, Sequence

import numpy as np

_EDGES_AT_ONCE = 1000  # each crosses every row at worst


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
