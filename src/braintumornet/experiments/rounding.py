"""How finely the values of a table are told, and whether differences say more than their rounding."""

from collections.abc import Sequence

import numpy as np

from braintumornet.core.tolerance import lower

MOST_DECIMALS = 12  # values with more are taken as exact


def decimal_step(values: Sequence[float] | np.ndarray) -> float:
    """Return the largest of 1, 0.1, 0.01 ... that all values are multiples of; 1e-12 where that takes more decimals.

    Example:
        >>> decimal_step([0.7, 0.72]), decimal_step([86.7, 374]), decimal_step([2 / 3, 0.5])
        (0.01, 0.1, 1e-12)
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    for decimals in range(MOST_DECIMALS):
        scaled = known * 10.0**decimals
        if np.isclose(scaled, np.rint(scaled), rtol=1e-12, atol=1e-14 * 10.0**decimals).all():
            return float(10.0**-decimals)
    return float(10.0**-MOST_DECIMALS)


def exceeds_rounding(differences: np.ndarray, step: float) -> np.ndarray:
    """Say whether the standard deviation of differences is at least the step in which they can move.

    Below, what looks like agreement may be rounding: at two decimals, two arms without any effect differ by the same
    0.01 in both of two splits in one study of seven (docs/how-to/compare.md).

    Args:
        differences: of the splits, (..., n), n > 1.
        step: above 0.

    Returns:
        bool array (...).

    Example:
        >>> exceeds_rounding(np.array([[0.01, 0.01], [0.01, 0.03]]), 0.01)
        array([False,  True])
    """
    spread: np.ndarray = differences.std(axis=-1, ddof=1)
    return spread >= lower(step)


def explain_no_spread(differences: np.ndarray, step: float) -> str:
    """Return why differences whose spread does not exceed the rounding tell nothing, and what to do.

    Args:
        differences: of the splits, (n,).
        step: that all values are multiples of.

    Example:
        >>> explain_no_spread(np.array([0.01, 0.01]), 0.01)[:52]
        'the difference is the same in all splits, so that no'
    """
    same = np.ptp(differences) <= 10.0**-MOST_DECIMALS
    found = "is the same in all splits" if same else "varies over the splits by less than the values are rounded"
    advice = f"; give values of more than {-round(np.log10(step))} decimals" if step > 10.0**-MOST_DECIMALS else ""
    return f"the difference {found}, so that no interval, p, smallest effect or verdict can be told{advice}"
