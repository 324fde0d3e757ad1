"""Where patches are taken, and how."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from braintumornet.core.cohort.case import Cohort
from braintumornet.data.sampling.patch_sampler import cut_patch, draw_centre
from braintumornet.data.store.store import Store
from braintumornet.data.store.stored_voxels import Voxels
from braintumornet.data.store.training_case import TrainingCase, read_example
from braintumornet.tasks.segmentation import SegmentationTask

TASK = SegmentationTask(name="tumour", regions=("WT", "TC", "ET"))


@pytest.fixture(scope="module")
def example(phantoms: Cohort, tmp_path_factory: pytest.TempPathFactory) -> TrainingCase:
    store = Store.of_tasks(tmp_path_factory.mktemp("store"), [TASK], ["t1c", "t2f"])
    return read_example(phantoms.cases[0], [TASK], store)


def test_a_patch_holds_the_voxels_around_its_centre() -> None:
    volume = np.arange(1000).reshape(10, 10, 10)
    assert np.array_equal(cut_patch(volume, np.array([5, 5, 5]), (4, 2, 6)), volume[3:7, 4:6, 2:8])


def test_beyond_the_volume_a_patch_is_zero() -> None:
    patch = cut_patch(np.ones((2, 4, 4, 4)), np.array([0, 0, 0]), (4, 4, 4))
    assert patch.sum() == 2 * 2**3
    assert patch[:, :2].sum() == 0


@pytest.mark.parametrize("how", ["uniform", "foreground", "classes"])
def test_patches_lie_inside_the_volume(example: TrainingCase, how: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        centre = draw_centre(rng, example, (16, 16, 16), how)
        assert (centre - 8 >= 0).all()
        assert (centre + 8 <= example.space.shape).all()


def test_uniform_patches_reach_every_corner(example: TrainingCase) -> None:
    rng = np.random.default_rng(0)
    patch = tuple(size - 1 for size in example.space.shape)
    corners = {tuple(draw_centre(rng, example, patch, "uniform")) for _ in range(100)}
    assert len(corners) == 8


def paint(example: TrainingCase, patch: tuple[int, int, int], how: str, draws: int) -> np.ndarray:
    """Return which voxels of a case came in any of the patches, each voxel being labelled with its own number."""
    numbers = torch.arange(1, np.prod(example.space.shape) + 1, dtype=torch.int32).reshape(example.space.shape)
    image = torch.zeros((2, *example.space.shape), dtype=torch.int16)
    numbered = replace(example, voxels=Voxels(image, numbers))
    painted = np.zeros(numbers.numel() + 1, dtype=bool)
    rng = np.random.default_rng(0)
    for _ in range(draws):
        centre = draw_centre(rng, numbered, patch, how)
        painted[numbered.cut(centre - np.array(patch) // 2, patch)[1]] = True
    return painted[1:].reshape(example.space.shape)


def test_uniform_patches_paint_every_voxel(example: TrainingCase) -> None:
    assert paint(example, (25, 24, 26), "uniform", draws=3000).all()


@pytest.mark.parametrize("how", ["foreground", "classes"])
def test_balanced_patches_paint_all_of_brain_and_labels(example: TrainingCase, how: str) -> None:
    painted = paint(example, (8, 7, 10), how, draws=4000)
    assert painted[example.images().brain | (example.labels() > 0)].all()


def test_classes_are_drawn_alike(example: TrainingCase) -> None:
    rng = np.random.default_rng(0)
    tiny, labels = (1, 1, 1), example.labels()
    drawn = [labels[tuple(draw_centre(rng, example, tiny, "classes"))] & 7 for _ in range(2000)]
    shares = np.bincount(drawn, minlength=8)[[0, 1, 3, 7]] / 2000  # healthy, oedema, core, enhancing
    np.testing.assert_allclose(shares, 0.25, atol=0.04)


def test_half_of_the_foreground_patches_show_tumour(example: TrainingCase) -> None:
    rng = np.random.default_rng(0)
    labels = example.labels()
    drawn = [labels[tuple(draw_centre(rng, example, (1, 1, 1), "foreground"))] > 0 for _ in range(1000)]
    assert 0.45 < np.mean(drawn) < 0.65
