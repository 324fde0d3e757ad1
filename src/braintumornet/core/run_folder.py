"""The folder of one training run; the only place that knows its file names."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.json_record import read_record
from braintumornet.core.run_records import EnvironmentRecord, ReportRecord, SplitRecord, TransferRecord
from braintumornet.core.text.errors import InputError, UsageError, require

METRICS_HEADER = "step,name,value"
_METRIC = re.compile(r"(\d{1,10}),(.+),([-+]?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|nan|inf))", re.ASCII)
_EXPECTED = f"expected rows of {METRICS_HEADER} as `btn train` writes them"
_ADVICE = "put back a copy of the run, or train anew"


@dataclass(frozen=True)
class RunFolder:
    """Where a run keeps what it made.

    Example:
        >>> RunFolder(Path("runs/a")).model.name
        'model.safetensors'
    """

    path: Path

    @property
    def config(self) -> Path:
        """The complete configuration, every default written out."""
        return self.path / "config.yaml"

    @property
    def split(self) -> Path:
        """Case ids of training, validation and test, the cohort's fingerprint, and how many cases teach each task."""
        return self.path / "split.json"

    @property
    def model(self) -> Path:
        """The weights to use: the best on validation, else the last."""
        return self.path / "model.safetensors"

    @property
    def state(self) -> Path:
        """Last weights, optimiser and weighting: all that `--resume` needs."""
        return self.path / "state" / "last.safetensors"

    @property
    def metrics(self) -> Path:
        """Losses and validation scores as they came: `step, name, value`."""
        return self.path / "metrics.csv"

    @property
    def report(self) -> Path:
        """What the training came to: steps, what was drawn, and the error of the router; written last."""
        return self.path / "report.json"

    @property
    def card(self) -> Path:
        """The model card, for people."""
        return self.path / "model_card.md"

    @property
    def environment(self) -> Path:
        """Versions and machine."""
        return self.path / "environment.json"

    @property
    def page(self) -> Path:
        """The page about the run."""
        return self.path / "report.html"

    @property
    def tensorboard(self) -> Path:
        """Folder of the TensorBoard log."""
        return self.path / "tensorboard"

    @property
    def transfer(self) -> Path:
        """The run that this one started from, who trained it, and each tensor's status; only where there is one."""
        return self.path / "transfer.json"

    @property
    def calibration(self) -> Path:
        """What labelled cases that chose nothing say of its probabilities; written by `btn calibrate`."""
        return self.path / "calibration.json"

    @property
    def store(self) -> Path:
        """Folder of the cases that were read, beside the run, because all runs there can use them."""
        return self.path.parent / "store"

    @property
    def phantoms(self) -> Path:
        """Folder of the phantoms that a training on fresh heads keeps."""
        return self.path / "phantoms"

    @property
    def lock(self) -> Path:
        """Held by the training that writes here; only there meanwhile."""
        return self.path / ".lock"

    def files(self) -> list[Path]:
        """Return what the run made and is read again."""
        made = (self.config, self.split, self.model, self.state)
        return [*made, self.metrics, self.report, self.environment, self.transfer, self.calibration]

    @property
    def begun(self) -> bool:
        """Whether anything of a run is here, however early it was stopped."""
        return any(file.exists() for file in (self.config, self.split, self.model, self.state))

    def require_complete(self) -> Self:
        """Return the folder itself, which must hold a trained model.

        Raises:
            UsageError: says which file is missing.
        """
        for file in (self.config, self.split, self.model):
            require(
                file.exists(),
                f"{self.path} is not a finished run: {file.name} is missing; "
                f"train one with `btn train ... --run {self.path}`",
                UsageError,
            )
        return self

    def read_split(self) -> SplitRecord:
        """Return who is on which side.

        Raises:
            InputError: the file is missing or damaged.
        """
        return read_record(self.split, SplitRecord, _ADVICE)

    def read_report(self) -> ReportRecord:
        """Return what the training came to; runs of before lack some of it.

        Raises:
            InputError: the file is missing or damaged.
        """
        return read_record(self.report, ReportRecord, _ADVICE)

    def read_environment(self) -> dict[str, str]:
        """Return versions and machine; nothing where they were not written down.

        Raises:
            InputError: the file is damaged.
        """
        return read_record(self.environment, EnvironmentRecord, _ADVICE).as_json() if self.environment.exists() else {}

    def read_transfer(self) -> TransferRecord:
        """Return what the run started from.

        Raises:
            InputError: the file is missing or damaged.
        """
        return read_record(self.transfer, TransferRecord, _ADVICE)

    def read_calibration(self) -> CalibrationRecord | None:
        """Return what calibrated the run; None where nobody did.

        Raises:
            InputError: the file is damaged.
        """
        if not self.calibration.exists():
            return None
        return read_record(self.calibration, CalibrationRecord, "calibrate the run again with `btn calibrate`")

    def read_metrics(self) -> list[tuple[int, str, str]]:
        """Return what the training logged, row by row; nothing where there is no log.

        A last line without its end was being written when the training was killed, and is left out.

        Raises:
            InputError: the file cannot be read, or a row is not `step,name,value`.
        """
        try:
            text = self.metrics.read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            msg = f"{self.metrics} is damaged ({error}); {_EXPECTED}"
            raise InputError(msg) from error
        header, *lines = text.split("\n")[:-1] or [METRICS_HEADER]
        rows = [_METRIC.fullmatch(line) for line in lines]
        right = [header == METRICS_HEADER, *map(bool, rows)]
        if not all(right):
            wrong = right.index(False)
            msg = f"{self.metrics} is damaged (line {wrong + 1} is {[header, *lines][wrong][:40]!r}); {_EXPECTED}"
            raise InputError(msg)
        return [(int(row[1]), row[2], row[3]) for row in rows if row]

    def learned_from(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the ids of the cases that the weights learned from, and of their patients as far as they are known.

        Those that trained the run that this one started from are among them, and so on.

        Raises:
            InputError: a file of the run is damaged.
        """
        split = self.read_split()
        source = self.read_transfer().source if self.transfer.exists() else None
        cases, patients = (source.cases, source.patients) if source else ((), ())
        return frozenset({*split.train, *cases}), frozenset({*split.patients, *patients})

    def learned_from_phantoms_alone(self) -> bool:
        """Say whether the weights learned from no patient, those of the runs before this one included.

        Raises:
            InputError: a file of the run is damaged.
        """
        source = self.read_transfer().source if self.transfer.exists() else None
        return self.read_split().trained_on_phantoms_alone and (source is None or source.phantoms_alone)

    def digests(self) -> dict[str, str]:
        """Return name -> SHA-256 of the files that say what the weights are and who taught them."""
        files = [file for file in (self.config, self.split, self.transfer) if file.exists()]
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    def remarks(self, written: Mapping[str, str]) -> list[str]:
        """Return a note where the files of a run are not those with which the weights were written.

        Args:
            written: name -> digest, as `digests` gave them then.
        """
        found = self.digests()
        changed = [name for name, digest in written.items() if found.get(name) != digest]
        return [f"{' and '.join(changed)} of the run changed after the weights were written"] if changed else []

    def model_fingerprint(self) -> str:
        """Return a short hash of the weights, which a prediction carries as its origin."""
        return _short_hash(self.model)

    def calibration_fingerprint(self) -> str:
        """Return a short hash of the calibration, which a prediction carries that used it."""
        return _short_hash(self.calibration)


def _short_hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
