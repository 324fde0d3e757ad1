"""Whether a predicted lesion is one: a logistic regression on its mean probability and its volume."""

from collections.abc import Sequence

import numpy as np

from braintumornet.core.calibration_record import LesionRecord
from braintumornet.uncertainty.temperature import log_odds

FEWEST = 20  # lesions that are true, and that are false, below which nothing is learned of them


def fit_lesions(mean_probability: np.ndarray, volume_ml: np.ndarray, true: np.ndarray) -> LesionRecord | None:
    """Return the regression; None where fewer than 20 lesions are true or false.

    Args:
        mean_probability: of the voxels of each predicted lesion, (L,).
        volume_ml: of each, (L,).
        true: whether it overlaps a true lesion, bool (L,).
    """
    if min(true.sum(), (~true).sum()) < FEWEST:
        return None
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features = _features(mean_probability, volume_ml)
    fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, true)
    scaler, regression = fitted[0], fitted[1]
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - weights @ scaler.mean_)
    return LesionRecord(true=int(true.sum()), false=int((~true).sum()), intercept=intercept, weights=weights.tolist())


def lesion_probabilities(
    regression: LesionRecord, mean_probability: Sequence[float], volume_ml: Sequence[float]
) -> list[float]:
    """Return the probability of each predicted lesion that it overlaps a true one."""
    features = _features(np.asarray(mean_probability), np.asarray(volume_ml))
    logits = regression.intercept + features @ np.asarray(regression.weights)
    return [float(p) for p in 1 / (1 + np.exp(-logits))]


def _features(mean_probability: np.ndarray, volume_ml: np.ndarray) -> np.ndarray:
    return np.stack([log_odds(mean_probability), np.log(volume_ml)], axis=-1)
