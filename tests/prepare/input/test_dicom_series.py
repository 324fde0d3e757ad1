"""DICOM series as scanners write them come back as the volumes that they were written from."""

import pickle
import shutil
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from braintumornet.core.text.errors import UsageError
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.unprocessed_scan import make_raw_phantom
from braintumornet.prepare.input.find_images import find_images
from braintumornet.prepare.input.pseudonyms import Pseudonyms

from ..write_dicom import HEADERS, T1C, T1N, T2F, T2W, head_phantom, write_series
from .reading import only, problem_of, require_same


@pytest.fixture
def head():
    return head_phantom()


@pytest.mark.parametrize("enhanced", [False, True])
@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal", None])
@pytest.mark.parametrize("oblique_deg", [0, 17])
def test_series_come_back_as_they_were(tmp_path, plane, enhanced, oblique_deg):
    head = head_phantom(oblique_deg=oblique_deg)
    written = write_series(head, tmp_path, plane=plane, enhanced=enhanced, header=T2F, seed=4)
    image = only(tmp_path)
    require_same(image, written)
    header = image.header
    assert header.plane == (plane or "axial")
    assert (header.repetition_ms, header.echo_ms, header.inversion_ms, header.flip_deg) == (9000, 86, 2500, 150)
    assert header.slices == written.space.shape[2]
    assert header.coverage_mm == pytest.approx(header.slices * written.space.spacing_mm[2])
    assert header.spacing_mm == pytest.approx(written.space.spacing_mm, abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_phantoms_as_scanned_come_back_in_every_orientation(tmp_path, seed):
    raw = make_raw_phantom(seed, PhantomSettings(shape=(28, 32, 30), spacing_mm=(8, 8, 8)))
    for number, (sequence, volume) in enumerate(raw.images.items(), start=1):
        write_series(volume, tmp_path, header=HEADERS[sequence], number=number, plane=None, enhanced=number % 2 == 0)
    images = find_images(tmp_path)
    for image, volume in zip(images, raw.images.values(), strict=True):
        require_same(image, volume, atol=0)


@pytest.mark.parametrize("enhanced", [False, True])
def test_each_slice_has_its_own_slope_and_intercept(tmp_path, head, enhanced):
    write_series(head, tmp_path, enhanced=enhanced, slopes=lambda place: (0.5 + place / 10, -7.0 - place))
    require_same(only(tmp_path), head, atol=0.5 * 2.5)


def test_old_files_without_preamble_and_value_representations_are_read(tmp_path, head):
    written = write_series(head, tmp_path, implicit=True)
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        meta = int.from_bytes(content[140:144], "little")  # the length of group 0002
        file.write_bytes(content[144 + meta :])
    require_same(only(tmp_path), written)


def test_the_order_and_names_of_files_change_nothing(tmp_path, head):
    for seed in (1, 2):
        for number, header in enumerate((T1N, T1C, T2W), start=1):
            write_series(head, tmp_path / str(seed) / str(number * seed), header=header, number=number, seed=seed)
    one, other = (find_images(tmp_path / str(seed)) for seed in (1, 2))
    assert [image.name for image in one] == ["series-001", "series-002", "series-003"]
    assert [image.header.description for image in one] == [image.header.description for image in other]


def test_patients_and_their_studies_are_cases_in_order_of_time(tmp_path, head):
    write_series(head, tmp_path / "a", patient="ROE", study="later", header={"StudyDate": "20240901"})
    write_series(head, tmp_path / "b", patient="ROE", study="sooner", header={"StudyDate": "20240102", "EchoTime": 33})
    write_series(head, tmp_path / "c", patient="DOE", header=T1N)
    images = find_images(tmp_path)
    visits = [image for image in images if image.case_id.endswith(("-1", "-2"))]
    assert [image.header.echo_ms for image in visits] == [33, None]
    assert len({image.case_id[: len("patient-00000000")] for image in images}) == 2
    assert len({image.case_id for image in images}) == 3


def test_a_patient_without_an_id_is_known_by_name_and_without_both_by_study(tmp_path, head):
    write_series(head, tmp_path / "a", study="1", header={"PatientID": ""})
    write_series(head, tmp_path / "b", study="2", header={"PatientID": None})
    write_series(head, tmp_path / "c", study="3", header={"PatientID": "", "PatientName": ""})
    cases = Counter(image.case_id.removesuffix("-1").removesuffix("-2") for image in find_images(tmp_path))
    assert sorted(cases.values()) == [1, 2]


@pytest.mark.parametrize("name", ["ANONYMOUS", "anon^^^^", "0000", "Unknown", "^^", "removed"])
def test_a_name_that_everybody_has_makes_no_two_studies_one_patient(tmp_path, head, name):
    for study in ("1", "2"):
        write_series(head, tmp_path / study, study=study, patient=name)
    assert not [image for image in find_images(tmp_path) if image.case_id.endswith("-2")]


@pytest.mark.parametrize("name", ["Nakamura", "Tester^A", "Xu", "100", "patient7"])
def test_a_name_that_only_begins_so_is_a_name(tmp_path, head, name):
    for study in ("1", "2"):
        write_series(head, tmp_path / study, study=study, patient=name)
    assert [image.case_id[-2:] for image in find_images(tmp_path)] == ["-1", "-2"]


def test_two_echoes_in_one_series_are_two_images(tmp_path, head):
    for echo_ms, uid_seed in ((12, 1), (96, 2)):
        write_series(head, tmp_path, header={**T2W, "EchoTime": echo_ms}, uid="1.2.3.4", seed=uid_seed)
    images = find_images(tmp_path)
    assert [image.name for image in images] == ["series-001-1", "series-001-2"]
    assert sorted(image.header.echo_ms for image in images) == [12, 96]
    for image in images:
        require_same(image, head)


@pytest.mark.parametrize(
    ("keyword", "values"),
    [
        ("AcquisitionNumber", (1, 2)),
        ("TemporalPositionIdentifier", (1, 2)),
        ("ImageType", (["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"])),
        ("InversionTime", (700, 2500)),
        ("FlipAngle", (4, 18)),
    ],
)
def test_two_contrasts_in_one_series_are_two_images(tmp_path, head, keyword, values):
    for seed, value in enumerate(values):
        write_series(head, tmp_path, header={**T1N, keyword: value}, uid="1.2.3.4", seed=seed)
    images = find_images(tmp_path)
    assert len(images) == 2
    for image in images:
        require_same(image, head)


def test_acquisition_numbers_that_interleave_one_image_do_not_split_it(tmp_path, head):
    write_series(head, tmp_path, header={"AcquisitionNumber": lambda place: 1 + place % 2})
    require_same(only(tmp_path), head)


def test_halves_that_interleave_are_no_images(tmp_path, head):
    """Two volumes, each acquired in two passes that count on: by their numbers, there would be four of double steps."""
    for volume in (0, 1):
        header = {"AcquisitionNumber": lambda place, volume=volume: 1 + 2 * volume + place % 2}
        other = replace(head, array=head.array + np.int16(volume))
        write_series(other, tmp_path, uid="1.2.3.4", seed=volume, header=header)
    assert "nothing in their headers tells them apart" in problem_of(tmp_path)


def test_a_slice_of_a_localizer_in_a_series_is_left_out_and_said(tmp_path, head):
    write_series(head, tmp_path, uid="1.2.3.4", header=T1N)
    lost = range(1, head.space.shape[0])
    write_series(head, tmp_path, uid="1.2.3.4", plane="sagittal", without=lost, seed=9, header=T1N)
    image = only(tmp_path)
    require_same(image, head)
    assert image.header.orientations == 1
    assert image.notes == ("1 slice of another direction, matrix or kind in this series left out",)


def test_a_localizer_of_three_planes_says_so(tmp_path):
    head = head_phantom((12, 12, 12))
    for seed, plane in enumerate(("axial", "coronal", "sagittal")):
        write_series(head, tmp_path, uid="1.2.3.4", plane=plane, seed=seed, without=range(3, 12))
    images = find_images(tmp_path)
    assert [image.header.orientations for image in images] == [3, 3, 3]
    assert {image.problem for image in images} == {"has 3 slices; expected at least 8 for an image of a head"}


def test_a_time_series_is_one_image_with_the_reason(tmp_path):
    head = head_phantom((8, 8, 10))
    for time in range(6):
        header = {"TemporalPositionIdentifier": time + 1}
        write_series(head, tmp_path, uid="1.2.3.4", seed=time, header=header)
    image = only(tmp_path)
    assert image.problem == "holds 6 images of the same place: a time series, diffusion or flow"
    assert image.header.temporal_positions == 6


def test_a_file_that_was_copied_counts_once(tmp_path, head):
    written = write_series(head, tmp_path)
    shutil.copytree(tmp_path, tmp_path / "again")
    require_same(only(tmp_path), written)


def test_a_series_stored_twice_under_other_uids_counts_once(tmp_path, head):
    for seed in (1, 2):
        write_series(
            head, tmp_path, uid="1.2.3.4", seed=seed, header={"SOPInstanceUID": lambda k, s=seed: f"1.{s}.{k}"}
        )
    require_same(only(tmp_path), head)


def test_scaling_of_the_slice_thickness_means_nothing(tmp_path, head):
    write_series(head, tmp_path, header={"SliceThickness": 1, "SpacingBetweenSlices": 2})
    require_same(only(tmp_path), head)


def test_two_series_of_one_number_have_names_of_their_own(tmp_path, head):
    for seed, time in ((1, "101010"), (2, "091010")):
        write_series(head, tmp_path, seed=seed, header={"AcquisitionTime": time, "EchoTime": seed})
    images = find_images(tmp_path)
    assert [(image.name, image.header.echo_ms) for image in images] == [("series-001-1", 2), ("series-001-2", 1)]


def test_the_case_ids_are_those_of_the_key(tmp_path, head):
    write_series(head, tmp_path / "in")
    ids = {find_images(tmp_path / "in", Pseudonyms(tmp_path / "key.csv"))[0].case_id for _ in range(2)}
    assert len(ids) == 1


def test_images_travel_to_other_processes(tmp_path, head):
    write_series(head, tmp_path)
    image = pickle.loads(pickle.dumps(only(tmp_path)))
    require_same(image, head)


def test_without_pydicom_the_extra_is_named(tmp_path, head, monkeypatch):
    write_series(head, tmp_path)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(UsageError, match=r'install it with pip install "braintumornet\[dicom\]"'):
        find_images(tmp_path)
