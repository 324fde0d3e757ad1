"""One temperature per task: probabilities that are as often right as they say, and the same masks."""

from collections.abc import Callable

import numpy as np

SMALLEST = 1e-6  # probabilities beyond it, and as near to 1, count as it
LIMITS = 0.1, 10.0  # of a temperature
PRIOR_SD = 0.5  # of the logarithm of a temperature of classes: networks are rarely off by more than a factor 2.7


def temper(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities of two outcomes with their logits divided by a temperature; one half stays one half.

    Args:
        probabilities: of any shape, such as those of a region at each voxel.
        temperature: above 1 they move towards one half, below 1 away from it.

    Returns:
        Array of the same shape and type.

    Example:
        >>> temper(np.array([0.1, 0.5, 0.9]), 2.0).round(2)
        array([0.25, 0.5 , 0.75])
    """
    logits = log_odds(probabilities) / temperature
    tempered: np.ndarray = (1 / (1 + np.exp(-logits))).astype(probabilities.dtype)
    return np.where(probabilities == 0, probabilities, tempered)  # where no window was, there is nothing to say


def temper_classes(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probabilities of exclusive classes, along the last axis, with their logits divided by a temperature.

    Example:
        >>> temper_classes(np.array([0.9, 0.1]), 2.0).round(2)
        array([0.75, 0.25])
    """
    logits = np.log(np.clip(probabilities, SMALLEST, None)) / temperature
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    tempered: np.ndarray = powers / powers.sum(axis=-1, keepdims=True)
    return tempered


def log_odds(probabilities: np.ndarray) -> np.ndarray:
    """Return log(p / (1 - p)) as float64, with p kept a millionth away from 0 and 1."""
    clipped = np.clip(probabilities.astype(np.float64), SMALLEST, 1 - SMALLEST)
    odds: np.ndarray = np.log(clipped) - np.log1p(-clipped)
    return odds


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature with the lowest negative log-likelihood of two outcomes (Guo et al., arXiv 1706.04599).

    Args:
        probabilities: of the outcome, (N,).
        truth: whether it came about, bool (N,).
    """
    logits = log_odds(probabilities)
    signed = np.where(truth, logits, -logits)
    return _minimise(lambda temperature: float(np.logaddexp(0, -signed / temperature).mean()))


def fit_class_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Return the likeliest temperature of exclusive classes, where before any case 1 is the likeliest.

    A normal prior of the logarithm weighs as much as a few cases, so that a dozen cases which happen to be easy or hard
    do less harm to the probabilities, and a hundred decide alone (`benchmarks/few_case_temperature.py`).

    Args:
        probabilities: (N, K).
        truth: index of each case's class, (N,).
    """
    own = np.arange(len(truth)), truth

    def loss(temperature: float) -> float:
        right = np.clip(temper_classes(probabilities, temperature)[own], SMALLEST, None)
        return float(-np.log(right).sum() + 0.5 * (np.log(temperature) / PRIOR_SD) ** 2)

    return _minimise(loss)


def _minimise(loss: Callable[[float], float]) -> float:
    from scipy.optimize import minimize_scalar

    low, high = np.log(LIMITS)
    found = minimize_scalar(lambda logarithm: loss(float(np.exp(logarithm))), bounds=(low, high), method="bounded")
    return float(np.exp(found.x))
