"""A structure that somebody outlined on a series, whatever kind of object says so, and the mask of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.frame_attributes import FrameAttributes
from braintumornet.volumes.volume import Volume, to_ras

if TYPE_CHECKING:
    from pydicom import Dataset


@dataclass(frozen=True, eq=False)
class DrawnStructure:
    """One structure of a structure set, or one segment of a segmentation.

    Its name is free text that may hold that of a person: it is for tables that the user asks for, never for messages.

    Args:
        number: in its object.
        name: that it was given.
        meaning: what the object says that it is, in words of DICOM: an interpreted type (`GTV`, `ORGAN`), or the code
            of a segment's property type; blank where it says nothing.
        slices: UIDs of the objects on which it is drawn; empty where it names none.
        series: UIDs of the series that its object refers to.
        frame_of_reference: UID of the coordinates that it is in; blank where it names none.
        empty: nothing is drawn.
        problem: why no mask can be made of it, as the end of a sentence.
    """

    number: int
    name: str = field(repr=False)
    meaning: str
    slices: frozenset[str] = field(repr=False)
    series: frozenset[str] = field(repr=False)
    frame_of_reference: str = field(repr=False)
    empty: bool
    problem: str | None
    _reader: Callable[[SeriesGrid], np.ndarray] = field(repr=False)

    def read(self, grid: SeriesGrid) -> Volume:
        """Return the mask on the grid of a series, in RAS+ orientation.

        Args:
            grid: of the series that it is drawn on.

        Raises:
            InputError: it does not lie on the slices of the series; an end of a sentence that begins with what it is.

        Warns:
            InputWarning: its contours cross each other, or leave out slices between others.
        """
        return to_ras(Volume(self._reader(grid), grid.space))


def attributes(dataset: "Dataset") -> FrameAttributes:
    """Return the attributes of a data set, or of an item of a sequence, as plain values; damaged ones are none."""
    return FrameAttributes({}, {}, {int(tag): dataset for tag in list(dataset.keys())})
