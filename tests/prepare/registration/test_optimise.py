"""A search for the best place ends when it is told to."""

import os
import signal

import pytest

from braintumornet.core.workers.stop_signals import Stopped, stopping
from braintumornet.prepare.registration.optimise import _Best
from braintumornet.prepare.registration.rigid import register_rigid
from braintumornet.volumes.volume import to_ras


def test_a_signal_stops_a_registration_at_its_next_step(adult, monkeypatch, capfd):
    """ITK prints, and swallows, what is raised while it calls back."""
    steps = []

    def see(self, value, next_place):
        steps.append(value)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(_Best, "see", see)
    with pytest.raises(Stopped) as stopped, stopping():
        register_rigid(to_ras(adult.images["t1c"]), to_ras(adult.images["t2w"]))
    assert stopped.value.number == signal.SIGTERM
    assert len(steps) == 1
    assert capfd.readouterr().err == ""
