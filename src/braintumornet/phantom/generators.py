"""The generators of phantoms, by their numbers."""

from collections.abc import Callable, Mapping

from braintumornet.core.text.errors import UsageError
from braintumornet.phantom.phantom_case import PhantomExamination, make_phantom
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.relaxation.relaxation_phantom import make_relaxation_phantom
from braintumornet.phantom.varied.varied_phantom import make_varied_phantom

Maker = Callable[[int, PhantomSettings, int], PhantomExamination]
"""Seed of the cohort, its settings, index of the case -> the phantom that these stand for."""

GENERATORS: Mapping[int, Maker] = {1: make_phantom, 2: make_varied_phantom, 3: make_relaxation_phantom}
"""Number -> generator. A seed, an index and settings give the same phantom for as long as its number is the same."""


def find_generator(number: int) -> Maker:
    """Return a generator.

    Raises:
        UsageError: there is none of this number.

    Example:
        >>> find_generator(1).__name__
        'make_phantom'
    """
    if number not in GENERATORS:
        known = ", ".join(map(str, GENERATORS))
        msg = f"there is no generator {number} of phantoms; expected one of {known}"
        raise UsageError(msg)
    return GENERATORS[number]
