"""Contours of masks, and back."""

import numpy as np
import pytest
from scipy import ndimage

from braintumornet.dicom.contours import TOLERANCE_PIXELS, fill_contours, outline_mask


@pytest.mark.parametrize("keyholes", [False, True])
def test_rough_masks_come_back_exactly(keyholes: bool) -> None:
    rng = np.random.default_rng(0)
    for smooth in (0.7, 1.0, 2.0, 3.0):
        noise = ndimage.gaussian_filter(rng.normal(size=(48, 60)), smooth)
        for share in (30, 60, 90):
            mask = noise > np.percentile(noise, share)
            assert np.array_equal(fill_contours(outline_mask(mask, keyholes), mask.shape), mask)


def test_a_keyhole_leaves_one_contour_for_each_piece() -> None:
    mask = np.zeros((20, 20), bool)
    mask[2:12, 2:14] = True
    mask[4:6, 4:6] = mask[4:9, 9:12] = False
    mask[15:18, 15:18] = True
    assert len(outline_mask(mask)) == 4
    assert len(outline_mask(mask, keyholes=True)) == 2


def test_points_are_saved_within_a_quarter_pixel() -> None:
    rows, columns = np.indices((80, 80))
    mask = (rows - 39) ** 2 + (columns - 40) ** 2 < 33**2
    (contour,) = outline_mask(mask)
    assert len(contour) < 110  # of some 260 that the exact one has
    radius = np.linalg.norm(contour - (39, 40), axis=1)
    assert np.abs(radius - 33).max() < 0.5 + TOLERANCE_PIXELS
    assert outline_mask(np.zeros((5, 5), bool)) == []
