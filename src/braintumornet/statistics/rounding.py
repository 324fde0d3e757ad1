"""How many decimals the values of a table have, and whether differences say more than their rounding."""

from collections.abc import Sequence

import numpy as np

from braintumornet.core.tolerance import lower, upper

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


def coarser_step(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the step of the arm whose values have fewer decimals; whole numbers beside fractions are taken as exact.

    Example:
        >>> coarser_step([0.7, 0.72], [0.7034, 0.7251]), coarser_step([1.0, 1.0], [0.98, 0.97])
        (0.01, 0.01)
    """
    steps = [decimal_step(values) for values in (ours, theirs)]
    return max([step for step in steps if step < 1] or steps)


def is_within_rounding(differences: np.ndarray, step: float) -> bool:
    """Say whether the rounding of one arm alone could make the differences: it moves all values of a kind the same way.

    Args:
        differences: of the splits, (n,), n > 1.
        step: of the arm with fewer decimals, above 0.

    Example:
        >>> is_within_rounding(np.array([0.003, 0.004]), 0.01), is_within_rounding(np.array([0.053, 0.054]), 0.01)
        (True, False)
    """
    return not exceeds_rounding(differences, step) and bool(abs(differences.mean()) <= upper(step / 2))


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
    return f"the difference {found}, so that no interval, p, minimum detectable effect or verdict can be told{advice}"
