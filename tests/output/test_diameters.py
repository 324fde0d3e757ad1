"""Longest diameters in axial slices, and the longest perpendicular to them, by hand and by brute force."""

from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.output.diameters import AxialSlices, Cross, find_axial_slices, is_measurable, measure_diameters


def grid(*spacing_mm: float, shape: tuple[int, int, int] = (60, 60, 3)) -> Space:
    return Space(shape, np.diag([*spacing_mm, 1.0]))


def slices_of(space: Space) -> AxialSlices:
    found = find_axial_slices(space)
    assert isinstance(found, AxialSlices), found
    return found


def measure(plane: np.ndarray, *spacing_mm: float) -> Cross:
    """Measure one slice."""
    return measure_diameters(plane[:, :, None], slices_of(grid(*spacing_mm, 4.0, shape=(*plane.shape, 1))))


def ellipse(spacing_mm: tuple[float, float], degrees: float, semi_axes_mm: tuple[float, float]) -> np.ndarray:
    shape = [int(44 / mm) for mm in spacing_mm]
    centred = [(np.arange(size) - (size - 1) / 2) * mm for size, mm in zip(shape, spacing_mm, strict=True)]
    x, y = np.meshgrid(*centred, indexing="ij")
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    along, across = cosine * x + sine * y, cosine * y - sine * x
    return (along / semi_axes_mm[0]) ** 2 + (across / semi_axes_mm[1]) ** 2 <= 1


@pytest.mark.parametrize("degrees", [0, 17, 45, 90, 130])
@pytest.mark.parametrize("spacing_mm", [(0.5, 0.5), (0.4, 0.9)])
def test_an_ellipse_measures_its_axes(degrees: float, spacing_mm: tuple[float, float]) -> None:
    cross = measure(ellipse(spacing_mm, degrees, (15, 10)), *spacing_mm)
    assert cross.lengths_mm == pytest.approx((30, 20), abs=max(spacing_mm))


def test_a_ring_measures_across_what_it_encloses() -> None:
    full, hole = ellipse((1, 1), 0, (15, 10)), ellipse((1, 1), 0, (12, 7))
    assert measure(full & ~hole, 1, 1).lengths_mm == measure(full, 1, 1).lengths_mm


def test_the_perpendicular_of_an_l_lies_within_its_arms() -> None:
    """From the end of one arm to that of the other, (10, 9) away; across that, an arm of two voxels, aslant."""
    plane = np.zeros((12, 12), dtype=bool)
    plane[1:3, 1:11] = plane[1:11, 1:3] = True
    assert measure(plane, 1, 1).lengths_mm == pytest.approx((np.sqrt(181), 2 * np.sqrt(181) / 9))


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.5, 2.0)])
def test_one_voxel_measures_its_edges(spacing_mm: tuple[float, float]) -> None:
    plane = np.zeros((5, 5), dtype=bool)
    plane[2, 2] = True
    assert measure(plane, *spacing_mm).lengths_mm == pytest.approx((max(spacing_mm), min(spacing_mm)))


def test_a_rectangle_measures_between_the_middles_of_its_outermost_voxels() -> None:
    """30 by 20 voxels: its outline runs from (0, -0.5) to (29, 19.5), say, as its corners are cut."""
    plane = np.zeros((34, 24), dtype=bool)
    plane[2:32, 2:22] = True
    longest_mm, perpendicular_mm = measure(plane, 1, 1).lengths_mm
    assert longest_mm == pytest.approx(max(np.hypot(29, 20), np.hypot(30, 19)))
    assert 20 < perpendicular_mm < 20 / np.cos(np.arctan(20 / 29)) + 1


@pytest.mark.parametrize("spacing_mm", [(1.0, 1.0), (0.6, 1.3)])
def test_random_blobs_measure_what_brute_force_finds(spacing_mm: tuple[float, float]) -> None:
    rng = np.random.default_rng(4)
    for _ in range(6):
        plane = ndimage.gaussian_filter(rng.standard_normal((20, 20)), 2) > 0.05
        plane[[0, -1]] = plane[:, [0, -1]] = False
        edges = outline_by_cells(plane)
        points_mm = np.unique(np.concatenate(edges), axis=0) * spacing_mm
        pairs = [(np.linalg.norm(p - q), p, q) for p, q in combinations(points_mm, 2)]
        longest = max(length for length, _, _ in pairs)
        widest = max(widest_across(p, q, edges * np.array(spacing_mm)) for d, p, q in pairs if d > longest - 1e-7)
        assert measure(plane, *spacing_mm).lengths_mm == pytest.approx((longest, widest), rel=1e-6)


def outline_by_cells(plane: np.ndarray) -> np.ndarray:
    """Return the edges of marching squares, (N, 2, 2): in each cell of four voxel centres, between its crossings.

    Where two voxels meet at a corner alone, the outline passes between them.
    """
    edges = []
    for row, column in np.ndindex(plane.shape[0] - 1, plane.shape[1] - 1):
        corners = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        inside = [bool(plane[corner]) for corner in corners]
        middles = [np.add(corners[i], corners[(i + 1) % 4]) / 2 for i in range(4) if inside[i] != inside[(i + 1) % 4]]
        if len(middles) == 2:
            edges.append(middles)
        elif len(middles) == 4:  # crossing i lies behind corner i
            edges += [[middles[i - 1], middles[i]] for i in range(4) if inside[i]]
    return np.array(edges)


def widest_across(p: np.ndarray, q: np.ndarray, edges: np.ndarray) -> float:
    """Return the longest distance, at right angles to p - q, of two points on edges; at the corners, one by one."""
    along = (q - p) / np.linalg.norm(q - p)
    turned = edges @ np.array([along, [-along[1], along[0]]]).T
    found = 0.0
    for place in np.unique(turned[:, :, 0]):
        heights = []
        for (x0, y0), (x1, y1) in turned:
            if min(x0, x1) - 1e-9 <= place <= max(x0, x1) + 1e-9:
                heights += [y0, y1] if abs(x1 - x0) < 1e-9 else [y0 + (place - x0) / (x1 - x0) * (y1 - y0)]
        found = max(found, max(heights) - min(heights))
    return found


def test_the_slice_is_that_with_the_longest_diameter_and_of_equals_with_the_longest_perpendicular() -> None:
    lesion = np.zeros((20, 20, 5), dtype=bool)
    lesion[2:12, 4, 1] = lesion[2:12, 9, 3] = True
    lesion[6, 9:12, 3] = True
    lesion[6, 2:8, 4] = True
    cross = measure_diameters(lesion, slices_of(grid(1, 1, 1)))
    assert (cross.slice, cross.lengths_mm) == (3, pytest.approx((10, 3)))


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("flipped", [(), (0,), (1, 2)])
def test_the_order_and_direction_of_the_axes_change_no_diameter(
    axes: tuple[int, ...], flipped: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(1)
    lesion = ndimage.gaussian_filter(rng.standard_normal((20, 22, 12)), 2) > 0.1
    affine = np.diag([0.9, 1.1, 1.5, 1.0])
    turned = np.flip(lesion, flipped)
    signs = [-1 if axis in flipped else 1 for axis in range(3)]
    permuted = np.zeros((4, 4))
    permuted[:3, :3], permuted[3, 3] = (affine[:3, :3] * signs)[:, axes], 1
    expected = measure_diameters(lesion, slices_of(Space(lesion.shape, affine)))
    found = measure_diameters(turned.transpose(axes), slices_of(Space(turned.transpose(axes).shape, permuted)))
    assert found.lengths_mm == pytest.approx(expected.lengths_mm)


def rotation(degrees: float) -> np.ndarray:
    """Turn about the left-right axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0, 0], [0, cosine, -sine, 0], [0, sine, cosine, 0], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("affine", "axis"),
    [
        (np.diag([1, 1, 5, 1]), 2),
        (np.diag([-1, -1, 5, 1]), 2),
        (rotation(30) @ np.diag([1, 1, 5, 1]), 2),
        (rotation(44) @ np.diag([1, 1, 1, 1]), 2),
        (rotation(46) @ np.diag([1, 1, 1, 1]), 1),
        (np.diag([2.0, 1, 1, 1]), 2),
    ],
)
def test_the_axial_axis(affine: np.ndarray, axis: int) -> None:
    slices = slices_of(Space((9, 9, 9), affine.astype(float)))
    assert (slices.axis, slices.spacing_mm) == (axis, pytest.approx(np.linalg.norm(affine[:, axis])))


@pytest.mark.parametrize(
    ("affine", "why"),
    [
        (np.diag([5.0, 1, 1, 1]), "the slices are sagittal"),
        (np.diag([1.0, 5, 1, 1]), "the slices are coronal"),
        (rotation(50) @ np.diag([1.0, 1, 5, 1]), "the slices are coronal"),
    ],
)
def test_other_slices_are_not_axial(affine: np.ndarray, why: str) -> None:
    assert find_axial_slices(Space((9, 9, 9), affine)) == why


def test_a_volume_that_lies_askew_has_no_axial_slices() -> None:
    """All three axes are as far from head-foot as they can be, 54.7 degrees."""
    third = np.sqrt(1 / 3)
    across = np.array([[np.sqrt(1 / 2), np.sqrt(1 / 6), third], [-np.sqrt(1 / 2), np.sqrt(1 / 6), third]])
    affine = np.eye(4)
    affine[:3, :3] = np.array([*across, [0, -np.sqrt(2 / 3), third]]).T
    assert find_axial_slices(Space((9, 9, 9), affine)) == "the slices are tilted by 55 degrees from axial"


def test_distances_are_right_where_axes_do_not_meet_at_right_angles() -> None:
    """Five voxels along an axis that runs 0.5 mm to the right for each mm to the front."""
    affine = np.diag([1.0, 1, 3, 1])
    affine[0, 1] = 0.5
    lesion = np.zeros((9, 9, 1), dtype=bool)
    lesion[4, 2:7] = True
    longest_mm, perpendicular_mm = measure_diameters(lesion, slices_of(Space(lesion.shape, affine))).lengths_mm
    assert longest_mm == pytest.approx(5 * np.hypot(1, 0.5))
    assert perpendicular_mm == pytest.approx(1 / np.hypot(1, 0.5))  # the height of the parallelogram


@pytest.mark.parametrize(
    ("lengths_mm", "spacing_mm", "seen_on", "least_mm", "expected"),
    [
        ((10, 10), 1, 2, (10, 10), True),
        ((9.9, 9.9), 1, 2, (10, 10), False),
        ((30, 9.9), 1, 2, (10, 10), False),
        ((30, 9.9), 1, 2, (10, 5), True),
        ((30, 20), 1, 1, (10, 10), False),
        ((11, 10), 6, 2, (10, 10), False),
        ((12, 10), 6, 2, (10, 10), True),
    ],
)
def test_measurable_lesions(
    lengths_mm: tuple[float, float], spacing_mm: float, seen_on: int, least_mm: tuple[float, float], expected: bool
) -> None:
    cross = Cross(0, np.zeros((2, 2, 2)), lengths_mm)
    assert is_measurable(cross, AxialSlices(2, spacing_mm, np.eye(2)), seen_on, least_mm) is expected
