"""What is asked of predictions: which structure, in which cases, and which head answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from braintumornet.core.cohort.case import Case
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.task_record import TaskRecord
from braintumornet.core.text.errors import UsageError, require
from braintumornet.core.workers.cluster import Cluster
from braintumornet.scoring.score_settings import ScoreSettings


@dataclass(frozen=True)
class Question:
    """A task as a scorer sees it.

    Args:
        task: its name, which the rows carry.
        column: of the cohort table, with the truth.
        regions: of the truth; none for a marker.
        where: which cases it is about, as column -> value or values.
        by: column that tells which of `structures` is the truth of a case; "": `regions` are.
        structures: value of that column -> region.
        kind: under which predictions answer it: `segmentation`, `classification`, or another kind of task.

    Example:
        >>> Question.of("mets", {"target": "seg", "regions": ["TC"], "where": {"pathology": "mets"}}).regions
        ('TC',)
    """

    task: str
    column: str
    regions: tuple[str, ...] = ()
    where: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    by: str = ""
    structures: Mapping[str, str] = field(default_factory=dict)
    kind: str = "segmentation"

    @classmethod
    def of(cls, task: str, about: TaskRecord | Mapping[str, Any], kind: str = "segmentation") -> "Question":
        """Return the question that a task's `about` or its prediction describes."""
        said = TaskRecord.model_validate(about)
        return cls(task, said.target, tuple(said.regions), said.where, said.by, said.structures, kind)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns by which it tells cases apart."""
        return (*self.where, self.by) if self.by else tuple(self.where)

    def is_about(self, case: Case) -> bool:
        """Say whether a case belongs to the task's population."""
        return case.fits(self.where) and (not self.by or case.value(self.by) in self.structures)

    def regions_of(self, case: Case) -> tuple[str, ...]:
        """Return the regions of a case's truth."""
        return (self.structures[str(case.value(self.by))],) if self.by else self.regions


@dataclass(frozen=True)
class AskedHead:
    """A question, and the head that answers it.

    Args:
        question: what is asked.
        head: task of the predictions.
    """

    question: Question
    head: str


@dataclass(frozen=True)
class Scoring:
    """A folder of predictions that is scored.

    Args:
        records: case id -> prediction.
        folder: where they lie.
        settings: what is measured.
        workers: processes, or a cluster.
        advance: called after each case.
    """

    records: Mapping[str, PredictionRecord]
    folder: Path
    settings: ScoreSettings
    workers: int | Cluster = 1
    advance: Callable[[object], object] = lambda case: None


def choose_head(question: Question, heads: Sequence[str], chosen: Mapping[str, str]) -> str:
    """Return the head that answers: the one chosen, else the task's own, else the only one there is.

    Args:
        question: what is asked.
        heads: of the kind of the question that the prediction has.
        chosen: task -> head.

    Raises:
        UsageError: the head chosen is not there, or there are several to choose from.

    Example:
        >>> choose_head(Question("mets", "seg", ("TC",)), ["tumour"], {})
        'tumour'
    """
    head = chosen.get(question.task, question.task)
    if head in heads:
        return head
    if question.task not in chosen and len(heads) == 1:
        return heads[0]
    there = f"the prediction has {', '.join(heads) or 'none of its kind'}"
    msg = f"no head {head!r} answers task {question.task!r}: {there}; choose one with --head {question.task}=HEAD"
    raise UsageError(msg)


def match_regions(wanted: Sequence[str], given: Sequence[str], head: str) -> list[str]:
    """Return which of a head's regions answers each region wanted; a single one answers for any single one.

    Raises:
        UsageError: a region is not among those of the head.

    Example:
        >>> match_regions(["TC"], ["WT", "TC"], "glioma")
        ['TC']
        >>> match_regions(["TC"], ["WT"], "hgg")
        ['WT']
    """
    if len(wanted) == len(given) == 1:
        return list(given)
    for region in wanted:
        require(
            region in given, f"head {head!r} outlines {', '.join(given)}; region {region!r} is none of them", UsageError
        )
    return list(wanted)
