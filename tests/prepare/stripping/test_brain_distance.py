import numpy as np
import pytest
import torch

from braintumornet.core.space import Space
from braintumornet.prepare.stripping import brain_distance as module
from braintumornet.prepare.stripping.brain_distance import brain_distance
from braintumornet.prepare.stripping.head_box import TOP_MM, box_over_head, sampled, within_reach
from braintumornet.prepare.stripping.network import BOX_MM, VOXEL_MM, box_shape, network_input
from braintumornet.volumes.volume import Volume


def _head(affine, shape, centre=(0.0, 0.0, 0.0), radii=(75.0, 95.0, 80.0), noise=0.0):
    """An ellipsoid of tissue over a body that is wider, in noise."""
    points = np.einsum("ij,jabc->iabc", affine[:3, :3], np.indices(shape)) + affine[:3, 3, None, None, None]
    away = points - np.reshape(centre, (3, 1, 1, 1))
    head = (np.square(away / np.reshape(radii, (3, 1, 1, 1))).sum(axis=0) < 1).astype(np.float32)
    head[(away[2] < -70) & (np.abs(away[0]) < 60) & (np.abs(away[1]) < 60)] = 1
    array = 400 * head + np.abs(np.random.default_rng(0).normal(0, noise, shape))
    return Volume(array.astype(np.float32), Space(shape, affine))


def _affine(spacing, shape):
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = -(np.asarray(shape) - 1) / 2 * spacing
    return affine


@pytest.mark.parametrize("noise", [0.0, 15.0])
@pytest.mark.parametrize("centre", [(0.0, 0.0, 0.0), (12.0, -9.0, 20.0)])
def test_the_box_has_its_top_above_the_vertex_and_its_middle_over_the_head(centre, noise):
    spacing, shape = np.array([4.0, 4.0, 4.0]), (64, 64, 70)
    box = box_over_head(_head(_affine(spacing, shape), shape, centre, noise=noise))
    corners = box.corners_mm()
    assert box.shape == box_shape()
    assert corners[:, 2].max() == pytest.approx(centre[2] + 80 + TOP_MM, abs=8)
    assert corners.mean(axis=0)[:2] == pytest.approx(centre[:2], abs=5)
    assert (np.ptp(corners, axis=0) + VOXEL_MM >= BOX_MM).all()


def test_the_box_does_not_depend_on_the_order_of_the_axes():
    spacing, shape = np.array([4.0, 4.0, 6.0]), (64, 64, 48)
    image = _head(_affine(spacing, shape), shape)
    flipped = image.space.affine @ np.array([[0, -1.0, 0, 63], [-1, 0, 0, 63], [0, 0, 1, 0], [0, 0, 0, 1]])
    turned = Volume(image.array[::-1, ::-1].transpose(1, 0, 2).copy(), Space((64, 64, 48), flipped))
    assert box_over_head(turned) == box_over_head(image)


def test_an_image_that_shows_nothing_gets_a_box_all_the_same():
    empty = Volume(np.zeros((20, 20, 20), np.float32), Space((20, 20, 20), np.diag([5.0, 5.0, 5.0, 1.0])))
    assert box_over_head(empty).shape == box_shape()


def test_the_input_of_the_network_has_no_unit():
    image = np.random.default_rng(1).gamma(2.0, 100.0, (20, 20, 20)).astype(np.float32)
    assert network_input(3 * image + 7) == pytest.approx(network_input(image), abs=1e-4)
    assert network_input(np.zeros((4, 4, 4))).max() == 0


def test_reach_ends_at_the_outer_edge_of_the_voxels():
    slab = Space((40, 40, 3), _affine(np.array([2.0, 2.0, 6.0]), (40, 40, 3)))
    grid = Space((40, 40, 20), _affine(np.array([2.0, 2.0, 2.0]), (40, 40, 20)))
    reached = within_reach(slab, grid)
    height = grid.affine[2, 3] + 2 * np.arange(20)
    assert np.array_equal(reached[20, 20], np.abs(height) <= 9)


def test_the_outermost_slice_is_seen_up_to_its_edge():
    slab = Space((40, 40, 3), _affine(np.array([2.0, 2.0, 6.0]), (40, 40, 3)))
    grid = Space((40, 40, 20), _affine(np.array([2.0, 2.0, 2.0]), (40, 40, 20)))
    seen = sampled(Volume(np.full(slab.shape, 100, np.float32), slab), grid).array
    assert np.array_equal(seen > 99.9, within_reach(slab, grid))
    assert set(np.unique(seen.round())) == {0, 100}


def test_distances_are_cut_and_unknown_where_the_image_ends(monkeypatch):
    class Bright(torch.nn.Module):
        def forward(self, image):
            return 4 - 8 * image  # far inside where it is bright

    monkeypatch.setattr(module, "shipped_network", Bright)
    spacing, shape = np.array([4.0, 4.0, 4.0]), (50, 60, 30)
    found = brain_distance(_head(_affine(spacing, shape), shape))
    known = np.isfinite(found.array)
    assert found.array.dtype == np.float32
    assert (found.array[known].min(), found.array[known].max()) == (-5, 5)
    assert np.array_equal(known, within_reach(Space(shape, _affine(spacing, shape)), found.space))
    assert not known.all()
    assert found.array[48, 56, 70] == -5
