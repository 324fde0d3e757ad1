"""The training's diary: a CSV file, and TensorBoard for those who like curves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from braintumornet.core.files.disk import cannot_write
from braintumornet.core.files.whole_files import write_text
from braintumornet.core.run_folder import RunFolder
from braintumornet.training.metrics_log import HEADER, read_rows
from braintumornet.training.tensorboard import EventFile


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
        rows = [f"{before},{name},{value}\n" for before, name, value in read_rows(run.metrics) if before <= step]
        write_text(run.metrics, f"{HEADER}\n{''.join(rows)}")
        with _explained(run.tensorboard):
            self.events = EventFile(run.tensorboard, step)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add values of one step.

        Raises:
            InputError: they cannot be written, as where the disk is full.
        """
        with _explained(self.run.metrics), self.run.metrics.open("a", encoding="utf-8") as file:
            file.writelines(f"{step},{name},{value:.6g}\n" for name, value in values.items())
        with _explained(self.run.tensorboard):
            self.events.scalars(step, values)

    def close(self) -> None:
        """Write what is still in memory.

        Raises:
            InputError: it cannot be written.
        """
        with _explained(self.run.tensorboard):
            self.events.close()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise cannot_write(path, error, "free some space, and go on with --resume") from error
