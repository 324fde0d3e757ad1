"""Intensities in steps, and patches of them."""

import numpy as np
import pytest
import torch

from braintumornet.data.store.stored_voxels import Voxels, in_steps
from braintumornet.volumes.box import cut_box


def test_the_error_is_below_a_thousandth_of_the_sd() -> None:
    image = np.random.default_rng(0).uniform(-10, 10, 100_000).astype(np.float32)
    assert np.abs(in_steps(image) / 1024 - image).max() <= 1e-3
    assert in_steps(np.array([-10.0, 10.0])).tolist() == [-10240, 10240]


def test_brain_never_becomes_background() -> None:
    assert in_steps(np.array([-1e-5, 0.0, 1e-5])).tolist() == [-1, 0, 1]
    assert in_steps(np.array([-4e-4, 4e-4])).tolist() == [-1, 1]  # off by less than a step


@pytest.fixture(scope="module")
def voxels() -> Voxels:
    rng = np.random.default_rng(0)
    image = torch.from_numpy(rng.integers(-5000, 5000, (2, 70, 9, 8)).astype(np.int16))
    return Voxels(image, torch.from_numpy(rng.integers(0, 200, (70, 9, 8)).astype(np.uint8)))


def test_a_patch_holds_what_lies_there(voxels: Voxels) -> None:
    image, labels = voxels.cut(np.array([1, 2, 3]), (65, 4, 5))
    assert (image.dtype, labels.dtype) == (torch.float32, torch.int32)
    assert torch.equal(image, voxels.image[:, 1:66, 2:6, 3:8] / 1024)
    assert torch.equal(labels, voxels.labels[1:66, 2:6, 3:8].int())


@pytest.mark.parametrize("start", [(-3, -3, -3), (68, 7, 6), (-100, 0, 0), (0, 0, 100)])
def test_beyond_the_volume_a_patch_is_zero(voxels: Voxels, start: tuple[int, int, int]) -> None:
    image, labels = voxels.cut(np.array(start), (5, 5, 5))
    assert np.array_equal(image, cut_box(voxels.image.numpy() / np.float32(1024), start, (5, 5, 5)))
    assert np.array_equal(labels, cut_box(voxels.labels.numpy(), start, (5, 5, 5)))
