"""An interval of a paired difference from resampling splits and seeds above, patients below."""

import numpy as np

RESAMPLES = 2000
SEED = 0
PERCENTILES = (2.5, 97.5)
SAME = 1e-12  # a spread below this share of the differences is what floats round off


def two_level_interval(differences: np.ndarray, resamples: int = RESAMPLES, seed: int = SEED) -> tuple[float, float]:
    """Return the 95 % percentile interval of the mean over splits.

    In each resample splits are drawn with replacement, seeds within each split, and patients of the whole study: a
    patient who is tested in several splits is one patient (Owen, Ann Appl Stat 1 (2007), 386-411, for crossed
    levels). A level with one member is taken as given.

    Splits that share training patients are not independent draws, and six of them are few for a percentile: the
    interval is too narrow (docs/how-to/compare.md), so that no verdict rests on it.

    Args:
        differences: (splits, seeds, patients), NaN where a patient is not tested.
        resamples: how many.
        seed: same seed, same interval.

    Returns:
        Lower and upper end; NaN where every level has one member, or all differences are the same, so that drawing
        them again tells nothing.

    Example:
        >>> differences = np.random.default_rng(0).normal(0.1, 0.1, size=(6, 1, 40))
        >>> low, high = two_level_interval(differences)
        >>> bool(low < differences.mean() < high)
        True
    """
    known = differences[np.isfinite(differences)]
    if max(differences.shape) == 1 or np.ptp(known) <= SAME * np.abs(known).max():
        return float("nan"), float("nan")
    of_splits, of_seeds, of_patients = _draw(differences.shape, resamples, np.random.default_rng(seed))
    there = np.isfinite(differences)
    sums = np.stack([of_patients @ split.T for split in np.where(there, differences, 0)], axis=1)  # (B, splits, seeds)
    counts = np.stack([of_patients @ split.T for split in there.astype(np.float64)], axis=1)
    total, number = (sums * of_seeds).sum(axis=-1), (counts * of_seeds).sum(axis=-1)  # (B, splits)
    weights = of_splits * (number > 0)  # a split of which no patient was drawn says nothing
    means = np.divide(total, number, out=np.zeros_like(total), where=number > 0)
    known = weights.sum(axis=1) > 0
    found = (means * weights).sum(axis=1)[known] / weights.sum(axis=1)[known]
    low, high = np.percentile(found, PERCENTILES)
    return float(low), float(high)


def _draw(shape: tuple[int, ...], resamples: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return how often splits, their seeds, and patients count: (B, splits), (B, splits, seeds), (B, patients)."""
    splits, seeds, patients = shape
    of_splits = rng.multinomial(splits, np.full(splits, 1 / splits), resamples)
    of_seeds = rng.multinomial(seeds, np.full(seeds, 1 / seeds), (resamples, splits))
    drawn = rng.integers(patients, size=(resamples, patients)) + patients * np.arange(resamples)[:, None]
    return of_splits, of_seeds, np.bincount(drawn.ravel(), minlength=resamples * patients).reshape(resamples, patients)
