"""DICOM Segmentation -> its segments, whose frames become masks on the grid of the series that they lie on.

BINARY and LABELMAP alike. Frames may be cut to a box, and lie in any plane and order, as long as their pixels are those
of the series. Where what stands: DICOM PS3.3 C.8.20 (Segmentation), C.7.6.16 (functional groups).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from braintumornet.core.text.errors import InputError, require
from braintumornet.dicom.reading.drawn_structure import DrawnStructure, attributes
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.frame_attributes import FrameAttributes, gather
from braintumornet.prepare.input.dicom.read_files import quiet, read_object
from braintumornet.prepare.input.dicom.read_pixels import read_frames
from braintumornet.prepare.input.source_file import SourceFile

BINARY, LABELMAP = "BINARY", "LABELMAP"
_OFF_PIXELS = 0.1  # as far as a pixel may lie from one of the series

_Frame = tuple[FrameAttributes, int]
"""A frame, and the segment that it belongs to; 0 where its pixels say that."""


@dataclass(frozen=True, eq=False)
class _Frames:
    """The frames of a segmentation, decoded once for all segments."""

    file: SourceFile
    frames: Sequence[_Frame]

    @cached_property
    def pixels(self) -> list[np.ndarray]:
        """Stored values of every frame, each (rows, columns)."""
        return read_frames(self.file, range(len(self.frames)), len(self.frames))


def read_segmentation(file: SourceFile) -> list[DrawnStructure]:
    """Return the segments of a DICOM Segmentation, in the order of their numbers.

    Args:
        file: DICOM.

    Raises:
        InputError: it is damaged, or holds fractions; says so without naming the file.
    """
    dataset = read_object(file)
    with quiet():
        whole = attributes(dataset)
        kind = whole.text("SegmentationType").upper()
        require(
            kind in (BINARY, LABELMAP),
            "it says of each pixel how probable a segment is; export it as binary segments or as a label map",
        )
        segments = [attributes(item) for item in whole.sequence("SegmentSequence")]
        frames = _Frames(file, _frames_of(whole, kind))
        references = _slices_of(whole)
        return sorted(
            (_structure(segment, frames, whole, references) for segment in segments if segment.whole("SegmentNumber")),
            key=lambda each: each.number,
        )


def _frames_of(whole: FrameAttributes, kind: str) -> list[_Frame]:
    shared = whole.sequence("SharedFunctionalGroupsSequence")
    groups = whole.sequence("PerFrameFunctionalGroupsSequence")
    require(
        groups and len(groups) == (whole.whole("NumberOfFrames") or 1),
        "it is damaged: it does not say where each of its frames lies",
    )
    common = gather(shared[0]) if shared else {}
    frames = [FrameAttributes(gather(group), common, {}) for group in groups]
    return [(frame, (frame.whole("ReferencedSegmentNumber") or 0) if kind == BINARY else 0) for frame in frames]


def _slices_of(whole: FrameAttributes) -> tuple[frozenset[str], frozenset[str]]:
    """Return the UIDs of the objects, and of the series, that a segmentation refers to."""
    series = [attributes(item) for item in whole.sequence("ReferencedSeriesSequence")]
    slices = (attributes(item) for each in series for item in each.sequence("ReferencedInstanceSequence"))
    named = frozenset(item.text("ReferencedSOPInstanceUID") for item in slices)
    return named - {""}, frozenset(each.text("SeriesInstanceUID") for each in series) - {""}


def _structure(
    segment: FrameAttributes, frames: _Frames, whole: FrameAttributes, references: tuple[frozenset[str], frozenset[str]]
) -> DrawnStructure:
    number = segment.whole("SegmentNumber") or 0
    types = segment.sequence("SegmentedPropertyTypeCodeSequence")
    slices, series = references
    return DrawnStructure(
        number=number,
        name=segment.text("SegmentLabel"),
        meaning=attributes(types[0]).text("CodeValue") if types else "",
        slices=slices,
        series=series,
        frame_of_reference=whole.text("FrameOfReferenceUID"),
        empty=all(owner not in (0, number) for _, owner in frames.frames),
        problem=None,
        _reader=partial(_fill, frames, number),
    )


def _fill(frames: _Frames, number: int, grid: SeriesGrid) -> np.ndarray:
    """Return the mask, bool (columns, rows, slices), of a segment."""
    mask = np.zeros(grid.space.shape, bool)
    to_index = np.linalg.inv(np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.space.affine)
    for (frame, owner), pixels in zip(frames.frames, frames.pixels, strict=True):
        if owner not in (0, number):
            continue
        rows, columns = np.nonzero(pixels == number if owner == 0 else pixels)
        with quiet():
            start, down, along = _steps(frame, to_index, grid)
        index = start + np.outer(rows, down) + np.outer(columns, along)
        inside = ((index >= 0) & (index < grid.space.shape)).all()
        require(inside, f"reaches beyond {grid.name}; export the series as a whole")
        mask[tuple(index.T)] = True
    return mask


def _steps(frame: FrameAttributes, to_index: np.ndarray, grid: SeriesGrid) -> np.ndarray:
    """Return the voxel of a frame's first pixel, and the steps to the next row and column, whole numbers (3, 3).

    Raises:
        InputError: the pixels of the frame are not those of the series.
    """
    position, turn, size = map(frame.numbers, ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"))
    require((len(position), len(turn), len(size)) == (3, 6, 2), "does not say where its frames lie; export it again")
    turn_mm = np.multiply(turn[3:], size[0]), np.multiply(turn[:3], size[1])
    start = to_index[:3, :3] @ position + to_index[:3, 3]
    exact = np.stack([start, *(to_index[:3, :3] @ step_mm for step_mm in turn_mm)])
    whole = np.rint(exact)
    off = np.abs(exact - whole) * np.array([[1], [max(grid.space.shape)], [max(grid.space.shape)]])  # at the far end
    if off.max() > _OFF_PIXELS or (np.abs(whole[1:]).sum(axis=1) != 1).any():
        msg = f"lies on another grid than {grid.name}; resample it to that series"
        raise InputError(msg)
    return np.asarray(whole, np.int64)
