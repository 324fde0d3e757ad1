"""Intervals by drawing patients again: how far a figure would move with other patients, the network as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

RESAMPLES = 2000
SEED = 0
INTERVAL_PERCENTILES = (2.5, 97.5)
FEWEST_PATIENTS = 5
"""Below, an interval of percentiles is much too narrow to be worth printing."""
NO_SPREAD = "no interval: no spread"
SAME = 1e-12  # a spread of scores below is what floats round off


@dataclass(frozen=True)
class Estimate:
    """A value over a cohort and its 95 % percentile bootstrap interval; what is not defined is NaN, with a note."""

    value: float
    low: float
    high: float
    note: str = ""


def estimate_mean(values: Sequence[float], patients: Sequence[str]) -> Estimate:
    """Return the mean over cases with its interval over patients; NaN as interval for fewer than 5 patients.

    The order of the cases does not matter.

    Args:
        values: of each case.
        patients: whose each case is.

    Example:
        >>> estimate = estimate_mean([0.5, 0.6, 0.7, 0.8, 0.9], ["a", "b", "c", "d", "e"])
        >>> round(estimate.value, 3), estimate.low < 0.65, estimate.high > 0.75
        (0.7, True, True)
    """
    if not values:
        return Estimate(nan, nan, nan)
    order = np.lexsort((values, patients))
    value, patient = np.asarray(values)[order], np.unique(patients, return_inverse=True)[1][order]
    if patient[-1] + 1 < FEWEST_PATIENTS:
        return Estimate(float(value.mean()), nan, nan)
    weights = draw_patients(patient, np.zeros_like(patient))
    return estimate(weights @ value / weights.sum(axis=1))


def estimate(values: np.ndarray, note: str = "") -> Estimate:
    """Return the estimate from the value of the cohort as it is, followed by those of its resamples.

    Where no resample changes the value, as where every case is right, they cannot tell how far it may be off.
    Resamples in which the value is not defined are left aside.
    """
    known = values[1:][np.isfinite(values[1:])]
    if known.size and np.ptp([*known, values[0]]) <= SAME:
        return Estimate(float(values[0]), nan, nan, "; ".join(filter(None, [note, NO_SPREAD])))
    low, high = np.percentile(known, INTERVAL_PERCENTILES) if known.size else (nan, nan)
    return Estimate(float(values[0]), float(low), float(high), note)


def draw_patients(patient: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return how often each case counts: once in the first row, as drawn in each further row, (1 + B, N).

    Args:
        patient: index of each case's patient, (N,).
        truth: index of each case's class, (N,); patients are drawn within each class, so that each stays present.
    """
    members: dict[tuple[int, ...], list[int]] = {}
    number = int(patient.max(initial=-1)) + 1
    for index in range(number):  # a stratum is a set of classes: a patient may have cases of several
        members.setdefault(tuple(np.unique(truth[patient == index]).tolist()), []).append(index)
    draws = np.ones((1 + RESAMPLES, number))
    rng = np.random.default_rng(SEED)
    for stratum in sorted(members):
        size = len(members[stratum])
        draws[1:, members[stratum]] = rng.multinomial(size, np.full(size, 1 / size), RESAMPLES)
    return draws[:, patient]
