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

LONGEST_NAME = 64
SIGNS_WITH_A_MEANING = "./\\*?[]="
LONGEST_SHOWN = 200
"""Signs of a text that an error line shows: what stands in a file may be of any length."""


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
    close = get_close_matches(name, known, n=1) if len(name) <= LONGEST_SHOWN else []
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def require_plain_name(what: str, name: str) -> None:
    """Refuse a name that would mean something else in a path, a pattern, the name of a layer or on the command line.

    Raises:
        ValueError: says what it cannot be the name of.

    Example:
        >>> require_plain_name("a task", "glioma_2")
    """
    plain = name.isprintable() and name == name.strip() and not set(name) & set(SIGNS_WITH_A_MEANING)
    if not 0 < len(name) <= LONGEST_NAME or not plain:
        msg = f"{shorten(name)!r} cannot be the name of {what}; expected up to {LONGEST_NAME} letters, digits, - and _"
        raise ValueError(msg)


def require_once(what: str, names: Iterable[str]) -> None:
    """Refuse a list in which something stands twice.

    Raises:
        ValueError: names it.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            msg = f"{what} {name!r} stands there twice; once is enough"
            raise ValueError(msg)
        seen.add(name)


def shorten(text: str) -> str:
    """Return a text as one line that an error can show, whatever its length was.

    Example:
        >>> shorten("a  b" + 300 * "c")[-9:]
        'ccccc ...'
    """
    line = " ".join(text[: 2 * LONGEST_SHOWN].split())
    return line if len(text) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]} ..."
