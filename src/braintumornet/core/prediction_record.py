"""What the JSON file of a prediction holds."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from braintumornet.core.label_scheme import POOLED, REGIONS, TISSUES
from braintumornet.core.records import Record, read_record
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import find_name_fault, require_once, shorten, suggest

ADVICE = "remove it, and predict the case again"
_LONGEST_FILE = 255
_SUM_TOLERANCE = 1e-3  # probabilities are written with full precision


class FileRecord(Record):
    """A label file.

    Args:
        name: beside the JSON file.
        coding: what its labels mean.
        regions: that it shows.
    """

    name: str
    coding: str
    regions: list[str]

    @field_validator("name")
    @classmethod
    def _lies_beside(cls, name: str) -> str:
        if fault := find_name_fault(name, _LONGEST_FILE):
            msg = f"{shorten(name)!r} {fault}"
            raise ValueError(msg)
        return name


class OutlineRecord(Record):
    """A task that outlines something, as a scorer must know it."""

    regions: list[str]
    target: str
    where: Mapping[str, str | Sequence[str]] = {}
    by: str = ""
    structures: Mapping[str, str] = {}
    volume_ml: Mapping[str, Annotated[float, Field(ge=0)]] = {}

    @model_validator(mode="after")
    def _regions_are_known(self) -> "OutlineRecord":
        require_once("region", self.regions)
        known = [POOLED, *REGIONS, *TISSUES]
        for region in self.regions:
            if region not in known:
                msg = f"region {shorten(region)!r} is not known; {suggest(region, known)}"
                raise ValueError(msg)
        self._require_own(self.volume_ml)
        return self

    def _require_own(self, regions: Iterable[str]) -> None:
        for region in regions:
            if region not in self.regions:
                msg = f"region {shorten(region)!r} is none of {', '.join(self.regions)}"
                raise ValueError(msg)


class AnswerRecord(OutlineRecord):
    """The masks of a task."""

    files: list[FileRecord]

    @model_validator(mode="after")
    def _files_show_own_regions(self) -> "AnswerRecord":
        self._require_own(region for file in self.files for region in file.regions)
        return self


class MarkerRecord(Record):
    """The classes of a marker, each with its probability."""

    probabilities: Mapping[str, Annotated[float, Field(ge=0, le=1)]] = Field(min_length=1)
    target: str
    where: Mapping[str, str | Sequence[str]] = {}

    @field_validator("probabilities")
    @classmethod
    def _sum_to_one(cls, probabilities: Mapping[str, float]) -> Mapping[str, float]:
        total = fsum(probabilities.values())
        if abs(total - 1) > _SUM_TOLERANCE:
            msg = f"expected probabilities that sum to 1, found {total:g}"
            raise ValueError(msg)
        return probabilities


class RouterRecord(Record):
    """What a router chose."""

    chose: str
    left_out: Mapping[str, OutlineRecord] = {}
    measured: Mapping[str, float | None] = {}


class PredictionRecord(Record):
    """All that a prediction says of itself."""

    segmentation: dict[str, AnswerRecord]
    classification: Mapping[str, MarkerRecord] = {}
    answers: Mapping[str, Mapping[str, Mapping[str, Any]]] = {}
    case_id: str = ""
    router: RouterRecord | None = None
    notes: Sequence[str] = ()
    seen_in_training: bool = False
    provenance: Mapping[str, str] = {}


def read_summary(path: Path) -> dict[str, Any]:
    """Read the JSON file of a prediction.

    Args:
        path: `<case>.json`.

    Returns:
        Its content, plain values; the keys that scorers ask for are all there.

    Raises:
        InputError: it is missing, damaged, or about another case.
    """
    content = read_record(path, PredictionRecord, ADVICE)
    case_id = path.name.removesuffix(".json")
    if content.get("case_id", case_id) != case_id:
        msg = f"{path} is about case {shorten(content['case_id'])!r}; {ADVICE}"
        raise InputError(msg)
    return {"case_id": case_id, "classification": {}, "notes": [], "provenance": {}, **content}
