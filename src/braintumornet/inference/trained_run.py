"""A run as whoever uses it must know it: the one reader of what lies in its folder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from torch import Tensor

from braintumornet import __version__
from braintumornet.config import ExperimentConfig
from braintumornet.core.calibration_record import CalibrationRecord
from braintumornet.core.default_run import DEFAULT, is_default
from braintumornet.core.files.safe_yaml import read_yaml
from braintumornet.core.input_profile import InputProfile
from braintumornet.core.run_folder import METRICS_HEADER, RunFolder
from braintumornet.core.run_records import PostProcessingRecord, ReportRecord, ScoreRecord, SplitRecord
from braintumornet.core.scores import Scores
from braintumornet.core.text.earlier_names import CONFIG_NAMES
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.training_profile import TrainingProfile
from braintumornet.inference.card.validation_status import describe_validation
from braintumornet.networks.checkpoint import NotesRecord, read_tensors
from braintumornet.prepare.training_preparation import TrainingPreparation

if TYPE_CHECKING:
    import pandas as pd


MODEL_IN_PACKAGE = f"{DEFAULT} (the model in the package)"
"""What predictions call it, so that nobody takes it for a run of this name."""

OTHER_WEIGHTS = "the run was calibrated with other weights or settings, which is not used; run `btn calibrate` again"


@dataclass(frozen=True)
class TrainingRecord:
    """What is known of the training of a network.

    Args:
        cases: ids of the cases that it learned from.
        patients: ids of their patients, as far as they are known.
        lacked: sequences that it learned to do without; None where that is not known.
        learned: what the cases were like; None where that is not known.
        remarks: what a reader of any prediction must know.
        preparation: how most of the cases were prepared; None where that is not known.
        input_profile: what the images were like; None where that is not known.
        post_processing: task -> how its masks are cleaned, where validation cases chose that.
        calibration: how often it is right; None where nobody calibrated these weights.
        validation: task -> on whom it was validated.
        phantoms_alone: whether it learned from no patient.
    """

    cases: Collection[str] = field(default_factory=frozenset)
    patients: Collection[str] = field(default_factory=frozenset)
    lacked: Collection[str] | None = None
    learned: TrainingProfile | None = None
    remarks: tuple[str, ...] = ()
    preparation: TrainingPreparation | None = None
    input_profile: InputProfile | None = None
    post_processing: Mapping[str, PostProcessingRecord] = field(default_factory=dict)
    calibration: CalibrationRecord | None = None
    validation: Mapping[str, str] = field(default_factory=dict)
    phantoms_alone: bool = False


@dataclass(frozen=True)
class TrainedRun:
    """A run, of which each file is read when it is asked for, and once.

    A property raises an `InputError` where its file is missing or damaged.

    Args:
        path: its folder.
    """

    path: Path

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.resolve().name

    @property
    def folder(self) -> RunFolder:
        """The folder with the run's files."""
        return RunFolder(self.path)

    def require_complete(self) -> Self:
        """Return the run itself, which must be finished.

        Raises:
            UsageError: its folder holds no trained model.
        """
        self.folder.require_complete()
        return self

    @cached_property
    def config(self) -> ExperimentConfig:
        """The configuration that the run was trained with."""
        file = self.folder.config
        try:
            return ExperimentConfig.from_content(CONFIG_NAMES.quietly().current(read_yaml(file)), str(file))
        except UsageError as error:
            raise InputError(str(error)) from error

    @cached_property
    def split(self) -> SplitRecord:
        """The cases used for training and for validation, and those left for testing."""
        return self.folder.read_split()

    @cached_property
    def report(self) -> ReportRecord:
        """The outcome of the training; empty if it has not ended."""
        return self.folder.read_report() if self.folder.report.exists() else ReportRecord()

    @cached_property
    def environment(self) -> dict[str, str]:
        """Versions and machine; empty if they were not recorded."""
        return self.folder.read_environment()

    @cached_property
    def history(self) -> "pd.DataFrame":
        """Losses and validation scores in the order logged: `step`, `name`, `value`; no rows if nothing was logged."""
        import pandas as pd

        rows = pd.DataFrame(self.folder.read_metrics(), columns=METRICS_HEADER.split(","))
        return rows.astype({"step": int, "value": float})

    @cached_property
    def notes(self) -> NotesRecord:
        """The notes that were written with the weights."""
        return NotesRecord.model_validate(read_tensors(self.folder.model)[1])

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the weights, which a prediction records as its origin."""
        return self.folder.model_fingerprint()

    def tasks_in_one_pass(self, reading: str | None) -> frozenset[str]:
        """Return the tasks whose maps are predicted in one pass over the brain; the others are predicted in windows.

        Args:
            reading: `one` or `windows`, as a person decided; None for one pass where the run found it as good.

        Raises:
            UsageError: one pass is requested of a backbone that predicts in its own windows.
        """
        if self.config.backbone.valid_margin:
            msg = f"one pass: a {self.config.backbone.kind} answers in windows of its own, alike in any; leave it out"
            require(reading != "one", msg, UsageError)
            return frozenset()
        if reading is None:
            return self.report.tasks_in_one_pass
        return frozenset(task.name for task in self.config.tasks if task.reads == "voxels" and reading == "one")

    @property
    def provenance(self) -> dict[str, str]:
        """What a prediction records about the run that made it."""
        made = {
            "run": MODEL_IN_PACKAGE if is_default(self.path) else self.path.name,
            "model": self.fingerprint,
            "config": self.config.fingerprint(),
            "cohort": self.split.cohort,
            "version": __version__,
        }
        return made if self.calibration is None else {**made, "calibration": self.folder.calibration_fingerprint()}

    @property
    def training(self) -> TrainingRecord:
        """What is known about its training, including that of the run that it started from."""
        cases, patients = self.folder.learned_from()
        notes = self.notes
        return TrainingRecord(
            cases=cases,
            patients=patients,
            lacked=notes.lacked,
            learned=notes.learned,
            remarks=self.remarks,
            preparation=self.preparation,
            input_profile=self.report.input_profile,
            post_processing=self.report.post_processing,
            calibration=self.calibration,
            validation=self.validation,
            phantoms_alone=self.folder.learned_from_phantoms_alone(),
        )

    @property
    def validation(self) -> dict[str, str]:
        """Task -> on whom it was validated."""
        return describe_validation(self.split, [task.name for task in self.config.tasks])

    @property
    def preparation(self) -> TrainingPreparation | None:
        """How most of its training cases were prepared; None if that is not known."""
        said = self.split.preparation
        return None if said is None else TrainingPreparation.model_validate(said)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Notes on files changed since the weights were written, and on a calibration of other weights."""
        changed = self.folder.remarks(self.notes.files)
        unused = self.folder.calibration.exists() and self.calibration is None
        return (*changed, *([OTHER_WEIGHTS] if unused else []))

    @cached_property
    def calibration(self) -> CalibrationRecord | None:
        """How often the run is right; None if these weights were not calibrated with this configuration."""
        found = self.folder.read_calibration()
        return found if found and (found.model, found.config) == (self.fingerprint, self.config.fingerprint()) else None

    @property
    def router_scores(self) -> Scores:
        """Scores of its router, measured when it was trained; empty if they were not measured."""
        return Scores.of(row.model_dump(include=set(ScoreRecord.model_fields)) for row in self.report.router)

    def weights(self) -> dict[str, Tensor]:
        """Read the weights, as name -> tensor."""
        return read_tensors(self.folder.model)[0]
