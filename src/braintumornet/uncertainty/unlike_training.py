"""Notice a case whose images are unlike those that a network learned from.

The Mahalanobis distance of a case's image features from those of the training cases tells how unlike them it is; their
covariance is shrunk (Ledoit and Wolf 2004, doi 10.1016/S0047-259X(03)00096-4), as the cases are few. So are two groups
of features, looks and slopes, measured apart, each in units of its own limit, and the squares added. The limits are
conformal quantiles of the distances of the training cases, each left out in turn. That one in twenty cases of the same
kind is flagged is an average over sets of training cases. A case is compared by the sequences that it has, with the
training cases that have them too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from braintumornet.core.input_profile import InputProfile
from braintumornet.uncertainty.image_features import FEATURES, Features
from braintumornet.uncertainty.split_conformal import conformal_quantile, fewest_cases

USUAL = 0.95  # share of cases like the training cases of which nothing is said
LEAST_SPREAD = 0.02  # of a feature, so that one which all training cases share does not make a trifle remarkable
DECIMALS = 4

Measured = Mapping[str, Features]
"""Group of features -> sequence, or two of them -> features, as `measure_images` returns them."""


def profile_images(cases: Sequence[Measured]) -> InputProfile | None:
    """Return what the images of the training cases were like; None where they are too few to tell."""
    if len(cases) < fewest_cases(USUAL):
        return None
    measured = [
        {
            group: {name: [round(value, DECIMALS) for value in values] for name, values in features.items()}
            for group, features in case.items()
        }
        for case in cases
    ]
    return InputProfile(features=FEATURES, cases=len(measured), measured=measured)


def notice_unlike(case: Measured, known: InputProfile) -> str:
    """Return a sentence where the images of a case are unlike those of the training; blank where they are not.

    Args:
        case: to be compared.
        known: what the training cases were like.
    """
    if tuple(known.features) != FEATURES:
        return (
            "whether these images are unlike those of the training is not known: the run was trained by another "
            "version of braintumornet, which measured them otherwise"
        )
    if _excess(case, known) <= 1:
        return ""
    return (
        f"the images{_blame(case, known)} are more unlike those that the network learned from than 19 of 20 of these "
        "are unlike the others: look twice; of cases like them about 1 in 20 is flagged so, on average over runs"
    )


def _blame(case: Measured, known: InputProfile) -> str:
    """Name the sequence without which nothing would be said; blank where there is none."""
    if len(case["slopes"]) < 2:
        return ""
    rests = {one: _excess(_without(case, one), known) for one in case["slopes"]}
    likeliest = min(rests, key=rests.__getitem__)
    return f", because of {likeliest}," if rests[likeliest] <= 1 else ""


def _without(case: Measured, sequence: str) -> Measured:
    return {
        group: {name: values for name, values in features.items() if sequence not in name.split()}
        for group, features in case.items()
    }


def _excess(case: Measured, known: InputProfile) -> float:
    """Return how far a case lies off, in units of the limit; 0 where too few training cases have what it has."""
    alike = [other for other in known.measured if all(case[group].keys() <= other[group].keys() for group in case)]
    if len(alike) < fewest_cases(USUAL) or not any(case.values()):
        return 0.0
    own, left_out = 0.0, np.zeros(len(alike))
    for group, features in case.items():
        cloud = _Cloud.of(np.array([_join(other[group], features) for other in alike]))
        limit = _limit(cloud.left_out)
        own += (cloud.distance(np.array(_join(features, features))) / limit) ** 2
        left_out += (cloud.left_out / limit) ** 2
    return own / _limit(left_out)


def _limit(distances: np.ndarray) -> float:
    return max(conformal_quantile(distances, USUAL), LEAST_SPREAD)


def _join(features: Features, names: Iterable[str]) -> list[float]:
    return [value for name in names for value in features[name]]


@dataclass(frozen=True)
class _Cloud:
    """Where some cases lie.

    Args:
        mean, scale: of each feature, (F,).
        precision: inverse of the shrunk covariance of the scaled features, (F, F).
        left_out: distance of each case from all others, (N,).
    """

    mean: np.ndarray
    scale: np.ndarray
    precision: np.ndarray
    left_out: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> "_Cloud":
        """Return where cases lie whose features are (N, F)."""
        mean, scale = features.mean(axis=0), np.maximum(features.std(axis=0), LEAST_SPREAD)
        scaled = (features - mean) / scale
        return cls(mean, scale, np.linalg.inv(_shrunk(scaled, shrinkage(scaled))), _distances_left_out(scaled))

    def distance(self, features: np.ndarray) -> float:
        """Return the Mahalanobis distance of a case (F,)."""
        offset = (features - self.mean) / self.scale
        return float(np.sqrt(offset @ self.precision @ offset))


def shrinkage(centred: np.ndarray) -> float:
    """Return the weight of the identity in Ledoit and Wolf's estimate of a covariance, from 0 to 1.

    As `sklearn.covariance.ledoit_wolf_shrinkage` does, whose import takes longer than a prediction of a small case.

    Args:
        centred: features minus their means, (N, F).
    """
    cases, features = centred.shape
    covariance = centred.T @ centred / cases
    size = np.trace(covariance) / features
    spread = ((covariance - size * np.eye(features)) ** 2).sum()
    error = ((centred**2).sum(axis=1) ** 2).sum() / cases**2 - (covariance**2).sum() / cases
    return float(np.clip(error / spread, 0, 1)) if spread > 0 else 1.0


def _shrunk(centred: np.ndarray, weight: float) -> np.ndarray:
    covariance = centred.T @ centred / len(centred)
    features = len(covariance)
    size = np.trace(covariance) / features
    shrunk: np.ndarray = (1 - weight) * covariance + (weight * size + LEAST_SPREAD**2) * np.eye(features)
    return shrunk


def _distances_left_out(centred: np.ndarray) -> np.ndarray:
    """Return of each case how far it lies from all others, (N,); what it shrinks by and the scales are those of all."""
    weight = shrinkage(centred)
    found = []
    for index, own in enumerate(centred):
        others = np.delete(centred, index, axis=0)
        offset = own - others.mean(axis=0)
        found.append(offset @ np.linalg.solve(_shrunk(others - others.mean(axis=0), weight), offset))
    return np.sqrt(found)
