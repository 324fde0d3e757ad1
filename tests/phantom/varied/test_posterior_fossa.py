"""The sinuses lie where they drain and are no tumour; cerebellum and brainstem have a brightness of their own."""

import numpy as np
import pytest

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.anatomy import brainstem_depth, cerebellum_depth, make_brain
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, draw_head
from braintumornet.phantom.phantom_case import centred_space
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.varied.posterior_fossa import draw_brightness, draw_even_cerebellum, draw_venous_sinuses
from braintumornet.phantom.varied.varied_phantom import make_varied_phantom

SETTINGS = PhantomSettings(shape=(54, 64, 54), spacing_mm=(3, 3, 3), mix=Mix(healthy=1))


@pytest.fixture(scope="module")
def healthy():
    head = draw_head(np.random.default_rng(0), centred_space(SETTINGS), 50, BRAIN_SIZE_MM)
    return head, make_brain(np.random.default_rng(1), head, head, 50)


def drawn(healthy, seed):
    head, brain = healthy
    return draw_venous_sinuses(np.random.default_rng(seed), head, head, brain)


def test_transverse_sinuses_run_along_the_surface_at_the_back_of_both_sides(healthy):
    head, brain = healthy
    x, y, z = head.position
    for seed in range(4):
        _, vessels = drawn(healthy, seed).layers
        paired = (vessels.share > 0.5) & (np.abs(x) > 25) & (z < 0)
        assert (y[paired] < 0).all()
        assert (brain.depth[paired & brain.mask] < 9).all()
        assert (x[paired] > 0).any()
        assert (x[paired] < 0).any()
        inner = (vessels.share > 0.5) & brain.mask
        assert inner.sum() * 0.027 < 25  # ml: what is left in a brain mask is small


def test_stripping_leaves_a_sinus_in_some_masks_and_takes_no_brain(healthy):
    _, brain = healthy
    left = [drawn(healthy, seed).depth for seed in range(8)]
    assert all((depth >= brain.depth).all() for depth in left)
    added = [int(((depth > 0) & ~brain.mask).sum()) for depth in left]
    assert min(added) == 0
    assert 0.3 < max(added) * 0.027 < 25


def test_only_cerebellum_and_brainstem_differ_from_the_cerebrum(healthy):
    head, _ = healthy
    below = np.maximum(cerebellum_depth(head), brainstem_depth(head))
    means = []
    for seed in range(30):
        factors = draw_brightness(np.random.default_rng(seed), head)
        assert set(factors) == set(SEQUENCES)
        for factor in factors.values():
            assert (factor[below < -1.5] == 1).all()
        means.append([factor[cerebellum_depth(head) > 3].mean() for factor in factors.values()])
    spread = np.log(means).std(axis=0)
    assert (spread > 0.05).all()
    assert (spread < 0.2).all()
    assert np.std(np.array(means)[:, 0] - np.array(means)[:, 3]) > 0.03  # not all sequences alike


def test_a_cerebellum_can_be_even_and_nothing_else_is(healthy):
    head, _ = healthy
    below, stem = cerebellum_depth(head), brainstem_depth(head)
    most = []
    for seed in range(30):
        layer = draw_even_cerebellum(np.random.default_rng(seed), head)
        assert layer.tissue == "grey"
        assert not layer.share[(below < -3) | (stem > 3)].any()
        most.append(layer.share.max())
    assert min(most) == 0  # some show all their leaves
    assert 0.7 < max(most) <= 0.95


def test_a_healthy_head_has_no_label():
    assert not any(make_varied_phantom(5, SETTINGS, index).labels.any() for index in range(3))
