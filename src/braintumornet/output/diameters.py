"""The two diameters by which response criteria judge a lesion: the longest in an axial slice, and across it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from braintumornet.core.space import Space
from braintumornet.core.tolerance import lower, upper

MOST_TILTED_DEGREES = 45
OWN_SLICES = 2  # times as long as wide: such voxels are those of an acquisition in slices, along their long side
_SAME = 1e-6  # relative: diameters that differ by less are equal


@dataclass(frozen=True)
class AxialSlices:
    """The axial slices of a grid.

    Args:
        axis: of the array along which they follow each other.
        spacing_mm: from the middle of one to the middle of the next.
        to_plane_mm: (2, 2) from steps along the two other axes to mm in the plane of a slice.
    """

    axis: int
    spacing_mm: float
    to_plane_mm: np.ndarray


@dataclass(frozen=True)
class Cross:
    """Two diameters at right angles.

    Args:
        slice: number of the slice, from 0.
        ends: of the longest and of the perpendicular one, in voxel indices within the slice, (2, 2, 2).
        lengths_mm: of both.
    """

    slice: int
    ends: np.ndarray
    lengths_mm: tuple[float, float]


def find_axial_slices(space: Space) -> AxialSlices | str:
    """Return the axial slices of a grid, or in words why it has none.

    Voxels more than twice as long as wide were acquired in slices, which must be axial within 45 degrees. Other
    voxels have an axial plane near enough whichever way they were acquired.

    Example:
        >>> find_axial_slices(Space((9, 9, 9), np.diag([1.0, 1.0, 5.0, 1.0]))).axis
        2
        >>> find_axial_slices(Space((9, 9, 9), np.diag([5.0, 1.0, 1.0, 1.0])))
        'the slices are sagittal'
    """
    edges = space.affine[:3, :3]
    normals = np.linalg.inv(edges)  # rows, each at right angles to two edges
    upward = np.abs(normals[:, 2]) / np.linalg.norm(normals, axis=1)
    axis = int(upward.argmax())
    longest = int(np.argmax(space.spacing_mm))
    if space.spacing_mm[longest] > upper(OWN_SLICES * min(space.spacing_mm)) and longest != axis:
        across = int(np.abs(normals[longest]).argmax())
        return f"the slices are {('sagittal', 'coronal', 'tilted too far')[across]}"
    tilt = float(np.degrees(np.arccos(min(1.0, upward[axis]))))
    if tilt > upper(MOST_TILTED_DEGREES):
        return f"the slices are tilted by {tilt:.0f} degrees from axial"
    in_plane = np.delete(edges, axis, axis=1)  # (3, 2)
    return AxialSlices(axis, float(1 / np.linalg.norm(normals[axis])), np.linalg.cholesky(in_plane.T @ in_plane).T)


def measure_diameters(lesion: np.ndarray, slices: AxialSlices) -> Cross:
    """Return the longest diameter of a lesion in any axial slice, and the longest perpendicular to it in that slice.

    Diameters join points of the lesion's outline, which runs halfway between a voxel within and its neighbour outside
    (marching squares, as the maximum diameter in a slice of IBSI and PyRadiomics is defined). So a lesion of one voxel
    measures one by one. A diameter may cross what is not lesion, such as the necrosis within a ring. Of several
    longest ones, that with the longest perpendicular counts.

    Args:
        lesion: boolean mask (D, H, W), not empty.
        slices: the axial slices of its grid.

    Example:
        >>> lesion = np.zeros((9, 9, 2), dtype=bool)
        >>> lesion[1:6, 4] = True
        >>> measure_diameters(lesion, find_axial_slices(Space((9, 9, 2), np.eye(4)))).lengths_mm
        (5.0, 1.0)
    """
    planes = np.moveaxis(lesion, slices.axis, 0)
    outlines = {int(number): _outline(planes[number]) for number in np.flatnonzero(planes.any(axis=(1, 2)))}
    longest = {number: _longest(np.concatenate(lines) @ slices.to_plane_mm.T) for number, lines in outlines.items()}
    least = max(length for length, _ in longest.values()) * (1 - _SAME)
    found = [
        _cross(number, outlines[number], pair, slices.to_plane_mm)
        for number, (length, pairs) in longest.items()
        if length >= least
        for pair in pairs
    ]
    return max(found, key=lambda cross: round(cross.lengths_mm[1], 6))


def is_measurable(cross: Cross, slices: AxialSlices, number_of_slices: int, least_mm: tuple[float, float]) -> bool:
    """Say whether a lesion is large enough for response criteria.

    Args:
        cross: its diameters.
        slices: of its grid.
        number_of_slices: that it is seen on; two at least are needed.
        least_mm: longest and perpendicular diameter that the criteria ask for; the first is to be twice the distance
            of the slices, too.
    """
    longest_mm, perpendicular_mm = cross.lengths_mm
    least_longest_mm = max(least_mm[0], 2 * slices.spacing_mm)
    return number_of_slices >= 2 and longest_mm >= lower(least_longest_mm) and perpendicular_mm >= lower(least_mm[1])


def _outline(plane: np.ndarray) -> list[np.ndarray]:
    """Return the closed lines around a mask (H, W), each (N, 2) in indices, its first point once more as its last."""
    from contourpy import contour_generator

    rows, columns = (np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0))
    inside = plane[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    lines: Any = contour_generator(z=np.pad(inside.astype(float), 1)).lines(0.5)
    return [line[:, ::-1] + (rows[0] - 1, columns[0] - 1) for line in lines]  # given as column and row


def _longest(points_mm: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """Return the largest distance of two points (N, 2), and the pairs of points, each (2, 2), that are so far apart."""
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import cdist

    corners = points_mm[ConvexHull(points_mm).vertices]
    distances = cdist(corners, corners)
    length = float(distances.max())
    pairs = np.argwhere(np.triu(distances) >= length * (1 - _SAME))
    return length, [corners[pair] for pair in pairs]


def _cross(number: int, outline: list[np.ndarray], longest_mm: np.ndarray, to_plane_mm: np.ndarray) -> Cross:
    along = longest_mm[1] - longest_mm[0]
    length = float(np.linalg.norm(along))
    turn = np.array([along, [-along[1], along[0]]]) / length  # to coordinates along the longest diameter and across
    low, high = _widest([line @ (turn @ to_plane_mm).T for line in outline])
    across_mm = np.array([low, high]) @ turn
    ends = np.array([longest_mm, across_mm]) @ np.linalg.inv(to_plane_mm).T
    return Cross(number, ends, (length, float(high[1] - low[1])))


def _widest(outline: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the two points of closed lines that lie furthest apart among those with one first coordinate.

    Between two neighbouring corners both outer edges are straight, so the widest place is at a corner: at the first
    coordinate of each, the lowest and the highest of all edges there is looked for.

    Args:
        outline: lines (N, 2), the first point once more as the last.
    """
    starts, ends = (np.concatenate([line[part] for line in outline]) for part in (slice(None, -1), slice(1, None)))
    places = np.unique(starts[:, 0])
    rounding = 1e-9 * (places[-1] - places[0])
    first = np.searchsorted(places, np.minimum(starts[:, 0], ends[:, 0]) - rounding)
    last = np.searchsorted(places, np.maximum(starts[:, 0], ends[:, 0]) + rounding)  # one beyond
    edge = np.repeat(np.arange(len(starts)), last - first)
    at = np.concatenate([np.arange(low, high) for low, high in zip(first, last, strict=True)])
    run = (ends - starts)[edge]
    share = np.divide(
        places[at] - starts[edge, 0], run[:, 0], out=np.zeros(len(edge)), where=np.abs(run[:, 0]) > rounding
    )
    heights = starts[edge, 1] + np.clip(share, 0, 1) * run[:, 1]
    low, high = np.full(len(places), np.inf), np.full(len(places), -np.inf)
    np.minimum.at(low, at, heights)
    np.maximum.at(high, at, heights)
    best = int(np.argmax(high - low))
    return np.array([places[best], low[best]]), np.array([places[best], high[best]])
