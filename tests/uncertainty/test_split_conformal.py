"""Split conformal prediction covers as often as the theory says, exactly."""

import numpy as np
import pytest
from scipy.stats import betabinom

from braintumornet.uncertainty.conformal_sets import class_scores, class_set
from braintumornet.uncertainty.conformal_volume import volume_doubt, volume_interval, volume_score
from braintumornet.uncertainty.split_conformal import conformal_quantile, fewest_cases, least_coverage, rank_of_quantile

CASES, FURTHER = 24, 50


def _counts(rng: np.random.Generator, sets: int) -> np.ndarray:
    """How many of 50 further numbers lie within the quantile of each calibration set."""
    numbers = rng.exponential(size=(sets, CASES + FURTHER))
    limits = np.array([conformal_quantile(row) for row in numbers[:, :CASES]])
    return (numbers[:, CASES:] <= limits[:, None]).sum(axis=1)


def test_counts_follow_the_beta_binomial_distribution() -> None:
    sets, rank = 4000, rank_of_quantile(CASES)
    found = np.bincount(_counts(np.random.default_rng(1), sets), minlength=FURTHER + 1)
    expected = sets * betabinom.pmf(np.arange(FURTHER + 1), FURTHER, rank, CASES + 1 - rank)
    often = expected > 5
    chi_square = ((found - expected)[often] ** 2 / expected[often]).sum()
    assert chi_square < often.sum() + 4 * np.sqrt(2 * often.sum())


def test_coverage_is_the_confidence_on_average_and_the_least_in_one_set_of_twenty() -> None:
    covered = _counts(np.random.default_rng(2), 4000) / FURTHER
    assert covered.mean() == pytest.approx(rank_of_quantile(CASES) / (CASES + 1), abs=0.005)
    uniform = np.sort(np.random.default_rng(3).random((20000, CASES)), axis=1)[:, rank_of_quantile(CASES) - 1]
    assert np.mean(uniform < least_coverage(CASES)) == pytest.approx(0.05, abs=0.006)


def test_fewer_cases_than_a_confidence_needs_give_no_limit() -> None:
    assert fewest_cases() == 9
    assert conformal_quantile(np.arange(8.0)) == np.inf
    assert conformal_quantile(np.arange(9.0)) == 8


def test_an_interval_holds_the_volumes_whose_score_is_within_the_quantile() -> None:
    low, high = volume_interval(10, doubt=0.3, quantile=1.7)
    for true_ml, inside in ((low, True), (high, True), (low * 0.99, False), (high * 1.01, False)):
        assert (volume_score(10, true_ml, 0.3) <= 1.7 + 1e-9) is inside
    assert volume_interval(0, doubt=0.05, quantile=1)[0] == 0


def test_a_vague_outline_is_more_doubtful() -> None:
    sharp, vague = np.repeat([0.0, 1.0], 500), np.linspace(0, 1, 1000)
    assert volume_doubt(sharp, 0.01) == pytest.approx(0.05)
    assert volume_doubt(vague, 0.01) > 1


def test_sets_hold_the_truth_as_often_as_promised() -> None:
    rng = np.random.default_rng(4)
    covered = []
    for _ in range(300):
        probabilities = rng.dirichlet((1, 1, 1), size=60)
        truth = np.array([rng.choice(3, p=p**2 / (p**2).sum()) for p in probabilities])  # a network that is off
        limit = conformal_quantile(class_scores(probabilities[:19], truth[:19]))
        for p, true in zip(probabilities[19:], truth[19:], strict=True):
            covered.append(str(true) in class_set(dict(zip("012", p, strict=True)), limit))
    assert np.mean(covered) >= 0.89


def test_what_cannot_be_told_is_a_set_of_all_classes_and_no_set_is_empty() -> None:
    told = {"a": 0.4, "b": 0.35, "c": 0.25}
    assert class_set(told, 0.9) == ("a", "b", "c")
    assert class_set(told, 0.0) == ("a",)
