"""Figures of a brain mask: the true one passes, damaged ones do not."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.prepare.quality.atlas_figures import atlas_figures
from braintumornet.prepare.quality.mask_figures import mask_figures
from braintumornet.volumes.volume import ras_grid


def _verdicts(figures):
    return {figure.name: figure.verdict for figure in figures}


def _judged(mask, raw, array=None, agreement=0.97, **options):
    grids = {"t1c": raw.images["t1c"].space}
    judged = mask if array is None else replace(mask, array=array)
    return _verdicts(mask_figures(judged, agreement, grids, {"t1c": np.eye(4)}, **options))


def _against_atlas(mask, array=None, matrix=None, **options):
    judged = mask if array is None else replace(mask, array=array)
    pose = np.eye(4) if matrix is None else matrix
    return _verdicts(atlas_figures(judged, mask, pose, pose, **options))


def _front_half(array):
    half = array.copy()
    half[:, half.shape[1] // 2 :] = False
    return half


def test_the_true_mask_passes_in_every_figure(raw, mask):
    assert set(_judged(mask, raw).values()) == {"pass"}
    assert set(_against_atlas(mask).values()) == {"pass"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda array: ndimage.binary_dilation(array, iterations=2),
        lambda array: ndimage.binary_erosion(array, iterations=2),
        _front_half,
    ],
)
def test_the_atlas_tells_a_mask_that_has_not_the_shape_of_a_brain(mask, damage):
    verdicts = _against_atlas(mask, damage(mask.array))
    assert verdicts["atlas overlap, affine"] != "pass"
    assert verdicts["atlas overlap, rigid"] != "pass"


def test_an_empty_mask_is_a_failure(raw, mask):
    empty = np.zeros_like(mask.array)
    verdicts = _judged(mask, raw, empty)
    assert verdicts["brain volume"] == "fail"
    assert "pass" not in (verdicts["brain in one piece"], verdicts["brain cut off"])
    assert _against_atlas(mask, empty)["atlas overlap, affine"] == "look"


def test_a_whole_head_is_no_brain(raw, mask, reference):
    assert _judged(mask, raw, reference.array > reference.array.mean())["brain volume"] == "fail"


def test_two_pieces_are_no_pass(raw, mask):
    parted = mask.array.copy()
    parted[:, :, parted.shape[2] // 2] = False
    assert _judged(mask, raw, parted)["brain in one piece"] == "fail"


def test_masks_that_disagree_are_no_pass_and_a_single_one_is_not_assessed(raw, mask):
    assert _judged(mask, raw, agreement=0.8)["mask agreement"] == "fail"
    assert _judged(mask, raw, agreement=float("nan"))["mask agreement"] == "look"
    assert _judged(mask, raw, agreement=None)["mask agreement"] == "not assessed"


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_brain_at_the_edge_of_an_image_is_no_pass(mask, axis, end):
    grid = mask.space
    middle = grid.shape[axis] // 2
    size = [*grid.shape]
    size[axis] = middle
    affine = grid.affine.copy()
    if end == "first":
        affine[:3, 3] += affine[:3, axis] * middle
        size[axis] = grid.shape[axis] - middle
    cut = Space((size[0], size[1], size[2]), affine)
    for turned in (cut, ras_grid(cut)):
        figures = mask_figures(mask, 0.97, {"t2f": turned}, {"t2f": np.eye(4)})
        assert _verdicts(figures)["brain cut off"] == "look"


def test_where_voxel_sizes_are_assumed_what_needs_them_is_not_assessed(raw, mask):
    verdicts = {**_judged(mask, raw, true_mm=False), **_against_atlas(mask, true_mm=False)}
    unknown = {name for name, verdict in verdicts.items() if verdict == "not assessed"}
    assert unknown == {"brain volume", "atlas overlap, rigid", "scale to atlas"}


def test_without_an_atlas_its_figures_are_not_assessed(mask):
    assert set(_verdicts(atlas_figures(mask, None, None, None)).values()) == {"not assessed"}


def test_an_atlas_fit_that_failed_is_no_pass(mask):
    assert set(_verdicts(atlas_figures(mask, mask, None, None)).values()) == {"look"}


@pytest.mark.parametrize(("stretch", "verdict"), [(1.13, "look"), (0.8, "look"), (1.2, "fail"), (-1.0, "fail")])
def test_a_head_of_a_wrong_size_or_turned_inside_out_is_no_pass(mask, stretch, verdict):
    matrix = np.diag([stretch, abs(stretch), abs(stretch), 1])
    assert _against_atlas(mask, matrix=matrix)["scale to atlas"] == verdict
