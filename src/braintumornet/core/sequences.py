"""Sequences, known by their usual aliases too."""

from braintumornet.core.text.columns import column_key
from braintumornet.core.text.names import SEQUENCES

MOST_TELLING_FIRST = ("t2f", "t1c", "t2w", "t1n")
"""In the order in which they show most of a tumour."""

ALIASES = {
    "t1": "t1n",
    "t1w": "t1n",
    "t1ce": "t1c",
    "t1gd": "t1c",
    "t1post": "t1c",
    "t1wce": "t1c",
    "t1wgd": "t1c",
    "t1wpost": "t1c",
    "t2": "t2w",
    "flair": "t2f",
    "fla": "t2f",
    "t2flair": "t2f",
}


def find_sequence(name: str) -> str | None:
    """Return the sequence that a name or one of its usual aliases stands for, however it is written, or None.

    Example:
        >>> find_sequence("FLAIR"), find_sequence("T1-CE")
        ('t2f', 't1c')
    """
    letters = column_key(name).replace("_", "")
    return letters if letters in SEQUENCES else ALIASES.get(letters)
