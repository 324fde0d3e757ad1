"""What a prediction says of itself, in memory as in its JSON file."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from math import fsum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator, model_validator

from braintumornet.core.json_record import Record, read_record
from braintumornet.core.measures_record import RegionMeasures
from braintumornet.core.prediction import RESEARCH_USE, PredictionFolder
from braintumornet.core.task_record import RouterRecord, TaskRecord
from braintumornet.core.text.errors import require
from braintumornet.core.text.names import find_name_fault, require_among, shorten
from braintumornet.core.workers.failures import CaseFailure, attempt

_ADVICE = "remove it, and predict the case again"
_LONGEST_FILE = 255
_SUM_TOLERANCE = 1e-3  # probabilities are written with full precision


def _require_beside(name: str) -> str:
    if fault := find_name_fault(name, _LONGEST_FILE):
        msg = f"{shorten(name)!r} {fault}"
        raise ValueError(msg)
    return name


class FileRecord(Record):
    """A label file.

    Args:
        name: beside the JSON file.
        coding: what its labels mean.
        regions: that it shows.
    """

    name: Annotated[str, AfterValidator(_require_beside)]
    coding: str
    regions: Sequence[str]


class OutlineRecord(TaskRecord):
    """The masks of a task.

    Args:
        regions: that it outlines, in an order of its own.
        files: that hold their masks.
        volume_ml: region -> ml.
        measures: region -> volume, and number, place and diameters of its lesions, in the masks as they are written.
        not_assessed: region -> why not, such as "needs t1c, which is missing"; it is in no file and has no volume, not
            even one of zero.
        volume_interval_ml: region -> least and largest volume that a calibration leaves open; see `calibration`.
        entropy_file: where the network is unsure, if that was asked for: the largest of the regions' binary entropies.
    """

    regions: Sequence[str]
    files: Sequence[FileRecord]
    volume_ml: Mapping[str, Annotated[float, Field(ge=0)]] = {}
    measures: Mapping[str, RegionMeasures] = {}
    not_assessed: Mapping[str, str] = {}
    volume_interval_ml: Mapping[str, Annotated[Sequence[float], Field(min_length=2, max_length=2)]] = {}
    entropy_file: Annotated[str, AfterValidator(lambda name: name and _require_beside(name))] = ""

    @model_validator(mode="after")
    def _shows_own_regions(self) -> "OutlineRecord":
        answered = [*self.volume_ml, *self.measures, *(region for file in self.files for region in file.regions)]
        for region in (*answered, *self.not_assessed):
            require(
                region in self.regions, f"region {shorten(region)!r} is none of {', '.join(self.regions)}", ValueError
            )
        for region in self.not_assessed:
            require(region not in answered, f"region {region!r} is not assessed, and has an answer", ValueError)
        return self

    @property
    def assessed(self) -> list[str]:
        """The regions that could be assessed."""
        return [region for region in self.regions if region not in self.not_assessed]


class MarkerRecord(TaskRecord):
    """The classes of a marker.

    Args:
        probabilities: class -> probability, in an order of its own.
        set: classes that a calibration leaves open, all where the network cannot tell; none: not calibrated.
    """

    probabilities: Mapping[str, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=1)
    set: Sequence[str] = ()

    @model_validator(mode="after")
    def _set_of_classes(self) -> "MarkerRecord":
        for name in self.set:
            require_among(name, self.probabilities, f"class {shorten(name)!r} has no probability", ValueError)
        return self

    @field_validator("probabilities")
    @classmethod
    def _sum_to_one(cls, probabilities: Mapping[str, float]) -> Mapping[str, float]:
        total = fsum(probabilities.values())
        require(abs(total - 1) <= _SUM_TOLERANCE, f"expected probabilities that sum to 1, found {total:g}", ValueError)
        return probabilities

    @property
    def likeliest(self) -> str:
        """The class with the highest probability."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def cannot_say(self) -> bool:
        """Whether a calibration leaves all classes open."""
        return len(self.set) == len(self.probabilities)

    def __str__(self) -> str:
        likeliest = f"{self.likeliest} {self.probabilities[self.likeliest]:.2f}"
        if self.cannot_say:
            return f"cannot say ({likeliest})"
        return f"{' or '.join(self.set)} ({likeliest})" if len(self.set) > 1 else likeliest


class PredictionRecord(Record):
    """All that a prediction says of itself.

    Args:
        case_id: whose; it is also the name of the file.
        use: what the prediction is for, and what not.
        validation: on whom the tasks were validated, such as "validated on 12 patients with expert labels"; blank where
            nobody says.
        segmentation: task -> its masks.
        classification: task -> its classes.
        answers: another kind of task -> task -> what it is about and whatever the kind says.
        router: what a router chose; missing where none was asked.
        notes: what a reader must know.
        midplane: a, b, c, d of the plane between the halves of the brain, by which lesions lie on a side: a x + b y +
            c z + d is the distance in mm of a point (x, y, z in mm, RAS+), positive on the right; null: not known.
        sequences: that were there, of those that the network reads; none where nobody says.
        calibration: what intervals and sets are worth; blank: there are none.
        seen_in_training: whether the network learned from this patient.
        inputs: column of the cohort table -> SHA-256 of the file that was read.
        provenance: run, fingerprints and version that made it.
        timings_s: stage -> seconds that it took; only where that was asked for.
    """

    case_id: str = ""
    use: str = RESEARCH_USE
    validation: str = ""
    segmentation: Mapping[str, OutlineRecord]
    classification: Mapping[str, MarkerRecord] = {}
    answers: Mapping[str, Mapping[str, TaskRecord]] = {}
    router: RouterRecord | None = None
    notes: Sequence[str] = ()
    midplane: Annotated[Sequence[float], Field(min_length=4, max_length=4)] | None = None
    sequences: Sequence[str] = ()
    calibration: str = ""
    seen_in_training: bool = False
    inputs: Mapping[str, str] = {}
    provenance: Mapping[str, str] = {}
    timings_s: Mapping[str, float] = {}

    @property
    def remarks(self) -> list[str]:
        """What a reader must know: what could not be assessed, and the notes."""
        outlines = self.segmentation.items()
        reasons = [(task, region, why) for task, one in outlines for region, why in one.not_assessed.items()]
        return [*(f"{task} {region} is not assessed: it {why}" for task, region, why in reasons), *self.notes]

    @property
    def volumes_ml(self) -> dict[tuple[str, str], float]:
        """Task and region -> volume in ml."""
        return {(task, name): ml for task, told in self.segmentation.items() for name, ml in told.volume_ml.items()}

    def heads(self, kind: str) -> Mapping[str, TaskRecord]:
        """Return task -> its record, for the tasks of a kind."""
        named = {"segmentation": self.segmentation, "classification": self.classification}
        return {**named, **self.answers}.get(kind, {})


def read_prediction(path: Path) -> PredictionRecord:
    """Read the JSON file of a prediction.

    Args:
        path: `<case>.json`.

    Raises:
        InputError: it is missing, damaged, or about another case.
    """
    record = read_record(path, PredictionRecord, _ADVICE)
    case_id = path.name.removesuffix(".json")
    require(record.case_id in ("", case_id), f"{path} is about case {shorten(record.case_id)!r}; {_ADVICE}")
    return record.model_copy(update={"case_id": case_id})


def read_predictions(folder: Path, case_ids: Iterable[str]) -> tuple[dict[str, PredictionRecord], list[CaseFailure]]:
    """Read the predictions of the cases that have one.

    Returns:
        Case id -> what is said of it, in the order of the ids; and the cases whose file is damaged.
    """
    place = PredictionFolder(folder)
    there = [case_id for case_id in case_ids if place.summary(case_id).exists()]
    read = {case_id: attempt(partial(read_prediction, place.summary(case_id)), case_id) for case_id in there}
    records = {case_id: record for case_id, record in read.items() if isinstance(record, PredictionRecord)}
    return records, [failure for failure in read.values() if isinstance(failure, CaseFailure)]
