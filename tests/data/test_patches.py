"""Where patches are taken, and how."""

import numpy as np
import pytest

from braintumornet.core.case import Cohort
from braintumornet.data.examples import Example, read_example
from braintumornet.data.patches import cut_patch, draw_centre
from braintumornet.tasks.segmentation import SegmentationTask

TASK = SegmentationTask(name="tumour", regions=("WT", "TC", "ET"))


@pytest.fixture(scope="module")
def example(phantoms: Cohort) -> Example:
    return read_example(phantoms.cases[0], [TASK], ["t1c", "t2f"], None)


def test_a_patch_holds_the_voxels_around_its_centre() -> None:
    volume = np.arange(1000).reshape(10, 10, 10)
    assert np.array_equal(cut_patch(volume, np.array([5, 5, 5]), (4, 2, 6)), volume[3:7, 4:6, 2:8])


def test_beyond_the_volume_a_patch_is_zero() -> None:
    patch = cut_patch(np.ones((2, 4, 4, 4)), np.array([0, 0, 0]), (4, 4, 4))
    assert patch.sum() == 2 * 2**3
    assert patch[:, :2].sum() == 0


@pytest.mark.parametrize("how", ["uniform", "foreground", "classes"])
def test_patches_lie_inside_the_volume(example: Example, how: str) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        centre = draw_centre(rng, example, (16, 16, 16), how)
        assert (centre - 8 >= 0).all()
        assert (centre + 8 <= example.labels.shape).all()


def test_uniform_patches_reach_every_corner(example: Example) -> None:
    rng = np.random.default_rng(0)
    patch = tuple(size - 1 for size in example.labels.shape)
    corners = {tuple(draw_centre(rng, example, patch, "uniform")) for _ in range(100)}
    assert len(corners) == 8


def test_classes_are_drawn_alike(example: Example) -> None:
    rng = np.random.default_rng(0)
    tiny = (1, 1, 1)
    drawn = [example.labels[tuple(draw_centre(rng, example, tiny, "classes"))] & 7 for _ in range(2000)]
    shares = np.bincount(drawn, minlength=8)[[0, 1, 3, 7]] / 2000  # healthy, oedema, core, enhancing
    np.testing.assert_allclose(shares, 0.25, atol=0.04)


def test_half_of_the_foreground_patches_show_tumour(example: Example) -> None:
    rng = np.random.default_rng(0)
    drawn = [example.labels[tuple(draw_centre(rng, example, (1, 1, 1), "foreground"))] > 0 for _ in range(1000)]
    assert 0.45 < np.mean(drawn) < 0.65
