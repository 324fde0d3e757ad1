"""What a person decides about how cases are read, beside what the run has decided."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from braintumornet.core.text.errors import UsageError, require

Reading = Literal["one", "windows"]
"""The whole brain in one pass, or in windows that overlap."""

Axis = Literal["x", "y", "z"]


@dataclass(frozen=True)
class InferenceOptions:
    """How cases are read; an option that is None follows the run.

    Args:
        reading: `one` for one pass over the brain, or `windows` for overlapping windows; default: one pass where the
            run found at the end of training that it is as good.
        mirror: axes along which mirror images are also predicted, and averaged; empty for none.
        max_memory_gib: memory limit of this process; default: 70 % of the free memory.
        others: further runs whose probabilities are averaged with those of the first.
        timings: report how long each stage of a case took.

    Raises:
        UsageError: an axis is not known, or the memory limit is not above 0.
    """

    reading: Reading | None = None
    mirror: tuple[str, ...] | None = None
    max_memory_gib: float | None = None
    others: tuple[Path, ...] = ()
    timings: bool = False

    def __post_init__(self) -> None:
        for axis in self.mirror or ():
            require(axis in get_args(Axis), f"mirror: expected x, y or z, or none; found {axis!r}", UsageError)
        memory = self.max_memory_gib
        require(memory is None or memory > 0, f"max memory: expected more than 0 GiB, found {memory}", UsageError)
