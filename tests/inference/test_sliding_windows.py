"""Windows lay every answer where it belongs."""

import pytest
import torch
from torch import Tensor

from braintumornet.inference.windows.sliding_windows import even_window, gaussian_weight, slide, window_starts


def coordinates(shape: tuple[int, int, int]) -> Tensor:
    """Return a volume (3, D, H, W) whose voxels hold their own index."""
    return torch.stack(torch.meshgrid(*(torch.arange(s, dtype=torch.float32) for s in shape), indexing="ij"))


@pytest.mark.parametrize("shape", [(20, 17, 33), (8, 8, 8), (5, 20, 9), (3, 4, 5)])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5, 0.8])
def test_a_volume_of_coordinates_comes_back_exactly(shape: tuple[int, int, int], overlap: float) -> None:
    volume = coordinates(shape)
    answers = slide(volume, (8, 8, 8), overlap, lambda window, _: {"same": window, "twice": 2 * window})
    torch.testing.assert_close(answers["same"], volume, atol=1e-4, rtol=0)
    torch.testing.assert_close(answers["twice"], 2 * volume, atol=2e-4, rtol=0)


@pytest.mark.parametrize("shape", [(20, 17, 33), (5, 20, 9)])
@pytest.mark.parametrize("window", [(8, 8, 8), (20, 5, 11)])
def test_a_margin_is_read_from_the_volume_and_answers_lie_where_they_belong(
    shape: tuple[int, int, int], window: tuple[int, int, int]
) -> None:
    volume = coordinates(shape) + 1
    origins = []

    def answer(part: Tensor, origin: tuple[int, int, int]) -> dict[str, Tensor]:
        origins.append((part[0, :, 3, 3, 3] - 1 - torch.tensor(origin), origin))
        return {"same": part[..., 3:-3, 3:-3, 3:-3], "seen": torch.nn.functional.avg_pool3d(part, 7, 1)}

    answers = slide(volume, even_window(shape, window), 0.0, answer, margin=3)
    torch.testing.assert_close(answers["same"], volume, atol=1e-4, rtol=0)
    padded = torch.nn.functional.pad(volume, [3] * 6)
    torch.testing.assert_close(answers["seen"], torch.nn.functional.avg_pool3d(padded, 7, 1), atol=1e-3, rtol=0)
    assert all(not difference.any() for difference, _ in origins)


@pytest.mark.parametrize("shape", [(20, 17, 33), (5, 20, 9), (8, 8, 8)])
@pytest.mark.parametrize("batch", [2, 5, 1000])
def test_windows_in_batches_give_the_answer_of_windows_one_by_one(shape: tuple[int, int, int], batch: int) -> None:
    torch.manual_seed(0)
    volume, where = torch.rand(2, *shape), torch.rand(shape) > 0.99
    where[0, 0, 0] = True
    sizes = []

    def answer(part: Tensor, _: object) -> dict[str, Tensor]:
        sizes.append(len(part))
        inner = part[..., 1:-1, 1:-1, 1:-1]
        return {"map": inner * part.mean((2, 3, 4), keepdim=True), "class": part.amax((2, 3, 4))}

    alone = slide(volume, (8, 8, 8), 0.5, answer, margin=1, where=where)
    count = sizes.count(1)
    assert count == len(sizes)
    sizes.clear()
    together = slide(volume, (8, 8, 8), 0.5, answer, margin=1, where=where, batch=batch)
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)
    assert sum(sizes) == count
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1  # a window left over would be convolved slowly


def test_windows_without_brain_are_left_out() -> None:
    brain = torch.zeros(20, 8, 8, dtype=torch.bool)
    brain[3] = True
    answers = slide(torch.ones(1, 20, 8, 8), (8, 8, 8), 0.0, lambda window, _: {"same": window}, where=brain)
    assert answers["same"][0, :8].eq(1).all()
    assert answers["same"][0, 14:].eq(0).all()


def test_class_vectors_are_averaged_over_windows() -> None:
    volume = torch.zeros(1, 16, 8, 8)
    volume[:, 8:] = 1
    answers = slide(volume, (8, 8, 8), 0.0, lambda window, _: {"class": window.mean((2, 3, 4))})
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
