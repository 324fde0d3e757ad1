"""Windows lay every answer where it belongs."""

import pytest
import torch
from torch import Tensor

from braintumornet.inference.windows import gaussian_weight, slide, window_starts


def coordinates(shape: tuple[int, int, int]) -> Tensor:
    """Return a volume (3, D, H, W) whose voxels hold their own index."""
    return torch.stack(torch.meshgrid(*(torch.arange(s, dtype=torch.float32) for s in shape), indexing="ij"))


@pytest.mark.parametrize("shape", [(20, 17, 33), (8, 8, 8), (5, 20, 9), (3, 4, 5)])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.8])
def test_a_volume_of_coordinates_comes_back_exactly(shape: tuple[int, int, int], overlap: float) -> None:
    volume = coordinates(shape)
    answers = slide(volume, (8, 8, 8), overlap, lambda window: {"same": window, "twice": 2 * window})
    torch.testing.assert_close(answers["same"], volume, atol=1e-4, rtol=0)
    torch.testing.assert_close(answers["twice"], 2 * volume, atol=2e-4, rtol=0)


def test_class_vectors_are_averaged_over_windows() -> None:
    volume = torch.zeros(1, 16, 8, 8)
    volume[:, 8:] = 1
    answers = slide(volume, (8, 8, 8), 0.0, lambda window: {"class": window.mean((2, 3, 4))})
    assert answers["class"].tolist() == [0.5]


@pytest.mark.parametrize(("size", "window", "overlap"), [(100, 64, 0.5), (64, 64, 0.5), (129, 64, 0.25), (7, 8, 0.0)])
def test_windows_cover_the_axis_and_stay_inside(size: int, window: int, overlap: float) -> None:
    starts = window_starts(size, window, overlap)
    covered = {voxel for start in starts for voxel in range(start, start + window)}
    assert covered >= set(range(size))
    assert starts[0] == 0
    assert starts[-1] == max(0, size - window)


def test_the_centre_of_a_window_counts_most() -> None:
    weight = gaussian_weight((9, 9, 9))
    assert weight.argmax() == weight.numel() // 2
    assert weight.min() > 0
