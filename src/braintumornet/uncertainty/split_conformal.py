"""Split conformal prediction: how large an error may be that is rarely exceeded, and what that promise is worth.

A calibration set of n cases that chose nothing gives n scores, the larger the worse the answer. Of a further case that
is exchangeable with them, the score is at most the k-th smallest of these, k = ceil((n + 1) * confidence), with a
probability of at least the confidence (Vovk et al. 2005; Angelopoulos and Bates 2021, arXiv 2107.07511, section 3.2).
That is an average over calibration sets: the coverage that one set gives follows Beta(k, n + 1 - k).
"""

from math import ceil

import numpy as np

CONFIDENCE = 0.9
SURE = 0.95  # of what is said to be the least coverage of one calibration set


def rank_of_quantile(cases: int, confidence: float = CONFIDENCE) -> int:
    """Return k, as which smallest score the limit is taken; above the number of cases where they are too few.

    Example:
        >>> rank_of_quantile(9), rank_of_quantile(8)  # the ninth of eight scores is none
        (9, 9)
    """
    return ceil(round((cases + 1) * confidence, 9))


def fewest_cases(confidence: float = CONFIDENCE) -> int:
    """Return how many calibration cases a confidence needs.

    Example:
        >>> fewest_cases(0.9), fewest_cases(0.95)
        (9, 19)
    """
    return next(cases for cases in range(1, 10**6) if rank_of_quantile(cases, confidence) <= cases)


def conformal_quantile(scores: np.ndarray, confidence: float = CONFIDENCE) -> float:
    """Return the k-th smallest score of calibration cases; infinite where they are too few for the confidence.

    Args:
        scores: one of each case, (N,).
        confidence: of the promise, averaged over calibration sets.
    """
    rank = rank_of_quantile(len(scores), confidence)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else float("inf")


def least_coverage(cases: int, confidence: float = CONFIDENCE, sure: float = SURE) -> float:
    """Return the coverage that one calibration set exceeds with a certain probability: see Beta(k, n + 1 - k) above.

    Args:
        cases: n, of the calibration set.
        confidence: of the promise on average.
        sure: probability with which the coverage is no less.

    Example:
        >>> round(least_coverage(9), 2), round(least_coverage(100), 2)
        (0.72, 0.85)
    """
    from scipy.stats import beta

    rank = rank_of_quantile(cases, confidence)
    return float(beta.ppf(1 - sure, rank, cases + 1 - rank))
