"""The training's diary: a CSV file, and TensorBoard for those who like curves."""

import csv
from collections.abc import Mapping
from pathlib import Path

from lightning.fabric.loggers import TensorBoardLogger

from braintumornet.core.files import write_text
from braintumornet.core.run import RunFolder

HEADER = "step,name,value\n"


class TrainingLog:
    """Appends `step, name, value` as it comes.

    Args:
        run: where to write.
        step: rows after this step, left by a training that was stopped, are removed.
    """

    def __init__(self, run: RunFolder, step: int) -> None:
        self.path = run.metrics
        write_text(self.path, HEADER + "".join(_rows_until(self.path, step)))
        self.tensorboard = TensorBoardLogger(root_dir=run.tensorboard, name="", version="")

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add values of one step."""
        with self.path.open("a") as file:
            file.writelines(f"{step},{name},{value:.6g}\n" for name, value in values.items())
        self.tensorboard.log_metrics(dict(values), step)

    def close(self) -> None:
        """Write what is still in memory."""
        self.tensorboard.finalize("success")


def _rows_until(path: Path, step: int) -> list[str]:
    if not path.exists():
        return []
    with path.open() as file:
        return [
            f"{row['step']},{row['name']},{row['value']}\n" for row in csv.DictReader(file) if int(row["step"]) <= step
        ]
