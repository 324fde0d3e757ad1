"""What a check says: findings about cases, and the facts that cases are compared by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from braintumornet.core.cohort.cohort_line import Line
from braintumornet.core.space import Shape, Space
from braintumornet.volumes.brain_plausibility import BrainFacts
from braintumornet.volumes.pictures import Picture


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  # training would fail, or learn what is wrong
    WARNING = "warning"  # probably wrong: look at it
    NOTE = "note"  # true and worth knowing


ORDER = {severity: place for place, severity in enumerate(Severity)}


class Kind(StrEnum):
    """What is wrong; the words are stable, for programs."""

    TABLE = "table"
    COLUMN = "column"
    DUPLICATE_ID = "duplicate-id"
    SPLIT = "split"
    CONFOUNDED = "confounded"
    PATIENT = "patient"
    NO_IMAGE = "no-image"
    MISSING_FILE = "missing-file"
    UNREADABLE = "unreadable"
    NOT_FINITE = "not-finite"
    FORMS = "forms"
    NO_ORIENTATION = "no-orientation"
    VOXEL_SIZE = "voxel-size"
    GRID = "grid"
    THIN = "thin"
    EMPTY_IMAGE = "empty-image"
    IMAGE_IS_MASK = "image-is-mask"
    IMAGE_IS_CT = "image-is-ct"
    SAME_CONTENT = "same-content"
    BACKGROUND = "background"
    NO_BACKGROUND = "no-background"
    SKULL = "skull"
    BRAIN_SIZE = "brain-size"
    COVERAGE = "coverage"
    EMPTY_BRAIN = "empty-brain"
    NO_CODING = "no-coding"
    NOT_LABELS = "not-labels"
    UNKNOWN_LABEL = "unknown-label"
    OUTSIDE_BRAIN = "outside-brain"
    SWAPPED = "t1-swapped"
    SPACING = "spacing"
    ORIENTATION = "orientation"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one case.

    Args:
        kind: what.
        severity: how bad.
        text: what was found and what to do; names columns and cases, not files, whose names may be a patient's.
        line: of the table; 1, the header, for what is wrong with its columns.
        case_id: blank where the line has none, and for the header.
        file: what is at fault, where it is one file.
        table: which of several; blank where there is one, and for what concerns them all.
    """

    kind: Kind
    severity: Severity
    text: str
    line: int = 0
    case_id: str = ""
    file: Path | None = None
    table: str = ""


def about(line: Line, kind: Kind, severity: Severity, text: str) -> Finding:
    """Return what is wrong with one line of a table."""
    return Finding(kind, severity, text, line.number, line.id, table=line.table)


@dataclass(frozen=True)
class Facts:
    """What a case is compared with others by; None or no entry where its files do not say.

    Args:
        space: grid of its first readable image, RAS+.
        orientation: in which its axes run in the file, such as `LPS`.
        tumour_ml: volume of all labels of its first mask.
        contents: file by column -> hash of its voxels; files of a single value have none.
        brain: whether what counts as brain can be one.
    """

    space: Space | None = None
    orientation: str | None = None
    tumour_ml: float | None = None
    contents: Mapping[str, str] = field(default_factory=dict)
    brain: BrainFacts | None = None


@dataclass(frozen=True)
class CaseReport:
    """All about one line of a table."""

    line: int
    case_id: str
    findings: tuple[Finding, ...]
    facts: Facts
    pictures: tuple[Picture, ...] = ()
    table: str = ""

    @property
    def worst(self) -> Severity | None:
        """The worst of its findings."""
        return min((finding.severity for finding in self.findings), key=ORDER.__getitem__, default=None)


@dataclass(frozen=True)
class CohortReport:
    """All about a cohort.

    Args:
        name: of the cohort, or of several.
        cases: in the order of the table.
        table: findings about the table's columns.
        has: column of files -> how many cases have it.
        patients: how many.
        workers: how many processes worked, and in how much memory.
        phantoms: whether all cases are synthetic.
    """

    name: str
    cases: tuple[CaseReport, ...]
    table: tuple[Finding, ...]
    has: Mapping[str, int]
    patients: int
    workers: str
    phantoms: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, the worst first, then in the order of the table."""
        found = [*self.table, *(finding for case in self.cases for finding in case.findings)]
        return tuple(sorted(found, key=lambda finding: ORDER[finding.severity]))

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity there are."""
        return sum(finding.severity == severity for finding in self.findings)


def shape_text(shape: Shape) -> str:
    """Return a shape as people write it.

    Example:
        >>> shape_text((240, 240, 155))
        '240 x 240 x 155'
    """
    return " x ".join(map(str, shape))
