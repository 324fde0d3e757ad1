"""Contours of an independent writer become the masks that they were drawn around; what is wrong is refused."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset

from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.dicom.reading.drawn_structure import DrawnStructure
from braintumornet.dicom.reading.read_structure_set import read_structure_set
from braintumornet.dicom.reading.referenced_series import find_referenced_image, referenced_grid
from braintumornet.dicom.series_grid import SeriesGrid, find_series_images
from braintumornet.prepare.input.source_file import SourceFile
from braintumornet.volumes.volume import Volume, to_ras

from .conftest import MakeSeries, lesions
from .structure_sets import read_slices, write_structure_set

Write = Callable[..., DrawnStructure]


@pytest.fixture
def series(make_series: MakeSeries) -> SeriesGrid:
    return make_series("axial")


def folder_of(series: SeriesGrid) -> Path:
    return series.slices[0].file.path.parent


def read_first(path: Path) -> DrawnStructure:
    return read_structure_set(SourceFile(path))[0]


@pytest.fixture
def drawn(series: SeriesGrid, tmp_path: Path) -> Write:
    """Write the lesions of the axial series as a structure set that a change may have spoilt, and read it."""

    def write(alter: Callable[[Dataset], None] = lambda dataset: None, **others: object) -> DrawnStructure:
        mask = others.pop("mask", lesions(series.space))
        slices = read_slices(folder_of(series))
        return read_first(write_structure_set(tmp_path / "rs.dcm", slices, {"GTV": mask}, alter=alter, **others))

    return write


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
@pytest.mark.parametrize("plane", ["axial", "sagittal", "coronal", "oblique"])
@pytest.mark.parametrize("name_slices", [True, False])
def test_contours_become_the_mask_that_they_were_drawn_around(
    make_series: MakeSeries, tmp_path: Path, plane: str, holes: str, name_slices: bool
) -> None:
    series = make_series(plane)
    mask = lesions(series.space)
    slices = read_slices(folder_of(series))
    path = write_structure_set(tmp_path / "rs.dcm", slices, {"GTV": mask}, holes=holes, name_slices=name_slices)
    structure = read_first(path)
    image = find_referenced_image(structure, [series.image])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = structure.read(referenced_grid(structure, image))
    assert np.array_equal(found.array, to_ras(Volume(mask, series.space)).array)
    assert (structure.name, structure.meaning, structure.empty, structure.problem) == ("GTV", "GTV", False, None)
    assert "GTV" not in repr(structure).replace("meaning='GTV'", "")


@pytest.mark.parametrize("name_frame", [True, False])
def test_contours_on_an_enhanced_object_may_name_its_frames(
    make_series: MakeSeries, tmp_path: Path, name_frame: bool
) -> None:
    classic, enhanced = make_series("axial"), make_series("axial", enhanced=True)
    uid = enhanced.slices[0].identity.sop_instance

    def name_frames(dataset: Dataset) -> None:
        for contour in dataset.ROIContourSequence[0].ContourSequence:
            image = contour.ContourImageSequence[0]
            place = classic.place_of(image.ReferencedSOPInstanceUID)
            image.ReferencedSOPInstanceUID = uid
            image.ReferencedFrameNumber = enhanced.slices[place or 0].frame + 1 if name_frame else None

    mask = lesions(classic.space)
    slices = read_slices(folder_of(classic))
    structure = read_first(write_structure_set(tmp_path / "rs.dcm", slices, {"GTV": mask}, alter=name_frames))
    image = find_referenced_image(structure, [classic.image, enhanced.image])
    assert image is enhanced.image
    found = structure.read(referenced_grid(structure, image))
    assert np.array_equal(found.array, to_ras(Volume(mask, enhanced.space)).array)


def contours_of(dataset: Dataset) -> list[Dataset]:
    return list(dataset.ROIContourSequence[0].ContourSequence)


def opened(dataset: Dataset) -> None:
    contours_of(dataset)[0].ContourGeometricType = "OPEN_PLANAR"


def points(dataset: Dataset) -> None:
    for contour in contours_of(dataset):
        contour.ContourGeometricType = "POINT"


def two_numbers(dataset: Dataset) -> None:
    contours_of(dataset)[0].ContourData = [1, 2]


@pytest.mark.parametrize(
    ("alter", "said"),
    [(opened, "contours that are not closed in a plane"), (points, "consists of points"), (two_numbers, "be read")],
)
def test_contours_that_enclose_nothing_say_so(drawn: Write, alter: Callable[[Dataset], None], said: str) -> None:
    assert said in str(drawn(alter).problem)


def other_series(dataset: Dataset) -> None:
    for contour in contours_of(dataset):
        contour.ContourImageSequence[0].ReferencedSOPInstanceUID = "1.2.3"


def other_frame(dataset: Dataset) -> None:
    dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID = "1.2.3"


def no_reference(dataset: Dataset) -> None:
    del dataset.ReferencedFrameOfReferenceSequence
    for contour in contours_of(dataset):
        del contour.ContourImageSequence


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        (other_series, "is drawn on a series that is not here; put that series into the folder, too"),
        (other_frame, "lies in another frame of reference than series-004, so nobody knows where; "),
        (no_reference, "does not say on which series it is drawn; "),
    ],
)
def test_a_structure_that_is_not_of_the_series_is_refused(
    drawn: Write, series: SeriesGrid, alter: Callable[[Dataset], None], said: str
) -> None:
    structure = drawn(alter)
    with pytest.raises(InputError) as caught:
        referenced_grid(structure, find_referenced_image(structure, [series.image]))
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (range(11, 13), "is drawn on series-004, which lacks 2 of its slices; export it again as a whole"),
        (range(14), "is drawn on 7 slices that series-004 lacks; export the series as a whole"),
    ],
)
def test_a_series_that_lacks_slices_is_refused(drawn: Write, series: SeriesGrid, lost: range, said: str) -> None:
    structure = drawn()
    for place in lost:
        series.slices[place].file.path.unlink()
    (image,) = find_series_images([SourceFile(path) for path in folder_of(series).iterdir()])
    with pytest.raises(InputError) as caught:
        referenced_grid(structure, find_referenced_image(structure, [image]))
    assert str(caught.value) == said


def shifted(dataset: Dataset) -> None:
    for contour in contours_of(dataset):
        contour.ContourData = [float(mm) + 3 * (place % 3 == 2) for place, mm in enumerate(contour.ContourData)]


def test_contours_off_their_slices_are_refused(drawn: Write, series: SeriesGrid) -> None:
    with pytest.raises(
        InputError, match="has a contour that lies up to 3 mm off the slice that it names of series-004"
    ):
        drawn(shifted).read(series)
    with pytest.raises(InputError, match="lies up to 1.8 mm off any slice of series-004"):
        drawn(shifted, name_slices=False).read(series)


def test_contours_that_cross_or_leave_out_a_slice_are_warned_of(drawn: Write, series: SeriesGrid) -> None:
    def repeat(dataset: Dataset) -> None:
        first = contours_of(dataset)[0]
        dataset.ROIContourSequence[0].ContourSequence.append(first)

    def leave_out(dataset: Dataset) -> None:
        contours = contours_of(dataset)
        middle = contours[len(contours) // 2].ContourImageSequence[0].ReferencedSOPInstanceUID
        kept = [each for each in contours if each.ContourImageSequence[0].ReferencedSOPInstanceUID != middle]
        dataset.ROIContourSequence[0].ContourSequence = kept

    with pytest.warns(InputWarning, match=r"cross or repeat each other; .* \(1 slice\)"):
        drawn(repeat).read(series)
    with pytest.warns(InputWarning, match=r"has no contour between two slices that have one; .* \(1 slice\)"):
        drawn(leave_out).read(series)


def test_a_damaged_structure_set_is_refused_without_a_word_of_it(tmp_path: Path, drawn: Write) -> None:
    def no_structure(dataset: Dataset) -> None:
        dataset.StructureSetROISequence = []

    with pytest.raises(InputError, match="^it holds no structure; export it again$"):
        drawn(no_structure)
    (tmp_path / "rs.dcm").write_bytes((tmp_path / "rs.dcm").read_bytes()[:700])
    with pytest.raises(InputError) as caught:
        read_first(tmp_path / "rs.dcm")
    assert "DOE" not in str(caught.value)
