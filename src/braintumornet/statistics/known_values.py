"""Means and shares of which some are not defined."""

import numpy as np


def mean_known(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean over what is not NaN; NaN where nothing is.

    Example:
        >>> mean_known(np.array([[1.0, 3.0, np.nan], [np.nan, np.nan, np.nan]]), axis=1)
        array([ 2., nan])
    """
    known = np.isfinite(values)
    return ratio_known(np.where(known, values, 0).sum(axis=axis), known.sum(axis=axis))


def ratio_known(totals: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return totals over counts, arrays of one shape; NaN where there is nothing to count.

    Example:
        >>> ratio_known(np.array([1.0, 0.0]), np.array([2.0, 0.0]))
        array([0.5, nan])
    """
    ratios: np.ndarray = np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0)
    return ratios
