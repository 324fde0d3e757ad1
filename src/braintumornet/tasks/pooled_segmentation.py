"""One head for tumours of several kinds, each with a structure of its own as its label."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import POOLED, REGIONS
from braintumornet.core.text.errors import require
from braintumornet.core.text.names import require_known
from braintumornet.tasks.segmentation import SegmentationTask


class PooledSegmentationTask(SegmentationTask):
    """Outline "the tumour", which is another region for each kind of case: the label spaces are merged.

    Args:
        by: column that tells the kinds of case apart.
        structures: value of that column -> region that is the tumour there; the task is for no other case.

    Example:
        >>> task = PooledSegmentationTask(name="tumour", structures={"hgg": "WT", "mets": "TC"})
        >>> task.regions
        ('tumour',)
    """

    kind: Literal["pooled_segmentation"] = "pooled_segmentation"  # type: ignore[assignment]
    regions: tuple[str, ...] = (POOLED,)
    by: str = "pathology"
    structures: Mapping[str, str] = Field(min_length=1)

    @field_validator("regions")
    @classmethod
    def _known(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        require(
            regions == (POOLED,),
            f"the head of a pooled task has the one region {POOLED!r}, found {list(regions)}; see structures",
            ValueError,
        )
        return regions

    @field_validator("tissues")
    @classmethod
    def _no_tissues(cls, tissues: tuple[str, ...]) -> tuple[str, ...]:
        require(not tissues, "a pooled task learns one map; leave tissues out", ValueError)
        return tissues

    @field_validator("structures")
    @classmethod
    def _known_structures(cls, structures: Mapping[str, str]) -> Mapping[str, str]:
        require_known("region", structures.values(), REGIONS)
        return structures

    def is_for(self, case: Case) -> bool:
        """Say whether a case is of one of the kinds."""
        return case.value(self.by) in self.structures and super().is_for(case)

    def allows(self, column: str, value: str) -> bool:
        """Say whether the task can be for cases with this value in a column."""
        return super().allows(column, value) and (column != self.by or value in self.structures)

    def learned_in(self, case: Case) -> tuple[str, ...]:
        """Return the region that is the tumour in a case."""
        return (self.structures.get(case.value(self.by) or "", POOLED),)

    def about(self) -> dict[str, Any]:
        """Return what a scorer must know of the task, as JSON holds it."""
        return {**super().about(), "by": self.by, "structures": dict(self.structures)}
