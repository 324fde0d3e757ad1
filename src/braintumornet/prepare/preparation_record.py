"""What is known of a prepared case: which images it was made from, what was done to them, and how well it went."""

from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from braintumornet.core.json_record import Record, read_record
from braintumornet.core.space import Space
from braintumornet.prepare.quality.figure import Figure, Verdict, worst

FILE = "preparation.json"
PICTURE = "preparation.png"


class Grid(Record):
    """A voxel grid in a file: its shape, and the affine from indices to RAS+ mm."""

    shape: list[int] = Field(min_length=3, max_length=3)
    affine: list[list[float]] = Field(min_length=4, max_length=4)

    @classmethod
    def of(cls, space: Space) -> "Grid":
        """Return what a file says of a grid."""
        return cls(shape=list(space.shape), affine=space.affine.tolist())

    @property
    def space(self) -> Space:
        """The grid itself."""
        x, y, z = self.shape
        return Space((x, y, z), np.asarray(self.affine, np.float64))


class PreparedImage(Record):
    """One sequence of a case: where it came from, and how to come back there.

    Args:
        source: name of the series or the file, without its folder.
        reason: why it is taken for this sequence.
        grid: of the source, its axes as they were.
        output_to_sequence_mm: (4, 4) rigid motion from a point of the output to the same point of the source, RAS+ mm.
        sharpness_loss_percent: how much of the differences between neighbouring voxels the one interpolation cost.
    """

    source: str
    reason: str
    grid: Grid
    output_to_sequence_mm: list[list[float]]
    sharpness_loss_percent: float | None = None


class StepRecord(Record):
    """One step of the preparation.

    Args:
        name: such as `registration`.
        parameters: what it was done with.
        figures: how well it went.
        seconds: how long it took.
    """

    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)
    figures: list[Figure] = Field(default_factory=list)
    seconds: float | None = None

    @property
    def verdict(self) -> Verdict:
        """The gravest of its figures."""
        return worst([figure.verdict for figure in self.figures])


class PreparationRecord(Record):
    """The history of a prepared case; the file `preparation.json` beside its images.

    Args:
        version: of this package.
        case_id: pseudonym, or the id that the user gave.
        fingerprint: of the sources and the settings; an equal one need not be prepared again.
        settings: what was asked for.
        reference: the sequence that the others were brought to.
        images: sequence -> what is known of it.
        output: the grid of the images written; None where the case failed before.
        brainmask: what made the brain mask, such as `network`.
        steps: in the order in which they were done.
        notes: what a user should know.
        failure: why there is no prepared case; None where there is one.
        use: research use.
    """

    version: str
    case_id: str
    fingerprint: str
    settings: dict[str, Any]
    reference: str | None = None
    images: dict[str, PreparedImage] = Field(default_factory=dict)
    output: Grid | None = None
    brainmask: str | None = None
    steps: list[StepRecord] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    failure: str | None = None
    use: str = ""

    @property
    def verdict(self) -> Verdict:
        """`fail` where there is no case, else the gravest verdict of its steps."""
        return Verdict.FAIL if self.failure else worst([step.verdict for step in self.steps])


def read_preparation(folder: Path) -> PreparationRecord:
    """Read the history of a prepared case.

    Args:
        folder: of the case.

    Raises:
        InputError: it is missing or damaged.
    """
    return read_record(folder / FILE, PreparationRecord, "prepare the case again")
