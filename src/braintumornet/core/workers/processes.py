"""Processes that train together: how many there may be, and which this one is before they have found each other."""

import os

MOST_PROCESSES = 1024  # more are a slip of the keyboard, and would bring the machine down


def is_first_process() -> bool:
    """Say whether this process is the first, which alone writes and speaks; a process by itself is."""
    return all(os.environ.get(name, "0") == "0" for name in ("RANK", "LOCAL_RANK"))


def is_child_of_the_first() -> bool:
    """Say whether the first process started this one, and watches over it, rather than torchrun."""
    return not is_first_process() and "TORCHELASTIC_RUN_ID" not in os.environ
