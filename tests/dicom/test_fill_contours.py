"""Contours filled: against matplotlib, holes as XOR and as keyhole, edges that lie on pixel centres."""

from itertools import pairwise

import numpy as np
import pytest
from contourpy import contour_generator
from matplotlib.path import Path
from scipy import ndimage

from braintumornet.dicom.contours import fill_contours

SHAPE = (40, 50)


def wobbly(seed: int, points: int = 60) -> np.ndarray:
    """Return a star-shaped contour about the middle, with points that lie on no pixel centre."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, points, endpoint=False)
    radius = 12 + 4 * rng.standard_normal(points)
    return np.stack([20.1 + radius * np.sin(angle), 25.2 + radius * np.cos(angle)], axis=1)


def inside(contour: np.ndarray) -> np.ndarray:
    centres = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1).reshape(-1, 2)
    return Path(np.concatenate([contour, contour[:1]]), closed=True).contains_points(centres).reshape(SHAPE)


@pytest.mark.parametrize("seed", range(20))
def test_the_same_pixels_as_matplotlib_whichever_way_round(seed: int) -> None:
    contour = wobbly(seed)
    assert np.array_equal(fill_contours([contour], SHAPE), inside(contour))
    assert np.array_equal(fill_contours([contour[::-1]], SHAPE), inside(contour))


def test_contours_of_a_mask_give_it_back_with_its_holes() -> None:
    noise = ndimage.gaussian_filter(np.random.default_rng(3).standard_normal(SHAPE), 1)
    mask = np.pad(noise[1:-1, 1:-1] > 0, 1)
    lines = contour_generator(z=mask.astype(float)).lines(0.5)  # x and y, that is column and row
    assert np.array_equal(fill_contours([line[:-1, ::-1] for line in lines], SHAPE), mask)
    assert len(lines) > 5


def test_a_keyhole_is_a_hole() -> None:
    outer = np.array([[2.3, 2.3], [2.3, 30.3], [30.3, 30.3], [30.3, 2.3]])
    hole = np.array([[10.6, 11.4], [20.6, 11.4], [20.6, 22.4], [10.6, 22.4]])
    keyhole = np.concatenate([outer, outer[:1], hole, hole[:1]])  # the way there and back is one line
    as_xor = fill_contours([outer, hole], SHAPE)
    assert np.array_equal(fill_contours([keyhole], SHAPE), as_xor)
    assert as_xor.sum() == 28 * 28 - 10 * 11


def test_neighbours_that_share_an_edge_through_pixel_centres_share_no_pixel() -> None:
    def box(first: float, last: float) -> np.ndarray:
        return np.array([[4, first], [4, last], [9, last], [9, first]], float)

    left, right = fill_contours([box(5, 12)], SHAPE), fill_contours([box(12, 20)], SHAPE)
    assert not (left & right).any()
    assert np.array_equal(left | right, fill_contours([box(5, 20)], SHAPE))
    assert left.sum() == 5 * 7


def test_what_lies_outside_is_cut_off() -> None:
    around = np.array([[-1e6, -1e6], [-1e6, 1e6], [1e6, 1e6], [1e6, -1e6]])
    assert fill_contours([around], SHAPE).all()
    assert not fill_contours([around + 3e6], SHAPE).any()
    assert not fill_contours([np.zeros((0, 2)), np.array([[3.0, 3.0]])], SHAPE).any()
    assert not fill_contours([], SHAPE).any()


def test_many_edges_that_cross_many_rows_are_taken_in_parts() -> None:
    rng = np.random.default_rng(1)
    jagged = np.stack([rng.uniform(-3, 43, 3001), rng.uniform(-3, 53, 3001)], axis=1)
    triangles = [np.stack([jagged[0], a, b]) for a, b in pairwise(jagged[1:])]
    parity = np.logical_xor.reduce([fill_contours([triangle], SHAPE) for triangle in triangles])
    assert np.array_equal(fill_contours([jagged], SHAPE), parity)
