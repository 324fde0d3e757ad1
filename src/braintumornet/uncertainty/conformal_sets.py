"""The classes that a marker may have: the smallest sets that hold the truth as often as promised.

Least ambiguous sets (LAC; Sadinle, Lei and Wasserman 2019, arXiv 1609.00451): all classes with a probability above one
limit. Adaptive sets (APS) promise no more and are larger on average. The likeliest class is always in the set, which
only adds to the coverage, so that a set is never empty; one of all classes says that the network cannot tell.
"""

from collections.abc import Mapping

import numpy as np


def class_scores(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return 1 - the probability of the true class of each case, (N,).

    Args:
        probabilities: (N, K), as the network gives them.
        truth: index of each case's class, (N,).
    """
    scores: np.ndarray = 1 - probabilities[np.arange(len(truth)), truth]
    return scores


def class_set(probabilities: Mapping[str, float], quantile: float) -> tuple[str, ...]:
    """Return the classes that cannot be ruled out, in their order.

    Args:
        probabilities: class -> probability, as the network gives them.
        quantile: of the calibration cases' scores.

    Example:
        >>> class_set({"fusion": 0.7, "v600e": 0.25, "other": 0.05}, quantile=0.8)
        ('fusion', 'v600e')
        >>> class_set({"fusion": 0.7, "v600e": 0.25, "other": 0.05}, quantile=0.1)
        ('fusion',)
    """
    likeliest = max(probabilities, key=probabilities.__getitem__)
    return tuple(name for name, p in probabilities.items() if 1 - p <= quantile or name == likeliest)
