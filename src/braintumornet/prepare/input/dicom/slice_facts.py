"""One slice of a series: where it lies, what its header says, and where its pixels are."""

from dataclasses import dataclass, replace

import numpy as np

from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.input.source_file import SourceFile


@dataclass(frozen=True)
class Identity:
    """Whose image it is; in memory only.

    Args:
        patient: PatientID, else the name, else the study.
        study: UID.
        study_time_s: when the study began, for ordering.
        series: UID.
        sop_instance: UID of the object.
    """

    patient: str
    study: str
    study_time_s: float
    series: str
    sop_instance: str


@dataclass(frozen=True)
class Slice:
    """A classic object, or one frame of an enhanced one.

    Args:
        file: that holds it.
        frame: its number in the file, from 0.
        frames: of the file.
        identity: whose it is.
        header: what the object says of this frame.
        problem: why it cannot be a slice of a volume, as the end of a sentence.
        position_mm: of the centre of its first pixel, in the scanner's axes (left, posterior, superior).
        row: direction in which a row of pixels runs.
        column: direction in which a column of pixels runs.
        shape: rows and columns.
        pixel_mm: distance between rows, and between columns.
        slope: a stored value times this and the next is the scanner's value.
        intercept: what is added.
        instance: number of the object.
        stack: its name, where the object tells stacks apart.
        marks: what may tell two slices at one position apart, by what it is.
    """

    file: SourceFile
    frame: int
    frames: int
    identity: Identity
    header: SeriesHeader
    problem: str | None = None
    position_mm: tuple[float, ...] = ()
    row: tuple[float, ...] = ()
    column: tuple[float, ...] = ()
    shape: tuple[int, int] = (0, 0)
    pixel_mm: tuple[float, float] = (0.0, 0.0)
    slope: float = 1.0
    intercept: float = 0.0
    instance: int = 0
    stack: str = ""
    marks: tuple[tuple[str, str], ...] = ()

    @property
    def normal(self) -> np.ndarray:
        """Direction at right angles to the slice (3,)."""
        return np.cross(self.row, self.column)

    def with_problem(self, problem: str | None) -> "Slice":
        """Return it with a problem that was found later."""
        return replace(self, problem=problem)
