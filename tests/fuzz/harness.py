"""What all fuzzers share: how many inputs there are, their seeds, their limits, and which ends are right.

A fuzzer is a function that makes one input from random numbers, gives it to a door of the product and says in a word
what came out. `fuzz` calls it so often as `BTN_FUZZ` wants:

    def test_tables(tmp_path):
        def check(rng):
            path = write_damaged_table(rng, tmp_path)
            with untouched(tmp_path):
                outcome = end_of(lambda: read_table(path))
            return "refused" if outcome.refusal else "read"

        fuzz("tables", check)

A failure names the number of its input; `check(generator("tables", number))` makes that one input again.
"""

import os
import resource
import signal
import time
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from braintumornet.core.text.errors import BrainTumorNetError, InputWarning

INPUTS = int(os.environ.get("BTN_FUZZ", "200"))
LIMIT_S = 10
LIMIT_BYTES = 2 * 2**30
MOST_SHOWN = 10

tallies: list[str] = []  # of the fuzzers that ran, for the end of the screen


@dataclass(frozen=True)
class Outcome:
    """How a call ended: with a value, or with one line of ours that refuses its input."""

    value: Any = None
    refusal: str = ""


def generator(name: str, number: int) -> np.random.Generator:
    """Return the random numbers of one input, whatever ran before it."""
    return np.random.default_rng([zlib.crc32(name.encode()), number])


def fuzz(name: str, check: Callable[[np.random.Generator], str], share: float = 1.0) -> Counter[str]:
    """Check input after input within the limits of time and memory; all failures are shown together.

    Args:
        name: of the fuzzer; its inputs depend on it.
        check: makes one input, asserts what must hold and returns a word for the tally, such as "refused".
        share: of the inputs that `BTN_FUZZ` wants, for what takes longer.
    """
    count = max(1, round(INPUTS * share))
    words: Counter[str] = Counter()
    failures = []
    for number in range(count):
        try:
            with limits():
                words[check(generator(name, number))] += 1
        except Exception as error:
            failures.append(f"input {number}: {type(error).__name__}: {error}")
    tallies.append(f"{name}: {count} inputs: " + ", ".join(f"{many} {word}" for word, many in words.most_common()))
    shown = "\n".join(failures[:MOST_SHOWN])
    assert not failures, f"{len(failures)} of {count} inputs of {name}:\n{shown}"
    return words


def end_of(call: Callable[[], Any]) -> Outcome:
    """Return how a call ends; another exception than ours, a warning, or a message of several lines is a failure."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", InputWarning)  # said on purpose
        try:
            outcome, lines = Outcome(value=call()), 1
        except BrainTumorNetError as error:
            outcome, lines = Outcome(refusal=str(error)), len(str(error).splitlines())
    assert lines == 1, f"expected a message of one line, found {outcome.refusal!r}"
    assert not warned, f"a warning reached the user: {warned[0].category.__name__}: {warned[0].message}"
    return outcome


@contextmanager
def limits() -> Iterator[None]:
    """Fail what takes more than 10 s or asks for more than 2 GiB."""

    def ring(*_: object) -> None:
        msg = f"took more than {LIMIT_S} s"
        raise TimeoutError(msg)

    before = resource.getrlimit(resource.RLIMIT_AS)
    rung = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    resource.setrlimit(resource.RLIMIT_AS, (_address_bytes() + LIMIT_BYTES, before[1]))
    began = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, rung)
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert time.monotonic() - began <= LIMIT_S, f"took more than {LIMIT_S} s"  # also where the alarm was swallowed


def _address_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Fail where anything in a folder is made, changed or removed meanwhile."""
    before = _state(folder)
    yield
    after = _state(folder)
    changed = sorted(str(path) for path, _ in before.items() ^ after.items())
    assert not changed, f"touched: {', '.join(dict.fromkeys(changed))}"


def _state(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    return {path: _state_of(path) for path in sorted(folder.rglob("*"))}


def _state_of(path: Path) -> tuple[int, int, bytes]:
    about = path.lstat()
    content = blake2b(path.read_bytes()).digest() if path.is_file() else b""
    return about.st_mode, about.st_mtime_ns, content
