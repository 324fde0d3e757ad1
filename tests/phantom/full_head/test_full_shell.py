import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.phantom.anatomy import brain_depth
from braintumornet.phantom.full_head.full_levels import draw_full_levels
from braintumornet.phantom.full_head.full_shell import draw_full_shell
from braintumornet.phantom.head_coordinates import draw_head
from braintumornet.phantom.smooth_noise import ellipsoid

VOXEL_MM = 5.0


@pytest.fixture(scope="module")
def head():
    affine = np.diag([VOXEL_MM, VOXEL_MM, VOXEL_MM, 1.0])
    return draw_head(np.random.default_rng(1), Space((40, 48, 44), affine), 40.0, (1, 1, 1))


@pytest.fixture(scope="module")
def depth(head):
    cerebellum = ellipsoid(head.position, (0.0, -44.0, -34.0), (49.0, 33.0, 24.0))
    return brain_depth(head, cerebellum, ellipsoid(head.position, (0.0, -15.0, -44.0), (12.0, 12.0, 34.0)))


@pytest.fixture(scope="module")
def shell(head, depth):
    return draw_full_shell(np.random.default_rng(2), head, depth, 40.0)


def test_spares_the_brain(shell, depth):
    inside = depth > 1.5 * VOXEL_MM
    for layer in shell.layers:
        assert not layer.share[inside[layer.box]].any(), layer.tissue


def test_wraps_the_brain_in_dura_bone_scalp_and_air_in_this_order(shell, depth):
    order = {"csf": 0, "outer dura": 0, "bone": 1, "marrow": 1, "fascia": 2, "muscle": 2, "fat": 2, "skin": 2, "air": 3}
    painted = np.zeros(depth.shape, int)
    for number, layer in enumerate(shell.layers[: len(order)]):
        painted[layer.share > 0.5] = number
    x, y = (int(index) for index in np.argwhere(depth > 0).mean(axis=0)[:2])
    outwards = painted[x, y, int(np.flatnonzero(depth[x, y] > 0)[-1]) + 2 :]
    seen = [order[shell.layers[number].tissue] for number in outwards]
    assert seen == sorted(seen)
    assert seen[-1] == 3
    assert len(set(seen)) >= 3


def test_distance_is_that_to_the_surface_in_mm(shell, depth):
    mask = depth > 0
    assert np.array_equal(shell.distance_mm < 0, mask)
    # a step across the surface by one voxel changes the distance by about one voxel's edge
    centre = tuple(np.argwhere(mask).mean(axis=0).astype(int)[:2])
    along = shell.distance_mm[centre]
    crossing = int(np.flatnonzero(np.diff(np.sign(along)))[-1])
    assert np.diff(along)[crossing] == pytest.approx(VOXEL_MM, rel=0.35)


def test_a_seed_gives_one_shell(head, depth, shell):
    again = draw_full_shell(np.random.default_rng(2), head, depth, 40.0)
    assert [layer.tissue for layer in again.layers] == [layer.tissue for layer in shell.layers]
    assert all(np.array_equal(a.share, b.share) for a, b in zip(again.layers, shell.layers, strict=True))


def test_a_small_child_has_a_thin_skull(head, depth):
    thick = [draw_full_shell(np.random.default_rng(s), head, depth, 30.0).skull_depth_mm.max() for s in range(3)]
    thin = [draw_full_shell(np.random.default_rng(s), head, depth, 2.0).skull_depth_mm.max() for s in range(3)]
    assert np.mean(thin) < np.mean(thick)


def test_every_tissue_has_a_level_and_contrast_agent_only_adds(shell):
    levels = draw_full_levels(np.random.default_rng(3))
    assert {layer.tissue for layer in shell.layers} <= set(levels)
    for tissue in ("outer dura", "sinus", "pituitary", "mucosa"):
        assert levels[tissue][1] >= levels[tissue][0]
