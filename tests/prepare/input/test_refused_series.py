"""What no volume can be made of is refused with its series and the reason."""

from dataclasses import replace

import numpy as np
import pydicom
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.find_images import find_images

from ..write_dicom import ENHANCED_MR, head_phantom, write_object, write_series
from .reading import only, problem_of, require_same


@pytest.fixture
def head():
    return head_phantom()


def moved(shift_mm):
    """Return a header that moves slice k by shift_mm(k), in the scanner's axes."""
    head = head_phantom()
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ head.space.affine

    def position(place):
        # as `write_series` turns the phantom: first voxel right and anterior
        corner = lps @ [head.space.shape[0] - 1, head.space.shape[1] - 1, place, 1]
        return [f"{mm:.6f}" for mm in corner[:3] + shift_mm(place)]

    return {"ImagePositionPatient": position}


def test_the_header_that_moves_nothing_is_that_of_the_phantom(tmp_path, head):
    write_series(head, tmp_path, header=moved(lambda _: np.zeros(3)))
    require_same(only(tmp_path), head)


@pytest.mark.parametrize("enhanced", [False, True])
def test_a_missing_slice_is_said(tmp_path, enhanced):
    write_series(head_phantom((8, 8, 20)), tmp_path, without=(4, 5, 11), enhanced=enhanced, number=12)
    assert problem_of(tmp_path) == "lacks 3 of its slices; export it again as a whole"
    with pytest.raises(InputError, match=r"case patient-\w+: series-012 lacks 3 of its slices"):
        only(tmp_path).read()


def test_a_slice_missing_at_the_end_leaves_a_smaller_volume(tmp_path, head):
    write_series(head, tmp_path, without=(9,))
    assert only(tmp_path).header.slices == 9


def test_three_slices_are_no_image_of_a_head(tmp_path, head):
    write_series(head, tmp_path, without=range(3, 10))
    assert problem_of(tmp_path) == "has 3 slices; expected at least 8 for an image of a head"


def test_uneven_distances_are_refused(tmp_path, head):
    write_series(head, tmp_path, header=moved(lambda place: np.array([0, 0, 4.0 * (place == 5)])))
    assert problem_of(tmp_path) == "has slices at uneven distances, 6.8 to 14.8 mm"


def test_positions_rounded_to_a_tenth_of_a_millimetre_are_even(tmp_path):
    head = head_phantom((8, 8, 24), spacing_mm=0.7)
    rounded = {"ImagePositionPatient": lambda place: ["-3.0", "11.0", f"{7 + 0.84 * place:.1f}"]}
    write_series(head, tmp_path, header=rounded)
    assert only(tmp_path).header.spacing_mm[2] == pytest.approx(0.84, abs=0.01)


def test_a_sheared_stack_is_refused_and_a_hardly_sheared_one_keeps_its_place(tmp_path, head):
    step_mm = head.space.spacing_mm[2]
    for degrees, folder in ((5, tmp_path / "tilted"), (0.3, tmp_path / "hardly")):
        aside_mm = step_mm * np.tan(np.radians(degrees))
        write_series(head, folder, header=moved(lambda place, aside_mm=aside_mm: np.array([0, aside_mm * place, 0])))
    wanted = "is sheared by 5.0 degrees, as with a tilted gantry; resample it to a grid of right angles"
    assert problem_of(tmp_path / "tilted") == wanted
    last = only(tmp_path / "hardly").read().space
    expected_mm = head.space.affine @ [0, 0, 9, 1] - [0, 9 * step_mm * np.tan(np.radians(0.3)), 0, 0]
    np.testing.assert_allclose(last.affine @ [0, 0, 9, 1], expected_mm, atol=1e-3)


def test_a_slice_beside_the_others_is_refused(tmp_path, head):
    write_series(head, tmp_path, header=moved(lambda place: np.array([0, 20.0 * (place == 5), 0])))
    assert problem_of(tmp_path) == "has slices that lie up to 20 mm beside each other"


def test_slices_that_fan_out_are_refused(tmp_path, head):
    def turn(place):
        angle = np.radians(place / 4)
        return [f"{each:.8f}" for each in (1, 0, 0, 0, np.cos(angle), np.sin(angle))]

    write_series(head, tmp_path, header={"ImageOrientationPatient": turn})
    assert problem_of(tmp_path) == "has slices that are turned by more than 0.5 degrees against each other"


def test_different_pixels_at_one_position_are_refused(tmp_path, head):
    other = replace(head, array=head.array + np.int16(1))
    for seed, volume in enumerate((head, other)):
        header = {"SOPInstanceUID": lambda place, seed=seed: f"1.{seed + 1}.{place}"}
        write_series(volume, tmp_path, uid="1.2.3.4", seed=seed, header=header)
    wanted = "holds 2 slices at one position, and nothing in their headers tells them apart"
    assert problem_of(tmp_path) == wanted


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ({"Modality": "CT"}, "is no MR image but of modality CT"),
        ({"Modality": "JANE^DOE"}, "is no MR image"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4"}, "is no MR image but Segmentation Storage"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}, "is no MR image but Secondary Capture Image Storage"),
        ({"SOPClassUID": "1.3.46.670589.11.0.0.12.1"}, "is no MR image but a kind of object of its own"),
        ({"SamplesPerPixel": 3}, "is a picture in colours or inverted greys, no measurement"),
        ({"PhotometricInterpretation": "MONOCHROME1"}, "is a picture in colours or inverted greys, no measurement"),
        (
            {"ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]},
            "is a mosaic of many slices in one picture; export it as single slices or as an enhanced object",
        ),
        ({"Rows": 0}, "has no pixels"),
        ({"Rows": 60000}, "has slices of 60000 x 14 pixels, as no scanner makes; its header is damaged"),
        ({"ImagePositionPatient": None}, "does not say where its slices lie"),
        ({"ImageOrientationPatient": None}, "does not say where its slices lie"),
        (
            {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
            "does not say how its slices are turned (the directions in the header are not at right angles)",
        ),
        (
            {"PixelSpacing": [0, 1]},
            "does not say where its pixels lie (position or spacing in the header cannot be true)",
        ),
        ({0x00281053: ("LO", "1,5")}, "has a rescale slope or intercept that is no number"),
        ({0x00281052: ("LO", "nan")}, "has a rescale slope or intercept that is no number"),
        ({"RescaleSlope": 0}, "has a rescale slope of 0, which leaves no grey levels"),
    ],
)
def test_other_objects_and_headers_that_cannot_be_true(tmp_path, head, header, problem):
    write_series(head, tmp_path, header=header)
    assert problem_of(tmp_path) == problem


def test_frames_without_places_are_refused(tmp_path, head):
    write_series(head, tmp_path, enhanced=True)
    (file,) = tmp_path.iterdir()
    dataset = pydicom.dcmread(file)
    del dataset.PerFrameFunctionalGroupsSequence
    write_object(file, dataset)
    assert problem_of(tmp_path) == "has 10 frames and does not say where each lies"


def test_a_classic_object_of_several_frames_is_refused(tmp_path, head):
    write_series(head, tmp_path, header={"NumberOfFrames": 3})
    assert problem_of(tmp_path) == "has 3 frames and does not say where each lies"


def test_an_enhanced_localizer_of_three_planes_is_three_stacks(tmp_path):
    """As Siemens XA writes it: one object whose frames lie in three planes."""
    head = head_phantom((12, 12, 12))
    for plane in ("axial", "coronal", "sagittal"):
        write_series(head, tmp_path / plane, plane=plane, enhanced=True, without=range(3, 12))
    join_objects(tmp_path)
    images = find_images(tmp_path)
    assert [(image.header.orientations, image.header.slices) for image in images] == [(3, 3)] * 3


def test_two_contrasts_in_one_enhanced_object_are_two_images(tmp_path, head):
    later = replace(head, array=head.array + np.int16(100))
    for time, volume in enumerate((head, later), start=1):
        write_series(volume, tmp_path / str(time), enhanced=True, header={"TemporalPositionIdentifier": time})
    join_objects(tmp_path)
    first, second = find_images(tmp_path)
    require_same(first, head)
    require_same(second, later)


def join_objects(folder):
    """Join the frames of the enhanced objects in folders to one object, each frame with its own direction."""
    frames, pixels = [], []
    for file in sorted(folder.rglob("E*")):
        whole = pydicom.dcmread(file)
        file.unlink()
        turn = whole.SharedFunctionalGroupsSequence[0].pop("PlaneOrientationSequence")
        for group in whole.PerFrameFunctionalGroupsSequence:
            group.add(turn)
            frames.append(group)
        pixels.append(whole.PixelData)
    whole.PerFrameFunctionalGroupsSequence, whole.NumberOfFrames = frames, len(frames)
    whole.PixelData = b"".join(pixels)
    assert whole.SOPClassUID == ENHANCED_MR
    write_object(folder / "joined", whole)


@pytest.mark.parametrize("enhanced", [False, True])
def test_pixels_cut_short_are_said_with_case_and_series(tmp_path, head, enhanced):
    write_series(head, tmp_path, enhanced=enhanced)
    file = max(tmp_path.iterdir())
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"case patient-\w+: series-001: the pixels of one of its DICOM files are dam"):
        only(tmp_path).read()


def test_a_file_that_vanished_is_said(tmp_path, head):
    write_series(head, tmp_path)
    image = only(tmp_path)
    next(tmp_path.iterdir()).unlink()
    with pytest.raises(InputError, match="series-001: one of its files cannot be read: No such file or directory"):
        image.read()
