"""Masks on the grid of the images, computed only where there can be any."""

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.output.native_masks import maps_on, masks_on


@pytest.mark.parametrize("spacing_mm", [1.0, 0.8, 2.3])
def test_masks_are_where_the_interpolated_scores_are_above_one_half(spacing_mm: float) -> None:
    rng = np.random.default_rng(0)
    space = Space((9, 8, 7), np.diag([1.25, 1.25, 1.25, 1.0]))
    size = int(10 / spacing_mm)
    grid = Space((size, size, size), np.diag([spacing_mm] * 3 + [1.0]))
    scores = (
        rng.random((3, *space.shape), dtype=np.float32) * np.array([0.4, 0.55, 1.0], np.float32)[:, None, None, None]
    )
    scores[1, 0, 0, 0] = 1.0  # at a corner of its grid
    masks = masks_on(grid, scores, space)
    np.testing.assert_array_equal(masks, maps_on(grid, scores, space) > 0.5)
    assert masks.any(axis=(1, 2, 3)).tolist() == [False, True, True]
