import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from braintumornet.statistics.auc_difference import delong


def brute_force_error(positive: np.ndarray, scores: np.ndarray, others: np.ndarray) -> float:
    """DeLong's standard error by its definition: the variance of each case's share of pairs in the right order."""
    right = [np.heaviside(s[positive][:, None] - s[~positive], 0.5) for s in (scores, others)]
    gain = right[0] - right[1]
    sides = gain.mean(axis=1), gain.mean(axis=0)
    return float(np.sqrt(sum(side.var(ddof=1) / side.size for side in sides)))


@pytest.fixture
def cases() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fifty cases with ties, scored well and less well."""
    rng = np.random.default_rng(4)
    positive = rng.uniform(size=50) < 0.4
    return positive, *(np.round(positive * gain + rng.normal(size=50), 1) for gain in (1.5, 0.5))


def test_equal_to_the_definition(cases: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    found = delong(*cases)
    positive, scores, others = cases
    assert found.difference == pytest.approx(roc_auc_score(positive, scores) - roc_auc_score(positive, others))
    assert found.standard_error == pytest.approx(brute_force_error(*cases))


def test_swapping_the_arms_flips_the_sign(cases: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    positive, scores, others = cases
    found, swapped = delong(positive, scores, others), delong(positive, others, scores)
    assert (swapped.difference, swapped.low, swapped.high) == pytest.approx(
        (-found.difference, -found.high, -found.low)
    )
    assert swapped.p == pytest.approx(found.p)


def test_the_same_scores_tell_no_spread(cases: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    positive, scores, _ = cases
    found = delong(positive, scores, scores)
    assert found.difference == 0
    assert np.isnan([found.p, found.low, found.high]).all()


def test_perfect_against_inverted_tells_no_spread() -> None:
    """Each case is on the right side of all others with one and of none with the other: there is nothing to vary."""
    positive = np.array([True, True, True, False, False, False, False])
    found = delong(positive, positive + 0.0, 1.0 - positive)
    assert found.difference == 1
    assert np.isnan([found.p, found.low, found.high]).all()
