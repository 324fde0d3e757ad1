"""The names of sequences and of synthetic cohorts, and what to say about a name that nobody knows."""

from collections.abc import Iterable
from difflib import get_close_matches

SEQUENCES = ("t1n", "t1c", "t2w", "t2f")

ALIASES = {
    "t1": "t1n",
    "t1w": "t1n",
    "t1ce": "t1c",
    "t1gd": "t1c",
    "t1post": "t1c",
    "t2": "t2w",
    "flair": "t2f",
    "fla": "t2f",
}

PHANTOM = "phantom"
"""How the name of every synthetic cohort begins, so that whatever is measured on it can say so."""


def is_phantom(cohort: str) -> bool:
    """Say whether the name of a cohort is that of phantoms.

    Example:
        >>> is_phantom("phantom-train")
        True
    """
    return cohort.startswith(PHANTOM)


def find_sequence(name: str) -> str | None:
    """Return the sequence that a name or one of its usual aliases stands for, or None.

    Example:
        >>> find_sequence("FLAIR")
        't2f'
    """
    lowered = name.lower()
    return lowered if lowered in SEQUENCES else ALIASES.get(lowered)


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the end of an error line: the known name that was probably meant, or all of them.

    Example:
        >>> suggest("stepz", ["steps", "batch_size"])
        "did you mean 'steps'?"
        >>> suggest("x", ["steps"])
        'known: steps'
    """
    known = sorted(known)
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
