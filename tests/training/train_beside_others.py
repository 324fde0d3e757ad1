"""Run by torchrun for `test_distributed.py`: one of several processes that train every configuration of a folder.

The last configuration is trained twice more: with a power cut, and with a signal to one of the processes.
"""

import atexit
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from braintumornet.config import ExperimentConfig, load_config
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.workers.stop_signals import Stopped
from braintumornet.tasks.batch_totals import processes
from braintumornet.training.trainer import fit

STOP_AFTER = 3  # a state is saved after 2


class PowerCut(Exception):  # noqa: N818
    """Stands for a power cut in all processes."""


def stop(step: int, total: int, losses: object) -> None:
    if step == STOP_AFTER:
        raise PowerCut


def main(folder: Path, process: str) -> None:
    cohort = read_manifest(folder / "cohort.csv")
    for path in sorted(folder.glob("*.yaml")):
        config, losses = load_config(str(path)), []
        record = losses.append
        fit(config, cohort, RunFolder(folder / path.stem), progress=lambda step, total, values, to=record: to(values))
        (folder / f"{path.stem}.{process}.json").write_text(json.dumps({"processes": processes(), "losses": losses}))
    stopped = RunFolder(folder / "stopped")
    with suppress(PowerCut):
        fit(config, cohort, stopped, progress=stop)
    fit(config, cohort, stopped, resume=True)
    say_where_a_signal_stops(config, cohort, folder, process)


def say_where_a_signal_stops(config: ExperimentConfig, cohort: Cohort, folder: Path, process: str) -> None:
    """Send a signal to the last process only."""

    def send(step: int, total: int, losses: object) -> None:
        if step == STOP_AFTER and process == "1":
            os.kill(os.getpid(), signal.SIGTERM)

    run = RunFolder(folder / "signalled")
    try:
        fit(config, cohort, run, progress=send)
    except Stopped as stop:
        (folder / f"stopped.{process}.txt").write_text(str(stop))
    fit(config, cohort, run, resume=True)


def say_who_is_connected(folder: Path, process: str) -> None:
    (folder / f"connected.{process}.txt").write_text(str(processes()))


if __name__ == "__main__":
    atexit.register(say_who_is_connected, Path(sys.argv[1]), os.environ["RANK"])  # the first registered is called last
    main(Path(sys.argv[1]), os.environ["RANK"])
