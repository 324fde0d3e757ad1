"""What a prediction says of a task, whether it answered or a router left it out."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from braintumornet.core.cohort.label_scheme import POOLED, REGIONS, TISSUES
from braintumornet.core.json_record import Record
from braintumornet.core.text.names import require_among, require_once, shorten


class TaskRecord(Record):
    """What a scorer must know of a task; a kind of task may say more.

    Args:
        target: column of the cohort table with the truth.
        where: which cases it is about, as column -> value or values.
        regions: that it outlines; none where it outlines nothing.
        by: column that tells which of `structures` is the truth of a case; "": `regions` are.
        structures: value of that column -> region.
    """

    target: str
    where: Mapping[str, str | Sequence[str]] = {}
    regions: Sequence[str] = ()
    by: str = ""
    structures: Mapping[str, str] = {}

    @model_validator(mode="after")
    def _regions_are_known(self) -> "TaskRecord":
        require_once("region", self.regions)
        known = [POOLED, *REGIONS, *TISSUES]
        for region in self.regions:
            require_among(region, known, f"region {shorten(region)!r} is not known", ValueError)
        return self


class LeftOutRecord(TaskRecord):
    """A segmentation task that a router left out, so that it has no masks.

    Args:
        volume_ml: region -> ml that it would have outlined, in the grid that the network reads; of those that could be
            assessed.
    """

    volume_ml: Mapping[str, Annotated[float, Field(ge=0)]] = {}


class RouterRecord(Record):
    """What a router chose.

    Args:
        chose: the class that it found.
        left_out: segmentation task that is not for this class -> what it is, and how much it would have outlined.
        measured: name -> the router's error, as far as it was measured.
    """

    chose: str
    left_out: Mapping[str, LeftOutRecord] = {}
    measured: Mapping[str, float | None] = {}
