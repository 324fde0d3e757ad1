"""Notice an image that is unlike those that a network learned from.

Of each sequence, some features of what the network sees: quantiles of the z-scored brain, how much neighbours differ
along each axis (noise, blur, thick slices), and the volume of the brain. The Mahalanobis distance of these from the
training cases tells how unlike an image is; the limit is a conformal quantile of the distances of the training cases,
each left out in turn. That one in twenty cases of the same kind is flagged is an average over sets of training cases.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from braintumornet.core.input_profile import InputProfile, SequenceProfile
from braintumornet.uncertainty.split_conformal import conformal_quantile, fewest_cases

USUAL = 0.95  # share of cases like the training cases of which nothing is said
PERCENTILES = (10, 50, 90)  # few, because some dozens of cases tell no more
FEATURES = (*(f"percentile {p}" for p in PERCENTILES), "step x", "step y", "step z", "log brain ml")
LEAST_DIFFERENCE = 1e-3  # of neighbours, in standard deviations of the brain
LEAST_SPREAD = 0.02  # of a feature, so that one which all training cases share does not make a trifle remarkable


def describe_image(image: np.ndarray, brain: np.ndarray, voxel_ml: float) -> np.ndarray:
    """Return the `FEATURES` of one sequence as a network sees it, (7,).

    Args:
        image: z-scored within the brain, (D, H, W).
        brain: boolean (D, H, W), not empty.
        voxel_ml: volume of a voxel.
    """
    differences = []
    for axis in range(3):
        inside = np.moveaxis(brain, axis, 0)
        steps = np.abs(np.diff(np.moveaxis(image, axis, 0), axis=0))[inside[1:] & inside[:-1]]
        differences.append(np.log(max(float(np.median(steps)) if steps.size else 0.0, LEAST_DIFFERENCE)))
    quantiles = np.percentile(image[brain], PERCENTILES)
    return np.array([*quantiles, *differences, np.log(voxel_ml * np.count_nonzero(brain))])


def profile_images(cases: Sequence[Mapping[str, np.ndarray]]) -> InputProfile | None:
    """Return what the images of the training cases were like; None where they are too few to tell.

    Args:
        cases: of each, sequence -> features; without those that are missing.
    """
    least = fewest_cases(USUAL)
    names = dict.fromkeys(name for case in cases for name in case)
    found = {name: np.stack([case[name] for case in cases if name in case]) for name in names}
    enough = {name: features for name, features in found.items() if len(features) >= least}
    left_out = {name: iter(_distances_left_out(features)) for name, features in enough.items()}
    told = [case for case in cases if case.keys() & enough.keys()]
    if len(told) < least:
        return None
    farthest = [max(next(left_out[name]) for name in case if name in enough) for case in told]
    return InputProfile(
        features=FEATURES,
        cases=len(told),
        limit=conformal_quantile(np.array(farthest), USUAL),
        sequences={name: _fit(features) for name, features in enough.items()},
    )


def notice_unlike(case: Mapping[str, np.ndarray], known: InputProfile | None) -> str:
    """Return a sentence where an image of a case is unlike those of the training; blank where none is.

    Args:
        case: sequence -> features; without those that are missing.
        known: what the training cases were like; None where that is not known.
    """
    if known is None:
        return ""
    if tuple(known.features) != FEATURES:
        return (
            "whether these images are unlike those of the training is not known: the run was trained by another "
            "version of braintumornet, which measured them otherwise"
        )
    distances = {name: _distance(case[name], known.sequences[name]) for name in case if name in known.sequences}
    unlike = [name for name, distance in distances.items() if distance > known.limit]
    if not unlike:
        return ""
    return (
        f"{' and '.join(unlike)} {'is' if len(unlike) == 1 else 'are'} more unlike the images that the network learned "
        "from than 19 of 20 of these are unlike the others: look twice; of cases like them about 1 in 20 is flagged "
        "so, on average over runs"
    )


def _fit(features: np.ndarray) -> SequenceProfile:
    from sklearn.covariance import LedoitWolf

    scale = np.maximum(features.std(axis=0), LEAST_SPREAD)  # else shrinkage favours the features with large numbers
    covariance = LedoitWolf().fit(features / scale).covariance_ * np.outer(scale, scale)
    precision = np.linalg.inv(covariance + LEAST_SPREAD**2 * np.eye(len(scale)))
    return SequenceProfile(mean=features.mean(axis=0).tolist(), precision=precision.tolist())


def _distance(features: np.ndarray, profile: SequenceProfile) -> float:
    offset = features - np.asarray(profile.mean)
    return float(np.sqrt(offset @ np.asarray(profile.precision) @ offset))


def _distances_left_out(features: np.ndarray) -> Iterable[float]:
    """Return of each case how far it lies from all others."""
    for index, own in enumerate(features):
        yield _distance(own, _fit(np.delete(features, index, axis=0)))
