"""Sets of voxels as runs."""

import numpy as np
import pytest

from braintumornet.data.store.run_length_mask import RunLengthMask


@pytest.fixture(params=[0.0, 0.1, 0.5, 0.9, 1.0])
def mask(request: pytest.FixtureRequest) -> np.ndarray:
    return np.random.default_rng(0).random((5, 4, 6)) < request.param


def test_voxels_are_those_of_the_mask_in_order(mask: np.ndarray) -> None:
    runs = RunLengthMask.of(mask)
    assert [runs.flat_index(number) for number in range(len(runs))] == np.flatnonzero(mask).tolist()


def test_the_mask_comes_back(mask: np.ndarray) -> None:
    assert np.array_equal(RunLengthMask.of(mask).mask(mask.shape), mask)
