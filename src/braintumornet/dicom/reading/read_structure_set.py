"""RT Structure Set -> its structures, whose contours become masks on the grid of the series that they are drawn on.

Where what stands: DICOM PS3.3 C.8.8.5 (Structure Set), C.8.8.6 (ROI Contour), C.8.8.8 (RT ROI Observations).
"""

import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np

from braintumornet.core.text.errors import InputError, InputWarning, require
from braintumornet.dicom.contours import fill_contours
from braintumornet.dicom.reading.drawn_structure import DrawnStructure, attributes
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.dicom.frame_attributes import FrameAttributes
from braintumornet.prepare.input.dicom.read_files import quiet, read_object
from braintumornet.prepare.input.dicom.stack_slices import ROUNDING_MM, UNEVEN
from braintumornet.prepare.input.source_file import SourceFile

_XOR = ("CLOSEDPLANAR_XOR", "CLOSED_PLANAR_XOR")
_CLOSED = ("CLOSED_PLANAR", *_XOR)
_MARKERS = ("POINT",)


@dataclass(frozen=True, eq=False)
class _Contour:
    """One contour: its points (N, 3) in the scanner's axes, and the slice that it names, if it does."""

    kind: str
    points_mm: np.ndarray
    slice_uid: str
    frame: int | None


def read_structure_set(file: SourceFile) -> list[DrawnStructure]:
    """Return the structures of an RT Structure Set, in the order of their numbers.

    Args:
        file: DICOM.

    Raises:
        InputError: it is damaged or has no structure; says so without naming the file.
    """
    dataset = read_object(file)
    with quiet():
        whole = attributes(dataset)
        described = [attributes(item) for item in whole.sequence("StructureSetROISequence")]
        require(described, "it holds no structure; export it again")
        contours = _by_number(whole, "ROIContourSequence")
        observed = _by_number(whole, "RTROIObservationsSequence")
        series = _series_of(whole)
        found = []
        for roi in described:
            number = roi.whole("ROINumber")
            require(number is not None, "it is damaged: one of its structures has no number")
            found.append(_structure(roi, contours.get(number), observed.get(number), series))
        numbers = [each.number for each in found]
        require(len(set(numbers)) == len(numbers), "it is damaged: two of its structures have one number")
        return sorted(found, key=lambda each: each.number)


def _by_number(whole: FrameAttributes, name: str) -> dict[int | None, FrameAttributes]:
    items = map(attributes, whole.sequence(name))
    return {item.whole("ReferencedROINumber"): item for item in items}


def _series_of(whole: FrameAttributes) -> frozenset[str]:
    """Return the UIDs of all series that a structure set refers to."""
    found = set()
    for frame in map(attributes, whole.sequence("ReferencedFrameOfReferenceSequence")):
        for study in map(attributes, frame.sequence("RTReferencedStudySequence")):
            for series in map(attributes, study.sequence("RTReferencedSeriesSequence")):
                found.add(series.text("SeriesInstanceUID"))
    return frozenset(found - {""})


def _structure(
    roi: FrameAttributes, drawn: FrameAttributes | None, observed: FrameAttributes | None, series: frozenset[str]
) -> DrawnStructure:
    items = [] if drawn is None else [attributes(item) for item in drawn.sequence("ContourSequence")]
    contours = [_read_contour(item) for item in items]
    return DrawnStructure(
        number=roi.whole("ROINumber") or 0,
        name=roi.text("ROIName"),
        meaning="" if observed is None else observed.text("RTROIInterpretedType").upper(),
        slices=frozenset(contour.slice_uid for contour in contours) - {""},
        series=series,
        frame_of_reference=roi.text("ReferencedFrameOfReferenceUID"),
        empty=not contours,
        problem=_find_problem(contours),
        _reader=partial(_fill, contours),
    )


def _read_contour(item: FrameAttributes) -> _Contour:
    images = item.sequence("ContourImageSequence")
    image = attributes(images[0]) if images else None
    numbers = item.numbers("ContourData")
    whole = numbers if len(numbers) % 3 == 0 else ()
    return _Contour(
        kind=item.text("ContourGeometricType").upper(),
        points_mm=np.array(whole, np.float64).reshape(-1, 3),
        slice_uid="" if image is None else image.text("ReferencedSOPInstanceUID"),
        frame=None if image is None else image.whole("ReferencedFrameNumber"),
    )


def _find_problem(contours: Sequence[_Contour]) -> str | None:
    """Return why contours enclose nothing."""
    kinds = {contour.kind for contour in contours}
    if kinds and kinds <= {*_MARKERS}:
        return "consists of points, which enclose nothing"
    if kinds - {*_CLOSED}:
        opened = sum(contour.kind not in _CLOSED for contour in contours)
        return (
            f"has {opened} of {len(contours)} contours that are not closed in a plane; close them and export it again"
        )
    if any(not contour.points_mm.size for contour in contours):
        return "has a contour whose points cannot be read; export it again"
    return None


def _fill(contours: Sequence[_Contour], grid: SeriesGrid) -> np.ndarray:
    """Return the mask, bool (columns, rows, slices), of contours."""
    mask = np.zeros(grid.space.shape, bool)
    by_slice: dict[int, list[np.ndarray]] = defaultdict(list)
    for contour in contours:
        place = _find_place(contour, grid)
        by_slice[place].append(_in_pixels(contour, place, grid))
    columns, rows, _ = grid.space.shape
    for place, outlines in by_slice.items():
        mask[:, :, place] = fill_contours(outlines, (rows, columns)).T
    is_xor = all(contour.kind in _XOR for contour in contours)
    crossing = 0 if is_xor else sum(_cross(outlines, (rows, columns)) for outlines in by_slice.values())
    _warn(crossing, "has contours that cross or repeat each other; where they overlap is taken for a hole")
    _warn(_count_gaps(mask), "has no contour between two slices that have one; interpolate it if it should have one")
    return mask


def _find_place(contour: _Contour, grid: SeriesGrid) -> int:
    """Return the slice that a contour lies on: the one that it names, else the nearest."""
    if _names_slice(contour, grid):
        place = grid.place_of(contour.slice_uid, contour.frame)
        require(place is not None, f"is drawn on slices that {grid.name} lacks; export the series as a whole")
        return int(place or 0)
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.space.affine
    middle = contour.points_mm.mean(axis=0)
    along = float((np.linalg.inv(lps) @ [*middle, 1.0])[2])
    place = round(along)
    require(0 <= place < grid.space.shape[2], f"reaches beyond the slices of {grid.name}; export the series as a whole")
    return place


def _names_slice(contour: _Contour, grid: SeriesGrid) -> bool:
    """Say whether a contour names one slice: the object alone is not enough where it has several frames."""
    return bool(contour.slice_uid) and not (grid.is_multi_frame and contour.frame is None)


def _in_pixels(contour: _Contour, place: int, grid: SeriesGrid) -> np.ndarray:
    """Return the points (N, 2) of a contour as rows and columns of the slice that it lies on.

    Raises:
        InputError: it does not lie on it.
    """
    pixels = grid.to_pixels(contour.points_mm, place)
    off_mm = float(np.abs(pixels[:, 2]).max())
    if off_mm > max(UNEVEN * grid.space.spacing_mm[2], ROUNDING_MM):
        said = "the slice that it names" if _names_slice(contour, grid) else "any slice"
        msg = f"has a contour that lies up to {off_mm:.3g} mm off {said} of {grid.name}; draw it on that series"
        raise InputError(msg)
    outside = (pixels[:, :2] < -1).any() or (pixels[:, :2] > np.array(grid.space.shape[1::-1])).any()
    require(not outside, f"reaches beyond the image of {grid.name}; it was drawn on another series")
    return pixels[:, :2]


def _cross(outlines: Sequence[np.ndarray], shape: tuple[int, int]) -> bool:
    """Say whether contours of one slice overlap without one lying within the other, or are the same."""
    for first, second in combinations(outlines, 2):
        if (first.min(axis=0) > second.max(axis=0)).any() or (second.min(axis=0) > first.max(axis=0)).any():
            continue
        one, other = fill_contours([first], shape), fill_contours([second], shape)
        both, smaller, larger = int((one & other).sum()), *sorted((int(one.sum()), int(other.sum())))
        if both and (both < smaller or smaller == larger):
            return True
    return False


def _count_gaps(mask: np.ndarray) -> int:
    """Return how many empty slices lie between two that overlap."""
    there = np.asarray(mask.any(axis=(0, 1)))
    between = np.flatnonzero(there[:-2] & ~there[1:-1] & there[2:])
    return sum(bool((mask[:, :, place] & mask[:, :, place + 2]).any()) for place in between)


def _warn(slices: int, what: str) -> None:
    if slices:
        warnings.warn(f"{what} ({slices} slice{'s' * (slices > 1)})", InputWarning, stacklevel=3)
