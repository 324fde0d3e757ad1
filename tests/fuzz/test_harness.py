"""The fuzzers must be able to fail."""

import time
import warnings

import numpy as np
import pytest

from braintumornet.core.text.errors import InputError

from . import harness
from .harness import end_of, fuzz, generator, untouched


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(harness, "INPUTS", 4)
    monkeypatch.setattr(harness, "tallies", [])


def test_inputs_are_seeded_and_their_number_is_given():
    drawn = []
    fuzz("numbers", lambda rng: drawn.append(rng.random()) or "drawn", share=0.5)
    assert drawn == [generator("numbers", 0).random(), generator("numbers", 1).random()]
    assert harness.tallies == ["numbers: 2 inputs: 2 drawn"]


def test_a_line_of_ours_is_a_right_end_and_nothing_else_is():
    def refuse(error):
        raise error

    assert end_of(lambda: refuse(InputError("a.nii is cut short"))).refusal == "a.nii is cut short"
    with pytest.raises(AssertionError, match="expected a message of one line"):
        end_of(lambda: refuse(InputError("")))
    with pytest.raises(AssertionError, match="a warning reached the user: UserWarning: careful"):
        end_of(lambda: warnings.warn("careful", stacklevel=1))
    numbers = iter(range(4))
    with pytest.raises(AssertionError, match="1 of 4 inputs of errors:\ninput 2: KeyError: 'x'"):
        fuzz("errors", lambda _: end_of(lambda: next(numbers) == 2 and refuse(KeyError("x"))) and "read")


def test_what_takes_too_long_or_too_much_fails(monkeypatch):
    monkeypatch.setattr(harness, "LIMIT_S", 0.05)
    with pytest.raises(AssertionError, match="TimeoutError: took more than"):
        fuzz("slow", lambda _: time.sleep(10) or "slept")
    monkeypatch.setattr(harness, "LIMIT_S", 10)
    with pytest.raises(AssertionError, match="MemoryError"):
        fuzz("large", lambda _: f"{np.empty(2**31 + 2**28, np.uint8).size} bytes")


def test_what_touches_a_file_fails(tmp_path):
    (tmp_path / "a").write_text("a")
    with untouched(tmp_path):
        (tmp_path / "a").read_text()
    with pytest.raises(AssertionError, match="touched: .*b"), untouched(tmp_path):
        (tmp_path / "b").write_text("b")
