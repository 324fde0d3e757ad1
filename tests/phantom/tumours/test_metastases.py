import numpy as np
import pytest
from scipy import ndimage

from braintumornet.core.space import Space
from braintumornet.phantom.anatomy import make_brain
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, draw_head
from braintumornet.phantom.phantom_case import Streams, make_phantom
from braintumornet.phantom.tumours.metastases import at_border, draw_metastases
from braintumornet.phantom.tumours.tumour import ball_radius_mm
from braintumornet.volumes.components import TWENTY_SIX_NEIGHBOURS


@pytest.fixture(scope="module")
def drawn() -> list:
    return [draw_metastases(np.random.default_rng(seed)) for seed in range(120)]


def test_there_are_one_to_eight(drawn):
    numbers = [len(metastases) for metastases in drawn]
    assert min(numbers) == 1
    assert max(numbers) == 8


def test_most_are_smaller_than_half_a_millilitre(drawn):
    radii = [metastasis.lesion.radius_mm for metastases in drawn for metastasis in metastases]
    assert np.mean(np.less(radii, ball_radius_mm(0.5))) > 0.5
    assert max(radii) > ball_radius_mm(3)


def test_they_do_not_touch(drawn):
    for metastases in drawn:
        for first in metastases:
            for second in metastases:
                apart = np.linalg.norm(np.subtract(first.lesion.centre, second.lesion.centre))
                assert first is second or apart > first.lesion.radius_mm + second.lesion.radius_mm


def test_some_are_solid_and_some_have_a_rim(drawn):
    solid = [m.rim_mm > m.lesion.radius_mm for metastases in drawn for m in metastases]
    assert 0.2 < np.mean(solid) < 0.95


@pytest.mark.parametrize("index", range(4))
def test_each_is_labelled_and_enhances(metastases, index):
    phantom = make_phantom(2, metastases, index)
    number = len(draw_metastases_of(2, index))
    cores = np.isin(phantom.labels, (1, 3))
    lesions, found = ndimage.label(cores, TWENTY_SIX_NEIGHBOURS)
    assert found == number
    assert all((phantom.labels[lesions == lesion] == 3).any() for lesion in range(1, found + 1))


def test_most_lie_where_grey_and_white_matter_meet(drawn):
    rng = np.random.default_rng(4)
    head = draw_head(rng, Space((64, 72, 60), np.diag([2.5, 2.5, 2.5, 1.0])), 60, BRAIN_SIZE_MM)
    brain = make_brain(rng, head, head, 60)
    mixed = []
    for lesion in [metastasis.lesion for metastases in drawn[:30] for metastasis in metastases]:
        placed = at_border(lesion, head, brain)
        assert np.linalg.norm(np.subtract(placed.centre, lesion.centre)) <= 4.1
        near = brain.white[head.box(placed.centre, 3.5)]
        mixed.append(near.max() > 0.7 and near.min() < 0.3)
    assert np.mean(mixed) > 0.7


def draw_metastases_of(seed: int, index: int) -> tuple:
    return draw_metastases(Streams.of(seed, index).look)
