"""Limbic cortex is brighter than other cortex on FLAIR, lies in cortex alone, and is no tumour."""

import numpy as np

from braintumornet.core.space import Space
from braintumornet.phantom.anatomy import make_brain
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, draw_head
from braintumornet.phantom.limbic_cortex import draw_limbic_cortex
from braintumornet.phantom.phantom_case import centred_space
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.varied.varied_phantom import make_varied_phantom

SETTINGS = PhantomSettings(shape=(54, 64, 54), spacing_mm=(3, 3, 3), mix=Mix(healthy=1))


def test_it_lies_in_the_cortex_of_both_sides():
    space: Space = centred_space(SETTINGS)
    head = draw_head(np.random.default_rng(0), space, 50, BRAIN_SIZE_MM)
    brain = make_brain(np.random.default_rng(1), head, head, 50)
    (layer,) = draw_limbic_cortex(np.random.default_rng(2), head, brain)
    cortex = brain.layers[0].share
    assert (layer.share <= cortex + 1e-6).all()
    millilitres = (layer.share > 0.2).sum() * 0.027
    assert 5 < millilitres < 120
    right = head.position[0] > 0
    assert 0.3 < layer.share[right].sum() / layer.share.sum() < 0.7


def test_a_healthy_head_with_it_has_no_label():
    assert not any(make_varied_phantom(5, SETTINGS, index).labels.any() for index in range(3))
