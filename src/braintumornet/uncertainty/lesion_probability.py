"""Whether a predicted lesion is one: a logistic regression on its mean probability and its volume."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import ndimage

from braintumornet.core.calibration_record import LesionRecord
from braintumornet.uncertainty.temperature import log_odds
from braintumornet.volumes.components import number_components

FEWEST = 20  # lesions that are true, and that are false, below which nothing is learned of them


@dataclass(frozen=True)
class PredictedLesions:
    """The components of a predicted mask, from the largest to the smallest.

    Args:
        mean_probability: of the voxels of each, (L,).
        volume_ml: of each, (L,).
        true: whether each overlaps a true lesion, bool (L,); of no meaning where the truth is not known.
    """

    mean_probability: np.ndarray
    volume_ml: np.ndarray
    true: np.ndarray

    @classmethod
    def joined(cls, lesions: "list[PredictedLesions]") -> Self:
        """Return the lesions of several cases as one set."""
        return cls(
            np.concatenate([one.mean_probability for one in lesions]),
            np.concatenate([one.volume_ml for one in lesions]),
            np.concatenate([one.true for one in lesions]),
        )

    @property
    def features(self) -> np.ndarray:
        """What tells true from false lesions: logit of the mean probability, logarithm of the volume, (L, 2)."""
        return np.stack([log_odds(self.mean_probability), np.log(self.volume_ml)], axis=-1)


def find_lesions(
    mask: np.ndarray, probabilities: np.ndarray, voxel_ml: float, truth: np.ndarray | None = None
) -> PredictedLesions:
    """Return the lesions of a mask.

    Args:
        mask: as it is written, boolean (D, H, W).
        probabilities: of the region, as the network gives them, (D, H, W).
        voxel_ml: volume of a voxel.
        truth: the true mask, boolean (D, H, W); None where it is not known.
    """
    numbers, voxels = number_components(mask)
    labels = np.arange(1, len(voxels) + 1)
    means = np.asarray(ndimage.mean(probabilities, numbers, labels)) if len(labels) else np.zeros(0)
    found = np.zeros(len(labels) + 1, dtype=bool)
    found[np.unique(numbers[mask if truth is None else truth])] = True
    return PredictedLesions(means, voxels * voxel_ml, found[1:])


def fit_lesions(lesions: PredictedLesions) -> LesionRecord | None:
    """Return the regression; None where fewer than 20 lesions are true or false."""
    true = lesions.true
    if min(np.count_nonzero(true), np.count_nonzero(~true)) < FEWEST:
        return None
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    regression = LogisticRegression().fit(scaler.fit_transform(lesions.features), true)
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - weights @ scaler.mean_)
    return LesionRecord(true=int(true.sum()), false=int((~true).sum()), intercept=intercept, weights=weights.tolist())


def lesion_probabilities(regression: LesionRecord, lesions: PredictedLesions) -> list[float]:
    """Return the probability of each predicted lesion that it overlaps a true one."""
    logits = regression.intercept + lesions.features @ np.asarray(regression.weights)
    return [float(p) for p in 1 / (1 + np.exp(-logits))]
