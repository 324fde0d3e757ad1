from fractions import Fraction
from itertools import product
from operator import mul

import numpy as np
import pytest
from scipy import stats

from braintumornet.statistics.paired_tests import (
    corrected_t,
    equivalence_p,
    holm,
    seed_spread,
    smallest_effect,
    wilcoxon_p,
)

PLGG = np.array([0.13, 0.01, 0.02, 0.01, 0.0, 0.0])  # test set of Table 1, arXiv 2111.14959


def spread_of(splits: int) -> np.ndarray:
    """Differences of this number of splits with mean 0.02 and standard deviation 0.05."""
    values = np.linspace(-1, 1, splits)
    return 0.02 + 0.05 * values / values.std(ddof=1)


def test_without_overlap_it_is_the_paired_t_of_scipy() -> None:
    test, expected = corrected_t(PLGG, 0), stats.ttest_1samp(PLGG, 0)
    interval = expected.confidence_interval()
    assert [test.p, test.low, test.high] == pytest.approx([expected.pvalue, interval.low, interval.high])


def test_the_correction_by_hand() -> None:
    test = corrected_t(np.array([0.01, 0.02, 0.03, 0.06]), test_share=0.25)
    assert test.standard_error == pytest.approx(np.sqrt((0.0014 / 3) * (1 / 4 + 1 / 4)))
    assert test.df == 3
    assert test.low + test.high == pytest.approx(2 * 0.03)


def test_the_six_pairs_of_the_paper() -> None:
    test = corrected_t(PLGG, test_share=15 / 70)
    assert [float(test.mean), PLGG.std(ddof=1)] == pytest.approx([0.0283, 0.0504], abs=1e-4)
    assert [corrected_t(PLGG, 0).p, test.p] == pytest.approx([0.23, 0.40], abs=5e-3)
    assert wilcoxon_p(PLGG) == 0.125


def test_many_studies_at_once_are_each_study_alone() -> None:
    runs = np.random.default_rng(0).normal(size=(5, 6, 3))
    together = corrected_t(runs.mean(axis=-1), 0.2, seed_spread(runs))
    for index, study in enumerate(runs):
        alone = corrected_t(study.mean(axis=-1), 0.2, seed_spread(study))
        for name, value in vars(alone).items():
            assert vars(together)[name][index] == pytest.approx(value)


def test_seeds_leave_what_splits_share() -> None:
    runs = np.array([[0.0, 0.2], [0.1, 0.3], [0.0, 0.6]])  # variances between seeds 0.02, 0.02, 0.18
    spread = seed_spread(runs)
    assert spread is not None
    assert (spread.variance, spread.df, spread.share_averaged_away) == (pytest.approx(0.22 / 3), 3, 0.5)
    means = runs.mean(axis=1)
    test = corrected_t(means, 0.25, spread)
    of_splits, of_seeds = means.var(ddof=1) * (1 / 3 + 0.25), 0.25 * 0.5 * 0.22 / 3
    assert test.standard_error**2 == pytest.approx(of_splits + of_seeds)
    assert test.df == pytest.approx((of_splits + of_seeds) ** 2 / (of_splits**2 / 2 + of_seeds**2 / 3))


def test_one_seed_has_no_spread() -> None:
    assert seed_spread(np.array([[0.1, np.nan], [np.nan, 0.3]])) is None


@pytest.mark.parametrize("differences", [[0.1] * 6, [0.0] * 6, [0.71 - 0.70, 0.73 - 0.72]])
def test_differences_that_are_all_the_same_tell_no_spread(differences: list[float]) -> None:
    test = corrected_t(np.array(differences), 15 / 70)
    assert test.mean == pytest.approx(differences[0])
    told = (test.standard_error, test.p, test.low, test.high, smallest_effect(test), equivalence_p(test, 0.5))
    assert np.isnan(told).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_equivalence_is_two_one_sided_tests(sign: int) -> None:
    values = sign * np.array([0.001, -0.002, 0.004, 0.002, 0.003])
    sides = [
        stats.ttest_1samp(values, -0.01, alternative="greater"),
        stats.ttest_1samp(values, 0.01, alternative="less"),
    ]
    assert equivalence_p(corrected_t(values, 0), 0.01) == pytest.approx(max(side.pvalue for side in sides))


def test_the_smallest_effect_shrinks_with_more_splits() -> None:
    effects = [smallest_effect(corrected_t(spread_of(splits), 15 / 70)) for splits in (2, 3, 6, 12, 50)]
    assert effects == sorted(effects, reverse=True)
    assert effects[-1] > 2.8 * 0.05 * np.sqrt(15 / 70)  # what splits share, no number of them averages away


@pytest.mark.parametrize("splits", [2, 3, 6, 30])
@pytest.mark.parametrize("level", [0.05, 0.005])
def test_the_smallest_effect_has_the_stated_power(splits: int, level: float) -> None:
    test, df = corrected_t(spread_of(splits), 0.2), splits - 1
    centre, limit = float(smallest_effect(test, level) / test.standard_error), stats.t.isf(level / 2, df)
    spreads = np.sqrt(stats.chi2.ppf((np.arange(100_000) + 0.5) / 100_000, df) / df)  # of equal probability
    assert np.mean(stats.norm.cdf(centre - limit * spreads)) == pytest.approx(0.8, abs=1e-4)


def test_wilcoxon_of_equal_arms_is_no_evidence() -> None:
    assert wilcoxon_p(np.zeros(6)) == 1


def wilcoxon_by_enumeration(differences: np.ndarray) -> float:
    """Share of all choices of signs whose rank sum is as far from its mean as the one found."""
    left = [Fraction(str(round(float(each), 6))) for each in differences]
    left = [each for each in left if each]
    ranks = [
        sum(abs(other) < abs(each) for other in left) + Fraction(sum(abs(o) == abs(each) for o in left) + 1, 2)
        for each in left
    ]
    found = abs(sum(rank if each > 0 else -rank for rank, each in zip(ranks, left, strict=True)))
    signs = list(product((1, -1), repeat=len(left)))
    return sum(abs(sum(map(mul, row, ranks))) >= found for row in signs) / len(signs)


@pytest.mark.parametrize("seed", range(60))
def test_wilcoxon_is_what_enumeration_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(-4, 5, int(rng.integers(1, 9))) / 10  # many ties, and zeros
    assert wilcoxon_p(values) == pytest.approx(wilcoxon_by_enumeration(values), rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_wilcoxon_without_ties_is_that_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0.2, 1, int(rng.integers(2, 51)))
    assert wilcoxon_p(values) == pytest.approx(stats.wilcoxon(values, method="exact").pvalue)


@pytest.mark.parametrize(
    ("values", "p"),
    [
        ([0.1, 0.1, -0.1], 1.0),
        ([0.1, 0.30000000000000004 - 0.2, 0.2 - 0.3], 1.0),
        ([100000.3 - 100000.2, 0.1, -0.1], 1.0),
        ([0.1, 0.1, 0.1], 0.25),
        ([0.1, 1e-17, -0.0], 1.0),  # what floats round off is no difference
        ([-2.0], 1.0),
        ([0.1] * 50, 2.0**-49),
        ([1e-9, 1e-9, 2e-9, 3e-9], 0.125),  # small ones are as good as large ones
        ([], 1.0),
    ],
)
def test_ties_in_size_count(values: list[float], p: float) -> None:
    assert wilcoxon_p(np.array(values)) == pytest.approx(p, rel=1e-12)


def test_holm_by_hand() -> None:
    assert holm([0.04, 0.01, 0.03, 0.005]) == pytest.approx([0.06, 0.03, 0.06, 0.02])


def test_holm_never_lowers_p_and_keeps_the_order() -> None:
    p_values = np.random.default_rng(3).uniform(size=20)
    adjusted = np.array(holm(p_values.tolist()))
    assert (adjusted >= p_values).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[p_values.argsort()]) >= 0).all()
