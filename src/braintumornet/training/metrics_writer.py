"""What a training writes down: a CSV file, and TensorBoard for those who like curves."""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from braintumornet.core.files.atomic_write import write_text
from braintumornet.core.files.disk_errors import writing
from braintumornet.core.run_folder import METRICS_HEADER, RunFolder

ADVICE = "free some space, and continue with --resume"


class TrainingLog:
    """Appends `step, name, value` as it comes.

    Args:
        run: where to write.
        step: rows after this step, left by a training that was stopped, are removed.

    Raises:
        InputError: what is there is damaged, or nothing can be written.
    """

    def __init__(self, run: RunFolder, step: int) -> None:
        self.run = run
        rows = [f"{before},{name},{value}\n" for before, name, value in run.read_metrics() if before <= step]
        write_text(run.metrics, f"{METRICS_HEADER}\n{''.join(rows)}")
        with writing(run.tensorboard, ADVICE):
            self.events = EventFile(run.tensorboard, step)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add values of one step.

        Raises:
            InputError: they cannot be written, as where the disk is full.
        """
        with writing(self.run.metrics, ADVICE), self.run.metrics.open("a", encoding="utf-8") as file:
            file.writelines(f"{step},{name},{value:.6g}\n" for name, value in values.items())
        with writing(self.run.tensorboard, ADVICE):
            self.events.scalars(step, values)

    def close(self) -> None:
        """Write what is still in memory.

        Raises:
            InputError: it cannot be written.
        """
        with writing(self.run.tensorboard, ADVICE):
            self.events.close()


class EventFile:
    """A file of TensorBoard's events, named as TensorBoard expects it.

    Events are written at once and not by a thread of TensorBoard's, so that an error is told where it happens.

    Args:
        folder: of the log; is made if needed.
        step: a training that is gone on with after it; what an earlier file says of later ones is not shown.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path, step: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._file = (folder / name).open("wb")
        self._records = RecordWriter(self._file)
        self._write(file_version="brain.Event:2")
        self._write(step=step + 1, session_log=SessionLog(status=SessionLog.START))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Add values of one step.

        Raises:
            OSError: they cannot be written.
        """
        for name, value in values.items():
            self._write(step=step, summary=Summary(value=[Summary.Value(tag=name, simple_value=value)]))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, **content: object) -> None:
        self._records.write(Event(wall_time=time.time(), **content).SerializeToString())
