"""Physical quantities and their limits: a spacing from a float32 affine is never exact, so no comparison with it is."""

from typing import TypeVar

import numpy as np

TOLERANCE = 1e-5
"""Relative: a hundredth of a micrometre in a millimetre, far above what float32 rounds off, far below what matters."""

Limit = TypeVar("Limit", float, np.ndarray)


def upper(limit: Limit) -> Limit:
    """Return what a quantity that is at most a limit may come to; compare lengths, areas, volumes with `<=` or `>`.

    Args:
        limit: in any unit, not negative.

    Example:
        >>> 1.0000001 <= upper(1.0), 1.001 <= upper(1.0)
        (True, False)
    """
    return limit * (1 + TOLERANCE)


def lower(limit: Limit) -> Limit:
    """Return what a quantity that is at least a limit may come down to; compare with `>=` or `<`.

    Args:
        limit: in any unit, not negative.

    Example:
        >>> 0.9999999 >= lower(1.0), 0.999 >= lower(1.0)
        (True, False)
    """
    return limit * (1 - TOLERANCE)
