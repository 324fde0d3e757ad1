"""Being told to stop by a signal: at once where nothing is lost, else as soon as what is at hand is safe.

SIGINT is Ctrl-C, SIGTERM what a scheduler ends a job with, SIGUSR1 and SIGUSR2 what it warns with beforehand.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2") if hasattr(signal, name))


class Stopped(BaseException):
    """A signal asked to stop, and everything is in order; no error, so nothing that deals with errors catches it.

    Args:
        number: of the signal.
        done: how far it went and what is kept, such as "after step 120; the state is saved".
    """

    def __init__(self, number: int, done: str = "") -> None:
        super().__init__(number, done)
        self.number = number
        self.done = done
        self.advice = ""

    @property
    def exit_code(self) -> int:
        """What a shell expects of a command that a signal ended."""
        return 128 + self.number

    def __str__(self) -> str:
        what = " ".join(filter(None, (f"stopped by {signal.Signals(self.number).name}", self.done)))
        return ": ".join(filter(None, (what, self.advice)))


class Held:
    """Signals that wait until what is at hand is done.

    Attributes:
        number: of the first signal that came; 0 while none has.
    """

    number = 0


_held: list[Held] = []
"""The innermost last."""


@contextmanager
def stopping() -> Iterator[None]:
    """Let a signal raise `Stopped` within the block.

    A program that has a handler of its own for a signal keeps it, as one does that ignores a signal; so does whatever
    does not run in the main thread, where Python allows no handler.
    """
    usual = (signal.SIG_DFL, signal.default_int_handler)
    with signals_kept() as before:
        for number in (number for number, handler in before.items() if handler in usual):
            signal.signal(number, _stop)
        yield


@contextmanager
def held_back() -> Iterator[Held]:
    """Let a signal wait until the end of the block, which may look at it and stop by itself; a second Ctrl-C does not.

    Raises:
        Stopped: a signal came.
    """
    held = Held()
    _held.append(held)
    try:
        yield held
    finally:
        _held.remove(held)
    if held.number:
        _pass_on(held.number)


@contextmanager
def signals_kept() -> Iterator[dict[int, Any]]:
    """Put back, at the end of the block, what is set as handlers within it, by a library such as Ray or by us.

    Yields:
        Signal -> handler at its beginning; none outside the main thread, where Python allows no handler.
    """
    in_main = threading.current_thread() is threading.main_thread()
    now = {number: signal.getsignal(number) for number in SIGNALS} if in_main else {}
    before = {number: handler for number, handler in now.items() if handler is not None}  # one of C cannot be put back
    try:
        yield before
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_signals(_: int = 0) -> None:
    """Let a process that helps another one leave it to that one when to stop."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, _: FrameType | None) -> None:
    again = bool(_held and _held[-1].number)
    if again and number == signal.SIGINT:
        raise Stopped(number)
    if not again:
        _pass_on(number)


def _pass_on(number: int) -> None:
    """Let a signal wait where something is held back, else stop."""
    if not _held:
        raise Stopped(number)
    _held[-1].number = _held[-1].number or number
