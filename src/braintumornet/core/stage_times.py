"""How long the stages of a piece of work take, where somebody asks; no function has to hand a clock on."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

_SECONDS: ContextVar[dict[str, float] | None] = ContextVar("seconds of each stage", default=None)


@contextmanager
def timed_stages(wanted: bool = True) -> Iterator[None]:
    """Measure the stages of the block, by a clock on the wall, if that is wanted.

    Example:
        >>> with timed_stages():
        ...     with stage("read"):
        ...         pass
        ...     list(stage_seconds())
        ['read']
    """
    token = _SECONDS.set({} if wanted else None)
    try:
        yield
    finally:
        _SECONDS.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the time of the block to a stage; stages do not lie within each other."""
    began = perf_counter()
    try:
        yield
    finally:
        if (seconds := _SECONDS.get()) is not None:
            seconds[name] = seconds.get(name, 0.0) + perf_counter() - began


def stage_seconds() -> dict[str, float]:
    """Return stage -> seconds until now, to a hundredth; nothing where nobody measures."""
    return {name: round(seconds, 2) for name, seconds in (_SECONDS.get() or {}).items()}
