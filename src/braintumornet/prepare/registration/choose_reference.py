"""To which of a case's sequences the others are brought."""

from collections.abc import Mapping

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import SEQUENCES
from braintumornet.core.tolerance import lower

FULL_COVERAGE_MM = 120.0  # of a head, along the axis that is covered least
_AS_THIN = 1.1  # times the thinnest slices of all count as thin as these
PREFERENCE = ("t1c", "t1n", "t2f", "t2w")  # t1c as in BraTS


def choose_reference(spaces: Mapping[str, Space]) -> str:
    """Return the best sequence: the whole head first, then the thinnest slices, then `t1c` before the others.

    Args:
        spaces: grid of each sequence.

    Raises:
        InputError: there is no sequence.

    Example:
        >>> import numpy as np
        >>> thick, thin = (Space((240, 240, n), np.diag([1.0, 1.0, 180 / n, 1.0])) for n in (30, 180))
        >>> choose_reference({"t1c": thick, "t2w": thick}), choose_reference({"t1c": thick, "t2f": thin})
        ('t1c', 't2f')
    """
    if not spaces:
        msg = f"there is no sequence to bring others to; expected at least one of {', '.join(SEQUENCES)}"
        raise InputError(msg)
    whole = {name: space for name, space in spaces.items() if _coverage_mm(space) >= lower(FULL_COVERAGE_MM)}
    known = whole or dict(spaces)
    thinnest = min(max(space.spacing_mm) for space in known.values())
    thin = [name for name, space in known.items() if max(space.spacing_mm) <= _AS_THIN * thinnest]
    return min(thin, key=lambda name: (PREFERENCE.index(name) if name in PREFERENCE else len(PREFERENCE), name))


def _coverage_mm(space: Space) -> float:
    return min(size * mm for size, mm in zip(space.shape, space.spacing_mm, strict=True))
