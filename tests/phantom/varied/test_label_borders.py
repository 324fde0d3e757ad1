import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.phantom.head_coordinates import BRAIN_SIZE_MM, draw_head
from braintumornet.phantom.varied.label_borders import vary_borders
from braintumornet.prepare.stripping.vote import dice


@pytest.fixture(scope="module")
def head():
    space = Space((76, 92, 76), np.diag([2.0, 2.0, 2.0, 1.0]))
    return draw_head(np.random.default_rng(0), space, 50, BRAIN_SIZE_MM)


@pytest.fixture(scope="module")
def labels():
    """Return a ball of 30 mm of oedema about one of 20 mm of core, the middle of which enhances."""
    away_mm = 2 * np.linalg.norm(np.indices((76, 92, 76)) - np.reshape((30, 50, 40), (3, 1, 1, 1)), axis=0)
    return np.select([away_mm < 8, away_mm < 20, away_mm < 30], [3, 1, 2]).astype(np.uint8)


def drawn(seed, labels, head, allowed=None):
    everywhere = np.ones(labels.shape, bool)
    return vary_borders(np.random.default_rng(seed), labels, head, everywhere if allowed is None else allowed)


def test_two_people_agree_about_as_well_as_people_do(head, labels):
    """Raters of BraTS agree on the whole tumour with a Dice of .85 or so, on the core a little less (Menze 2015)."""
    others = [drawn(seed, labels, head) for seed in range(12)]
    whole = [dice(other > 0, labels > 0) for other in others]
    core = [dice(np.isin(other, (1, 3)), np.isin(labels, (1, 3))) for other in others]
    assert 0.85 < np.mean(whole) < 0.99
    assert 0.85 < np.mean(core) < 0.995
    assert min(whole) < 0.96
    assert len({other.tobytes() for other in others}) == 12


def test_core_stays_within_the_whole_tumour_and_no_label_is_new(head, labels):
    for seed in range(6):
        other = drawn(seed, labels, head)
        assert set(np.unique(other)) <= {0, 1, 2, 3}
        assert (other == 3).any()
        assert dice(other == 3, labels == 3) > 0.6


def test_labels_stay_where_they_are_allowed(head, labels):
    left = np.zeros(labels.shape, bool)
    left[:30] = True
    assert not drawn(1, labels, head, left)[30:].any()


def test_a_healthy_head_stays_healthy(head):
    empty = np.zeros((76, 92, 76), np.uint8)
    assert not drawn(1, empty, head).any()
