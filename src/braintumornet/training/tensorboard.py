"""What TensorBoard shows of a training.

Events are written at once and not by a thread of TensorBoard's, so that an error is told where it happens.
"""

import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


class EventFile:
    """A file of TensorBoard's events, named as TensorBoard expects it.

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
