"""What the JSON files of a run hold; the second name of a field is the one that it had before 0.2."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, model_validator

from braintumornet.core.input_profile import InputProfile
from braintumornet.core.json_record import Record
from braintumornet.core.text.names import is_phantom, require_once

ONE_PASS_LOSS = 0.002
"""Dice that one pass may cost in the mean: a tenth of what two trainings of one network differ by."""
Count = Annotated[int, Field(ge=0)]


class SideRecord(Record):
    """How many cases and patients of a cohort are on a side."""

    cases: Count
    patients: Count


class LabelledRecord(Record):
    """How many patients that the weights were validated on have a label of a task, and how many phantoms."""

    patients: Count
    phantoms: Count


class SplitRecord(Record):
    """Who is on which side, and what the cohort was; runs of before lack what has a default."""

    train: list[str]
    val: list[str]
    test: list[str]
    cohort: str
    patients: Sequence[str] = ()
    val_patients: Sequence[str] = ()
    fingerprints: int | None = None
    cohorts: Mapping[str, dict[str, SideRecord]] = {}
    labelled: Mapping[str, Count] = {}
    validated: Mapping[str, LabelledRecord] | None = None
    groups: Mapping[str, Mapping[str, Count]] = {}
    preparation: Mapping[str, Any] | None = None

    @model_validator(mode="after")
    def _once_each(self) -> "SplitRecord":
        require_once("case", (*self.train, *self.val, *self.test))
        return self

    @property
    def sides(self) -> dict[str, list[str]]:
        """Side -> ids of its cases."""
        return {"train": self.train, "val": self.val, "test": self.test}

    @property
    def trained_on_phantoms_alone(self) -> bool:
        """Whether all training cases are phantoms; of runs that do not tell their cohorts nobody knows."""
        cohorts = [name for name, sides in self.cohorts.items() if "train" in sides]
        return bool(cohorts) and all(map(is_phantom, cohorts))


class SampleCount(Record):
    """How many samples of a group had something.

    Args:
        group: value in the column that cases are sampled by, such as the cohort.
        task: name; blank for what is counted of all samples.
        what: `samples`, `without <sequence>`; of a task `labelled` (the label was present), a region or tissue that is
            learned (the patch holds a voxel of it) or a class.
        samples: how many.
    """

    group: str
    task: str
    what: str
    samples: Count


class ScoreRecord(Record):
    """A score; null where it is not defined."""

    case_id: str
    task: str
    structure: str
    metric: str
    value: float | None
    note: str = ""


class PostProcessingRecord(Record):
    """How the masks of a task are cleaned.

    Args:
        seed_probability: volume in ml -> what a connected part from this volume on must reach somewhere.
        min_component_ml: connected tumours that are smaller are left out; 0: none.
        fill_holes: count to each region what it encloses.
        min_enhancing_ml: the enhancing tumour is left out where all of it is smaller; 0: nowhere.
        gain: in mean Dice of the validation cases.
        cases: how many chose it.
    """

    seed_probability: Mapping[
        Annotated[float, Field(ge=0, strict=False)],  # a key of a JSON file is text
        Annotated[float, Field(ge=0, lt=1)],
    ] = {}
    min_component_ml: Annotated[float, Field(ge=0)] = 0.0
    fill_holes: bool = False
    min_enhancing_ml: Annotated[float, Field(ge=0)] = 0.0
    gain: float = 0.0
    cases: Count = 0


class OnePassRecord(Record):
    """What one pass over the brain is worth, against windows that overlap: mean Dice over cases that did not train."""

    task: str
    region: str
    cases: Count
    one_pass: float
    windows: float


class ReportRecord(Record):
    """What a training came to.

    `input_profile` says what the images were like, where there were enough cases to tell; `post_processing` how masks
    are cleaned, task by task, where validation cases chose that.
    """

    steps: Count = 0
    best: float | None = None
    sample_counts: Sequence[SampleCount] = Field(
        (), validation_alias=AliasChoices("sample_counts", "drawn")
    )  # until 0.3
    router: Sequence[ScoreRecord] = ()
    input_profile: InputProfile | None = None
    post_processing: Mapping[str, PostProcessingRecord] = {}
    one_pass: Sequence[OnePassRecord] = ()

    @property
    def tasks_in_one_pass(self) -> frozenset[str]:
        """Tasks for which one pass was measured, and of which no region lost more than `ONE_PASS_LOSS` by it."""
        lost = {each.task for each in self.one_pass if each.windows - each.one_pass > ONE_PASS_LOSS}
        return frozenset(each.task for each in self.one_pass) - lost


class EnvironmentRecord(Record):
    """Package or property of the machine -> what it was."""

    __pydantic_extra__: dict[str, str] = Field(init=False)


class SourceRecord(Record):
    """The run that a training started from; `phantoms_alone`: it learned from no patient, nor did those before it."""

    run: str
    model: str
    config: str
    cohort: str
    cases: Sequence[str]
    patients: Sequence[str]
    phantoms_alone: bool = False


class TensorRecord(Record):
    """What became of a tensor of a network that starts from another's weights; `how` says how it was adapted."""

    name: str
    shape: Sequence[Count]
    status: Literal["loaded", "adapted", "new"] = Field(validation_alias=AliasChoices("status", "fate"))
    how: str


class TransferRecord(Record):
    """Where the first weights came from."""

    source: SourceRecord
    tensors: Sequence[TensorRecord]

    @property
    def new_heads(self) -> tuple[str, ...]:
        """Heads of which something is adapted or new."""
        changed = (tensor.name.split(".") for tensor in self.tensors if tensor.status != "loaded")
        return tuple(dict.fromkeys(name[1] for name in changed if name[0] == "heads"))
