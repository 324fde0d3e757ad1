"""Tests of paired differences over splits that share patients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

ALPHA = 0.05
POWER = 0.8
MOST_EXACT = 50  # differences for which Wilcoxon's distribution is counted out
TIE_DECIMALS = 9  # of the largest difference: 0.1 and 0.3 - 0.2 are the same size
TINY = np.finfo(float).tiny
SAME = 1e-12  # a spread below this share of the differences is what floats round off


@dataclass(frozen=True)
class MeanTest:
    """A mean difference over splits, what it may be off by, and how surprising it is if there is no effect.

    Every field has the shape of the studies that were tested at once; one study gives plain numbers.

    Args:
        mean: over the splits.
        standard_error: of the mean.
        df: degrees of freedom of the t distribution behind `p` and the interval.
        p: two-sided.
        low, high: ends of the 95 % interval.

    Where the differences are all the same, nothing but `mean` and `df` can be told: the others are NaN.
    """

    mean: np.ndarray
    standard_error: np.ndarray
    df: np.ndarray
    p: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class SeedSpread:
    """How far trainings on the same split are apart.

    Args:
        variance: of a difference between seeds of one split, pooled over splits.
        df: how many differences between seeds it rests on.
        share_averaged_away: mean over splits of 1 - 1/seeds.
    """

    variance: np.ndarray
    df: int
    share_averaged_away: float


def seed_spread(differences: np.ndarray) -> SeedSpread | None:
    """Return how far the seeds of a split are apart; None where no split has two.

    Args:
        differences: (..., splits, seeds), NaN where a seed was not run.
    """
    counts = np.isfinite(differences).sum(axis=-1)
    counts = counts.reshape(-1, counts.shape[-1])[0]  # the same for all studies that are tested at once
    df = int(np.maximum(counts - 1, 0).sum())
    if df == 0:
        return None
    means = np.nanmean(differences, axis=-1, keepdims=True)
    squares = np.nansum((differences - means) ** 2, axis=(-1, -2))
    return SeedSpread(squares / df, df, float(np.mean(1 - 1 / counts)))


def corrected_t(differences: np.ndarray, test_share: float, seeds: SeedSpread | None = None) -> MeanTest:
    """Test a mean paired difference over splits that overlap (Nadeau and Bengio's corrected resampled t).

    Splits drawn from one pool share most of their training patients and some of their test patients, so their
    differences are not independent and s^2 / J is too small. Nadeau and Bengio, Inference for the Generalization
    Error, Machine Learning 52 (2003), 239-281, put s^2 (1/J + n_test/n_train) in its place, with J - 1 degrees of
    freedom.

    Several seeds per split, averaged before, make s^2 smaller, but not what two splits have in common: patients and
    training set are the same for all seeds of a split. The second term therefore keeps the size that it has for one
    seed, s^2 + v (1 - 1/S) with v the variance between the seeds of a split, and the degrees of freedom are
    Satterthwaite's. This step is ours; `benchmarks/statistics_simulation.py` shows that it is needed.

    Args:
        differences: (..., splits), averaged over patients and seeds.
        test_share: n_test / n_train of a split; 0 gives the naive paired t test.
        seeds: how far the seeds of a split are apart, where there are several.

    Example:
        >>> test = corrected_t(np.array([0.13, 0.01, 0.02, 0.01, 0.0, 0.0]), test_share=15 / 70)
        >>> round(float(test.mean), 3), round(float(test.p), 2)
        (0.028, 0.4)
    """
    splits = differences.shape[-1]
    mean = differences.mean(axis=-1)
    of_splits = differences.var(axis=-1, ddof=1) * (1 / splits + test_share)
    of_seeds = np.zeros_like(of_splits) if seeds is None else test_share * seeds.variance * seeds.share_averaged_away
    variance = of_splits + of_seeds
    terms = of_splits**2 / (splits - 1) + (0 if seeds is None else of_seeds**2 / seeds.df)
    df = np.divide(variance**2, terms, out=np.full_like(variance, splits - 1.0), where=terms > 0)
    error = np.sqrt(variance)
    # differences that are all the same tell no spread, and so nothing of how far their mean may be off
    error = np.where(error > SAME * np.abs(differences).max(axis=-1), error, np.nan)
    t = mean / error
    half = stats.t.isf(ALPHA / 2, df) * error
    return MeanTest(mean, error, df, 2 * stats.t.sf(np.abs(t), df), mean - half, mean + half)


def equivalence_p(test: MeanTest, margin: float) -> float:
    """Return the p of two one-sided tests: small where the effect lies within the margin on both sides.

    Schuirmann, J Pharmacokinet Biopharm 15 (1987), 657-680, here on the corrected standard error.

    Args:
        test: of the difference.
        margin: in the unit of the metric, above 0.

    Returns:
        The worse of the two sides; NaN where the differences have no spread.

    Example:
        >>> test = corrected_t(np.array([0.001, -0.001, 0.0, 0.002]), test_share=0.25)
        >>> equivalence_p(test, margin=0.02) < 0.05 < equivalence_p(test, margin=0.001)
        True
    """
    mean, error = float(test.mean), float(test.standard_error)
    return float(stats.t.sf((margin - abs(mean)) / error, test.df))


def wilcoxon_p(differences: np.ndarray) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test, exact up to `MOST_EXACT` differences; zeros are dropped.

    Sizes that are equal but for what floats round off get the mean of their ranks, and the distribution is that of
    these ranks over all signs, so that ties count. With J splits it is never below 2 / 2^J, and it takes them as
    independent.

    Args:
        differences: (n,).

    Example:
        >>> wilcoxon_p(np.array([0.13, 0.01, 0.02, 0.01, 0.0, 0.0]))
        0.125
        >>> wilcoxon_p(np.array([0.1, 0.1, -0.1]))
        1.0
    """
    scaled = np.round(differences / max(float(np.abs(differences).max(initial=0)), TINY), TIE_DECIMALS)
    left = scaled[scaled != 0]
    if not left.size:
        return 1.0
    if left.size > MOST_EXACT:
        return float(stats.wilcoxon(left).pvalue)
    ranks = np.rint(2 * stats.rankdata(np.abs(left))).astype(int)  # a mean of ranks is a multiple of a half
    return _signed_sum_p(ranks, int(ranks[left > 0].sum() - ranks[left < 0].sum()))


def _signed_sum_p(sizes: np.ndarray, found: int) -> float:
    """Return the share of all 2^n choices of signs whose sum of sizes, whole numbers, is as far from 0 as the found."""
    ways = np.ones(1)  # of each sum that the positive ones can have; below 2^53, so that a float counts exactly
    for size in sizes:
        ways = np.pad(ways, (0, size)) + np.pad(ways, (size, 0))
    sums = 2 * np.arange(ways.size) - ways.size + 1
    return float(ways[np.abs(sums) >= abs(found)].sum() / 2.0**sizes.size)


def smallest_effect(test: MeanTest, alpha: float = ALPHA, power: float = POWER) -> float:
    """Return the effect that the study would have shown with the stated power, whatever it did show.

    The two-sided test at `alpha` rejects with this probability under a non-central t distribution whose centre is
    effect / standard error (Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. 1988, chapter 2).

    Args:
        test: of the difference; its spread counts, not its mean.
        alpha: level; where several comparisons are made, that of Holm's first step.
        power: probability of showing it.

    Returns:
        In the unit of the metric; NaN where the differences have no spread.

    Example:
        >>> test = corrected_t(np.array([0.13, 0.01, 0.02, 0.01, 0.0, 0.0]), test_share=15 / 70)
        >>> round(smallest_effect(test), 3)
        0.109
    """
    df = float(test.df)
    limit = float(stats.t.isf(alpha / 2, df))

    def missing_power(centre: float) -> float:
        # the tail on the other side holds less than 1e-4 where the power is of use, and SciPy gives NaN far out in it
        return power - float(stats.nct.sf(limit, df, centre))

    high = limit
    while missing_power(high) > 0:
        high *= 2
    return float(optimize.brentq(missing_power, 0, high)) * float(test.standard_error)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values adjusted for their number (Holm, Scand J Stat 6 (1979), 65-70).

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        largest = max(largest, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = largest
    return adjusted
