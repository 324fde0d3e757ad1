"""Segments that highdicom wrote become the same voxels, whatever their frames; what does not fit is refused."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import Dataset

from braintumornet.core.text.errors import InputError
from braintumornet.dicom.reading.drawn_structure import DrawnStructure
from braintumornet.dicom.reading.read_segmentation import read_segmentation
from braintumornet.dicom.reading.referenced_series import find_referenced_image, referenced_grid
from braintumornet.dicom.series_grid import SeriesGrid
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.volumes.volume import Volume, to_ras

from ..prepare.write_dicom import write_object
from .conftest import MakeSeries, lesions
from .structure_sets import read_slices
from .test_import_contours import segmentation


def write_segments(
    series: SeriesGrid, path: Path, kind: str, alter: Callable[[Dataset], None] = lambda dataset: None
) -> list[DrawnStructure]:
    """Write two segments on a classic series, the second with a voxel in every corner, and read them."""
    slices = read_slices(series.slices[0].file.path.parent)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # highdicom's, of the name
        dataset = segmentation(slices, {"GTV": lesions(series.space), "corners": corners(series)}, kind)
    alter(dataset)
    write_object(path, dataset)
    return read_segmentation(SourceFile(path))


def corners(series: SeriesGrid) -> np.ndarray:
    mask = np.zeros(series.space.shape, bool)
    mask[:: mask.shape[0] - 1, :: mask.shape[1] - 1, :: mask.shape[2] - 1] = True
    mask[0, 0, 0] = False
    return mask


@pytest.mark.parametrize("kind", ["BINARY", "LABELMAP"])
@pytest.mark.parametrize("plane", ["axial", "sagittal", "oblique"])
def test_segments_become_the_voxels_that_they_were_made_of(
    make_series: MakeSeries, tmp_path: Path, plane: str, kind: str
) -> None:
    series = make_series(plane)
    first, second = write_segments(series, tmp_path / "seg.dcm", kind)
    assert (first.name, first.number, first.meaning, first.empty, first.problem) == ("GTV", 1, "108369006", False, None)
    image = find_referenced_image(first, [series.image])
    for structure, mask in ((first, lesions(series.space)), (second, corners(series))):
        found = structure.read(referenced_grid(structure, image))
        assert np.array_equal(found.array, to_ras(Volume(mask, series.space)).array)


def test_frames_that_run_the_other_way_are_turned(make_series: MakeSeries, tmp_path: Path) -> None:
    series = make_series("axial")

    def turn(dataset: Dataset) -> None:
        """Describe the same voxels with rows and columns that run backwards."""
        frames = dataset.pixel_array[:, ::-1, ::-1]
        shared = dataset.SharedFunctionalGroupsSequence[0]
        orientation = shared.PlaneOrientationSequence[0]
        along = np.array(orientation.ImageOrientationPatient, float)
        down_mm, across_mm = map(float, shared.PixelMeasuresSequence[0].PixelSpacing)
        corner = along[:3] * across_mm * (dataset.Columns - 1) + along[3:] * down_mm * (dataset.Rows - 1)
        for group in dataset.PerFrameFunctionalGroupsSequence:
            place = group.PlanePositionSequence[0]
            place.ImagePositionPatient = [*map(float, np.add(np.array(place.ImagePositionPatient, float), corner))]
        orientation.ImageOrientationPatient = [*map(float, -along)]
        dataset.PixelData = np.packbits(frames.ravel(), bitorder="little").tobytes()

    first, _ = write_segments(series, tmp_path / "seg.dcm", "BINARY", turn)
    found = first.read(series)
    assert np.array_equal(found.array, to_ras(Volume(lesions(series.space), series.space)).array)


def scaled(dataset: Dataset) -> None:
    dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [8, 8]


def moved(dataset: Dataset) -> None:
    for group in dataset.PerFrameFunctionalGroupsSequence:
        place = group.PlanePositionSequence[0]
        place.ImagePositionPatient = [float(mm) + 1.7 for mm in place.ImagePositionPatient]


def beyond(dataset: Dataset) -> None:
    for group in dataset.PerFrameFunctionalGroupsSequence:
        place = group.PlanePositionSequence[0]
        place.ImagePositionPatient = [float(mm) + 4 * (axis == 0) for axis, mm in enumerate(place.ImagePositionPatient)]


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (scaled, "lies on another grid than series-004; resample it to that series"),
        (moved, "lies on another grid than series-004; resample it to that series"),
        (beyond, "reaches beyond series-004; export the series as a whole"),
    ],
)
def test_segments_that_are_not_on_the_voxels_of_the_series_are_refused(
    make_series: MakeSeries, tmp_path: Path, alter: Callable[[Dataset], None], said: str
) -> None:
    series = make_series("axial")
    _, second = write_segments(series, tmp_path / "seg.dcm", "BINARY", alter)
    with pytest.raises(InputError) as caught:
        second.read(series)
    assert str(caught.value) == said


def test_fractions_and_damaged_objects_are_refused(make_series: MakeSeries, tmp_path: Path) -> None:
    def fractional(dataset: Dataset) -> None:
        dataset.SegmentationType = "FRACTIONAL"

    def short(dataset: Dataset) -> None:
        del dataset.PerFrameFunctionalGroupsSequence[-1]

    series, path = make_series("axial"), tmp_path / "seg.dcm"
    with pytest.raises(InputError, match="it says of each pixel how probable a segment is; export it as binary"):
        write_segments(series, path, "BINARY", fractional)
    with pytest.raises(InputError, match="it is damaged: it does not say where each of its frames lies"):
        write_segments(series, path, "BINARY", short)
    write_segments(series, path, "BINARY")
    dataset = pydicom.dcmread(path)
    dataset.PixelData = dataset.PixelData[:8]
    dataset.save_as(path)
    with pytest.raises(InputError, match="the pixels of one of its DICOM files are damaged"):
        read_segmentation(SourceFile(path))[0].read(series)
