# ruff: noqa: PT012  (what stops is the block)
"""Signals stop at once, or as soon as what is at hand is safe."""

import os
import signal
import threading

import pytest

from braintumornet.core.workers.stop_signals import SIGNALS, Stopped, held_back, signals_kept, stopping


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_at_once_with_the_code_of_a_shell(number: int) -> None:
    before = signal.getsignal(number)
    with pytest.raises(Stopped) as stop, stopping():
        send(number)
    assert stop.value.exit_code == 128 + number
    assert str(stop.value) == f"stopped by {signal.Signals(number).name}"
    assert signal.getsignal(number) == before


def test_nothing_that_deals_with_errors_catches_it() -> None:
    with pytest.raises(Stopped), stopping():
        try:
            send(signal.SIGTERM)
        except Exception:
            pytest.fail("it is no error")


def test_what_is_held_back_stops_when_the_work_is_done() -> None:
    done = []
    with pytest.raises(Stopped) as stop, stopping(), held_back() as held:
        send(signal.SIGUSR1)
        send(signal.SIGTERM)
        done.append(held.number)
    assert done == [signal.SIGUSR1]
    assert stop.value.number == signal.SIGUSR1


def test_work_within_work_waits_for_the_outer_one() -> None:
    with pytest.raises(Stopped), stopping(), held_back() as outer:
        with held_back():
            send(signal.SIGTERM)
        assert outer.number == signal.SIGTERM


def test_a_second_ctrl_c_does_not_wait() -> None:
    with pytest.raises(Stopped), stopping(), held_back():
        send(signal.SIGINT)
        send(signal.SIGINT)
        pytest.fail("it went on")


def test_an_error_is_not_hidden_by_a_signal() -> None:
    with pytest.raises(ZeroDivisionError), stopping(), held_back():
        send(signal.SIGTERM)
        _ = 1 / 0


def test_a_handler_of_the_program_around_is_kept() -> None:
    came: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: came.append(number))
    try:
        with stopping():
            send(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert came == [signal.SIGUSR1]


def test_handlers_of_a_library_are_put_back() -> None:
    with pytest.raises(Stopped), stopping():
        with signals_kept():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        send(signal.SIGTERM)


def test_another_thread_may_ask_for_it_and_gets_nothing() -> None:
    def work() -> None:
        with stopping(), held_back(), signals_kept():
            pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
