"""Whether a probability of 0.8 is right in eight of ten cases."""

import numpy as np

BINS = 10


def squared_errors(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return each case's part of the Brier score: squared errors summed over the classes, 0 to 2.

    Args:
        probabilities: array (N, K).
        truth: index of each case's class, (N,).

    Example:
        >>> squared_errors(np.array([[0.8, 0.2]]), np.array([0]))
        array([0.08])
    """
    errors: np.ndarray = np.square(probabilities - np.eye(probabilities.shape[1])[truth]).sum(axis=1)
    return errors


def calibration_error(confidence: np.ndarray, correct: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the expected calibration error: the mean gap of confidence and accuracy over ten bins of confidence.

    Args:
        confidence: probability of the most probable class, (N,).
        correct: whether that class is right, (N,).
        weights: how often each case counts, (B, N).

    Returns:
        Array (B,).

    Example:
        >>> calibration_error(np.array([0.9, 0.9]), np.array([True, False]), np.ones((1, 2)))
        array([0.4])
    """
    number = _bins(confidence)
    gaps = [np.abs(weights[:, number == k] @ (correct - confidence)[number == k]) for k in np.unique(number)]
    error: np.ndarray = np.sum(gaps, axis=0) / weights.sum(axis=1)
    return error


def reliability(confidence: np.ndarray, correct: np.ndarray) -> dict[str, dict[str, float]]:
    """Return the reliability curve: one point per bin that holds a case, from unsure to sure.

    Args:
        confidence: probability of the most probable class, (N,).
        correct: whether that class is right, (N,).

    Returns:
        Bin, its upper end part of it -> share of its cases for which the class is right (`accuracy`), mean probability
        of that class (`confidence`), and how many they are (`cases`).

    Example:
        >>> reliability(np.array([0.9, 0.9]), np.array([True, False]))
        {'confidence 0.8 to 0.9': {'accuracy': 0.5, 'confidence': 0.9, 'cases': 2}}
    """
    number = _bins(confidence)
    return {
        f"confidence {k / BINS:g} to {(k + 1) / BINS:g}": {
            "accuracy": float(correct[number == k].mean()),
            "confidence": float(confidence[number == k].mean()),
            "cases": int((number == k).sum()),
        }
        for k in np.unique(number)
    }


def _bins(confidence: np.ndarray) -> np.ndarray:
    numbers: np.ndarray = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    return numbers
