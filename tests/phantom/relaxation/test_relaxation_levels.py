import numpy as np
import pytest

from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.relaxation.relaxation_levels import Protocol, draw_relaxation_levels, signals

SPIN_ECHO = Protocol(500, 12, 0, 4000, 100, 9000, 120, 1.0)
INVERTED = Protocol(2000, 3, 900, 4000, 100, 9000, 120, 1.0)


def test_spin_echo_by_hand():
    t1n, t1c, t2w, _ = signals(SPIN_ECHO, (800, 80, 0.7, 1.0), csf_t1_ms=4000)
    assert t1n == pytest.approx(0.7 * (1 - np.exp(-500 / 800)) * np.exp(-12 / 80))
    assert t1c == pytest.approx(0.7 * (1 - np.exp(-500 * (1 / 800 + 0.001))) * np.exp(-12 / 80))
    assert t2w == pytest.approx(0.7 * (1 - np.exp(-4000 / 800)) * np.exp(-100 / 80))


def test_inversion_recovery_by_hand():
    t1n, *_ = signals(INVERTED, (800, 80, 0.7, 0.0), csf_t1_ms=4000)
    assert t1n == pytest.approx(0.7 * (1 - 2 * np.exp(-900 / 800) + np.exp(-2000 / 800)) * np.exp(-3 / 80))


def test_flair_nulls_csf_and_nothing_else():
    csf = signals(SPIN_ECHO, (4000, 1800, 1.0, 0.0), csf_t1_ms=4000)[SEQUENCES.index("t2f")]
    oedema = signals(SPIN_ECHO, (1300, 140, 0.9, 0.0), csf_t1_ms=4000)[SEQUENCES.index("t2f")]
    assert csf == pytest.approx(0, abs=1e-6)
    assert oedema > 0.1


def test_tissues_have_the_contrast_that_radiologists_know():
    drawn = [draw_relaxation_levels(np.random.default_rng(seed)) for seed in range(60)]

    def share(first, second, sequence):
        column = SEQUENCES.index(sequence)
        return np.mean([levels[first][column] > levels[second][column] for levels in drawn])

    assert share("white", "grey", "t1n") > 0.9
    assert share("grey", "white", "t2w") > 0.95
    assert share("csf", "grey", "t2w") == 1
    assert share("oedema", "grey", "t2f") > 0.85
    assert share("enhancing", "white", "t1c") > 0.8
    assert share("csf", "white", "t1n") == 0


def test_agent_changes_t1c_only():
    without, with_agent = (signals(SPIN_ECHO, (1200, 100, 0.9, agent), csf_t1_ms=4000) for agent in (0.0, 2.0))
    assert with_agent[1] > 1.3 * without[1]
    assert np.array_equal(with_agent[[0, 2, 3]], without[[0, 2, 3]])
