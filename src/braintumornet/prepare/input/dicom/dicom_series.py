"""DICOM files of one or many patients -> the images of each examination, under pseudonyms."""

import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import blake2b
from math import inf
from typing import NoReturn

from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.prepare.input.dicom.dicom_headers import read_slices
from braintumornet.prepare.input.dicom.read_files import require_pydicom
from braintumornet.prepare.input.dicom.read_pixels import SliceReader, read_frames
from braintumornet.prepare.input.dicom.slice_facts import Identity, Slice
from braintumornet.prepare.input.dicom.split_series import Stack, split_series
from braintumornet.prepare.input.dicom.stack_slices import Grid, plane_of, stack_slices
from braintumornet.prepare.input.pseudonyms import Pseudonyms
from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.volumes.volume import Volume


def find_series(files: Sequence[SourceFile], pseudonyms: Pseudonyms) -> list[SourceImage]:
    """Return the images that DICOM files make; every study of a patient is a case.

    Args:
        files: DICOM, in any order.
        pseudonyms: of the patients.

    Raises:
        UsageError: pydicom is not installed.

    Warns:
        InputWarning: files that cannot be read were left out.
    """
    require_pydicom()
    slices = _read_all(files)
    patients = _studies_in_order([each.identity for each in slices])
    names = pseudonyms.name(patients)
    cases: dict[str, list[Slice]] = defaultdict(list)
    for each in slices:
        cases[names[each.identity.patient, each.identity.study]].append(each)
    return [image for case_id in sorted(cases) for image in _images_of(case_id, cases[case_id])]


def _read_all(files: Sequence[SourceFile]) -> list[Slice]:
    slices, damaged = [], 0
    for file in files:
        try:
            slices += read_slices(file)
        except InputError:
            damaged += 1
    if damaged:
        text = f"{damaged} of {len(files)} DICOM files cannot be read and are left out; copy or export them again"
        warnings.warn(text, InputWarning, stacklevel=3)
    return slices


def _studies_in_order(identities: Sequence[Identity]) -> dict[str, list[str]]:
    """Return patient -> UIDs of the studies, by time."""
    times: dict[str, dict[str, float]] = defaultdict(dict)
    for each in identities:
        earlier = times[each.patient].get(each.study, inf)
        times[each.patient][each.study] = min(earlier, each.study_time_s)
    return {
        patient: sorted(studies, key=lambda study: (studies[study], study))
        for patient, studies in sorted(times.items())
    }


def _images_of(case_id: str, slices: Sequence[Slice]) -> list[SourceImage]:
    """Return the images of a case; several of one series number are told apart by a second number."""
    series: dict[str, list[Slice]] = defaultdict(list)
    for each in slices:
        series[each.identity.series].append(each)
    numbered: dict[int, list[Stack]] = defaultdict(list)
    for uid in sorted(series, key=lambda uid: _order_of(series[uid])):
        for stack in split_series(series[uid]):
            numbered[_number_of(stack)].append(stack)
    return [
        _image_of(case_id, f"series-{number:03d}" + (f"-{place}" if len(stacks) > 1 else ""), stack)
        for number, stacks in sorted(numbered.items())
        for place, stack in enumerate(stacks, start=1)
    ]


def _order_of(slices: Sequence[Slice]) -> tuple[float, str]:
    times = [each.header.time_s for each in slices if each.header.time_s is not None]
    return min(times, default=inf), slices[0].identity.series


def _number_of(stack: Stack) -> int:
    return max(0, stack.slices[0].header.series_number or 0)


def _image_of(case_id: str, name: str, stack: Stack) -> SourceImage:
    stack = _without_equal(stack) if stack.repeats_unexplained else stack
    if stack.problem:
        header = _header_of(stack, None)
        files = _files_of(stack.slices)
        return SourceImage(case_id, name, header, None, stack.problem, stack.notes, _refuse, files, stack.slices)
    grid = stack_slices(stack.slices)
    header = _header_of(stack, grid)
    reader: Callable[[], Volume] = _refuse if grid.space is None else SliceReader(grid.slices, grid.space)
    files = _files_of(grid.slices)
    return SourceImage(case_id, name, header, grid.space, grid.problem, stack.notes, reader, files, grid.slices)


def _files_of(slices: Sequence[Slice]) -> tuple[SourceFile, ...]:
    return tuple(dict.fromkeys(each.file for each in slices))


def _refuse() -> NoReturn:
    msg = "cannot be used"
    raise InputError(msg)


def _header_of(stack: Stack, grid: Grid | None) -> SeriesHeader:
    """Return what all slices of a stack say together."""
    headers = [each.header for each in stack.slices]
    first = headers[0]
    times = [header.time_s for header in headers if header.time_s is not None]
    header = replace(
        first,
        time_s=min(times, default=None),
        b_value=max((header.b_value for header in headers if header.b_value is not None), default=None),
        has_gradients=any(header.has_gradients for header in headers),
        has_velocity_encoding=any(header.has_velocity_encoding for header in headers),
        temporal_positions=max(stack.volumes, *(header.temporal_positions for header in headers)),
        orientations=stack.orientations,
        slices=len(stack.slices),
    )
    if grid is None:
        return header
    plane = plane_of(grid.slices[0].normal)
    if grid.space is None:
        return replace(header, plane=plane)
    spacing_mm = grid.space.spacing_mm
    return replace(header, plane=plane, spacing_mm=spacing_mm, coverage_mm=spacing_mm[2] * len(grid.slices))


def _without_equal(stack: Stack) -> Stack:
    """Leave out slices that hold the same pixels at the same place as another: the series was stored twice."""
    unique: dict[tuple[tuple[float, ...], bytes], Slice] = {}
    for each in stack.slices:
        try:
            (pixels,) = read_frames(each.file, [each.frame], each.frames)
        except InputError:
            return stack
        unique.setdefault((each.position_mm, blake2b(pixels.tobytes()).digest()), each)
    return stack.of(list(unique.values()))
