"""The folder of a study; the only place that knows its file names."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from braintumornet.core.file_hashes import CACHE_NAME, Digests
from braintumornet.core.files.lock import locked
from braintumornet.core.files.yaml_file import is_file
from braintumornet.core.json_record import Record, read_record
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import UsageError, require


class SidesRecord(Record):
    """Who is on which side of a split."""

    train: list[str]
    val: list[str]
    test: list[str]


class PlanRecord(Record):
    """What `require_same_study` and `read_splits` ask of a plan."""

    fingerprint: str
    study: str
    splits: Mapping[str, SidesRecord] = {}


class CostRecord(Record):
    """What a network cost; none of it is known of a job without one."""

    parameters: Annotated[int, Field(ge=0)] = 0
    operations: Annotated[int, Field(ge=0)] = 0
    memory_gib: Annotated[float, Field(ge=0)] = 0
    steps: Annotated[int, Field(ge=0)] = 0
    device: str = ""
    training_s: Annotated[float, Field(ge=0)] = 0
    prediction_s: Annotated[float, Field(ge=0)] = 0


class ResultRecord(Record):
    """What a job came to."""

    fingerprint: str
    choice: str
    cost: CostRecord


class FailureRecord(Record):
    """Why a job failed."""

    error: str


@dataclass(frozen=True)
class StudyFolder:
    """Where a study keeps what it made.

    Example:
        >>> StudyFolder(Path("studies/a")).run("multi-task_split-1_seed-0").path.parts[-2]
        'runs'
    """

    path: Path

    @property
    def study(self) -> Path:
        """The complete study file, every default written out, and where the tables of its cases lie."""
        return self.path / "study.yaml"

    @property
    def plan(self) -> Path:
        """Fingerprints, splits, jobs and what they need."""
        return self.path / "plan.json"

    @property
    def phantoms(self) -> Path:
        """Folder of the cohorts that the study made for itself."""
        return self.path / "phantoms"

    @property
    def page(self) -> Path:
        """The page about the study."""
        return self.path / "report.html"

    @property
    def tables(self) -> Path:
        """Folder of the tables that the page shows, as CSV."""
        return self.path / "tables"

    def where_now(self, file: Path) -> Path:
        """Return where a file lies that the study names: where it says, or beside the study if both were moved."""
        if is_file(file) or not self.plan.is_file():
            return file
        moved = self.path / os.path.relpath(file, self.read_plan().get("folder", file.parent))
        return moved if is_file(moved) else file

    def files(self) -> list[Path]:
        """Return what the study made and is read again."""
        made = (self.path / "runs", self._predictions, self.path / "phantoms")
        rows = self.path.glob("scores_*.csv")
        return [self.study, self.plan, *rows, *(file for folder in made for file in folder.rglob("*"))]

    def digests(self) -> Digests:
        """Return what is known of the files of cases."""
        return Digests(self.path / CACHE_NAME)

    def run(self, job: str) -> RunFolder:
        """Return the folder of the network that a job trains."""
        return RunFolder(self.path / "runs" / job)

    @property
    def _predictions(self) -> Path:
        """Folder of predictions, scores and results; `answers` in a study that was begun before 0.2."""
        earlier = self.path / "answers"
        return earlier if earlier.is_dir() else self.path / "predictions"

    def predictions(self, job: str, part: str) -> Path:
        """Folder of the predictions of a job for a set of its split or a fixed cohort."""
        return self._predictions / job / part

    def scores(self, job: str, part: str) -> Path:
        """The scores of these."""
        return self._predictions / job / f"{part}.csv"

    def result(self, job: str) -> Path:
        """Fingerprint, cost and choice of a job that is done; written last, so that its presence says so."""
        return self._predictions / job / "done.json"

    def failure(self, job: str) -> Path:
        """Why a job failed the last time."""
        return self._predictions / job / "failed.json"

    def rows(self, part: str) -> Path:
        """The scores of all arms for a part, as `btn compare` reads them."""
        return self.path / f"scores_{part}.csv"

    def read_plan(self) -> dict[str, Any]:
        """Return the plan that the study was begun with, as `PlanRecord` has it.

        Raises:
            InputError: the file is missing or damaged.
        """
        return read_record(self.plan, PlanRecord, "put back a copy, or choose another --study").as_json()

    def read_splits(self) -> dict[str, dict[str, list[str]]]:
        """Return name -> side -> case ids of the splits that the study was begun with.

        Raises:
            InputError: the file is missing or damaged.
        """
        splits = read_record(self.plan, PlanRecord, "put back a copy, or choose another --study").splits
        return {name: {"train": own.train, "val": own.val, "test": own.test} for name, own in splits.items()}

    def read_result(self, job: str) -> dict[str, Any]:
        """Return what a job that is done came to, as `ResultRecord` has it.

        Raises:
            InputError: the file is missing or damaged.
        """
        return read_record(self.result(job), ResultRecord, "remove it, and run the study again").as_json()

    def read_failure(self, job: str) -> str:
        """Return why a job failed the last time.

        Raises:
            InputError: the file is missing or damaged.
        """
        return read_record(self.failure(job), FailureRecord, "remove it, and run the study again").error

    def require_study(self) -> None:
        """Refuse a folder that is none of a study.

        Raises:
            UsageError: says what to do.
        """
        require(
            self.plan.is_file(),
            f"{self.path} holds no study; run one with `btn study ... --study {self.path}`",
            UsageError,
        )

    def locked(self) -> AbstractContextManager[None]:
        """Keep a second `btn study` out of the folder; the lock ends with the process, however that ends.

        Raises:
            UsageError: another one is at work here.
        """
        refusal = f"another `btn study` is at work in {self.path}; wait for it, or choose another --study"
        return locked(self.path / ".lock", refusal)

    def job_locked(self, job: str) -> AbstractContextManager[None]:
        """Wait until nobody else works on a job: one that a lost connection left behind may still do so."""
        return locked(self.result(job).with_name(".lock"))
