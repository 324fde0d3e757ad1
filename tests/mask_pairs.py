"""Masks that several tests of scores look at."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from braintumornet.core.space import Space
from braintumornet.metrics.mask_pair import MaskPair


def make_blob(rng):
    """A mask of 0.2 to 40 % of the voxels, in several pieces, some of them at the volume's edge."""
    field = gaussian_filter(rng.standard_normal((14, 12, 10)), rng.uniform(0.5, 2))
    return field > np.quantile(field, rng.uniform(0.6, 0.998))


def make_pair(truth, prediction, spacing_mm=(1.0, 1.0, 1.0)):
    return MaskPair.cut(truth, prediction, Space(truth.shape, np.diag([*spacing_mm, 1.0])))


@pytest.fixture
def random_blob():
    return make_blob


@pytest.fixture
def pair():
    """Two masks of a whole image -> the pair that scores take."""
    return make_pair
