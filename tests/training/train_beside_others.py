"""Run by torchrun for `test_processes.py`: one of several processes that train every configuration of a folder.

The last configuration is trained once more, with a power cut.
"""

import json
import os
import sys
from contextlib import suppress
from pathlib import Path

from braintumornet.config import load_config
from braintumornet.core.manifest import read_manifest
from braintumornet.core.run import RunFolder
from braintumornet.tasks.processes import processes
from braintumornet.training.trainer import fit

STOP_AFTER = 3  # a state is saved after 2


class Stopped(Exception):  # noqa: N818
    """Stands for a power cut in all processes."""


def stop(step: int, total: int, losses: object) -> None:
    if step == STOP_AFTER:
        raise Stopped


def main(folder: Path, process: str) -> None:
    cohort = read_manifest(folder / "cohort.csv")
    for path in sorted(folder.glob("*.yaml")):
        config, losses = load_config(str(path)), []
        record = losses.append
        fit(config, cohort, RunFolder(folder / path.stem), progress=lambda step, total, values, to=record: to(values))
        (folder / f"{path.stem}.{process}.json").write_text(json.dumps({"processes": processes(), "losses": losses}))
    stopped = RunFolder(folder / "stopped")
    with suppress(Stopped):
        fit(config, cohort, stopped, progress=stop)
    fit(config, cohort, stopped, resume=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), os.environ["RANK"])
