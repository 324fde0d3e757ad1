import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.phantom.anatomy import Brain, make_brain
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, draw_head
from braintumornet.phantom.tumours.tumour import grow_oedema


@pytest.fixture(scope="module")
def brain() -> Brain:
    return make(age_years=40)


def make(age_years: float) -> Brain:
    rng = np.random.default_rng(4)
    head = draw_head(rng, Space((52, 64, 52), np.diag([3.0, 3.0, 3.0, 1.0])), age_years, BRAIN_SIZE_MM)
    return make_brain(rng, head, head, age_years)


def test_shares_are_shares(brain):
    for layer in brain.layers:
        assert layer.share.min() >= 0
        assert layer.share.max() == 1
    assert {layer.tissue for layer in brain.layers} == {"grey", "deep", "csf"}


def test_cortex_lies_outside_and_white_matter_inside(brain):
    assert brain.depth[brain.mask & (brain.white > 0.9)].mean() > brain.depth[brain.mask & (brain.white < 0.1)].mean()


def test_every_tissue_has_a_fair_share_of_the_brain(brain):
    assert 0.25 < brain.white[brain.mask].mean() < 0.7
    assert 0.05 < brain.fluid[brain.mask].mean() < 0.3


def test_csf_grows_with_age(brain):
    young, old = make(age_years=8), make(age_years=80)
    assert old.fluid[old.mask].mean() > young.fluid[young.mask].mean()


def test_oedema_prefers_white_matter(brain):
    rng = np.random.default_rng(4)
    head = draw_head(rng, Space((52, 64, 52), np.diag([3.0, 3.0, 3.0, 1.0])), 40, BRAIN_SIZE_MM)
    centre = np.reshape((25.0, -20.0, 20.0), (3, 1, 1, 1))
    depth = 10 - np.sqrt(np.square(head.position - centre).sum(axis=0))
    free = brain.mask & (depth < 0) & (brain.fluid < 0.4)
    mask, _ = grow_oedema(rng, head, brain.white, free, depth, voxels=1500)
    near = free & (depth > -25)
    assert 1000 < mask.sum() <= 1500
    assert brain.white[mask].mean() > 1.2 * brain.white[near].mean()
