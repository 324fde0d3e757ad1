"""`btn import-contours`: DICOM series with what was drawn on them become a cohort with the same masks."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest
from pydicom import Dataset

from braintumornet.core.cohort.case import Case
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.space import Space
from braintumornet.volumes.nifti import read_labels, read_space, read_volume
from braintumornet.volumes.volume import Volume, to_ras

from ..prepare.write_dicom import T1C, T2F, head_phantom, write_object, write_series
from .conftest import ball, lesions, middle_mm
from .structure_sets import read_slices, write_structure_set

Btn = Callable[..., tuple[int, str, str]]
SECRETS = ("JANE", "MUELLER", "19700101", "20240105", "planning of", "1.2.826.0.1.3680043", "Dr Secret")
HEAD = head_phantom((24, 20, 16), 8.0)


def scanned(folder: Path, patient: str = "DOE^JANE", study: str = "first") -> list[Dataset]:
    """Write a t1c and a t2f of a patient; return the slices of the t1c."""
    write_series(HEAD, folder / "t2f", header=T2F, number=2, plane="sagittal", patient=patient, study=study)
    write_series(HEAD, folder / "t1c", header=T1C, number=1, patient=patient, study=study)
    return read_slices(folder / "t1c")


def grid_of(slices: list[Dataset]) -> Space:
    first, last = slices[0], slices[-1]
    turn, spacing = np.array(first.ImageOrientationPatient, float), np.array(first.PixelSpacing, float)
    start = np.array(first.ImagePositionPatient, float)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = turn[:3] * spacing[1], turn[3:] * spacing[0]
    affine[:3, 2] = (np.array(last.ImagePositionPatient, float) - start) / (len(slices) - 1)
    affine[:3, 3] = start
    return Space((first.Columns, first.Rows, len(slices)), np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)


def whole_and_enhancing(space: Space) -> tuple[np.ndarray, np.ndarray]:
    middle = middle_mm(space)
    whole = ball(space, middle, 45)
    return whole, ball(space, np.add(middle, (8, 0, 4)), 22) & ~ball(space, np.add(middle, (8, 0, 4)), 9)


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open() as file:
        return list(csv.DictReader(file))


def answer(table: Path, **regions: str) -> Path:
    """Write regions for names into a table, as a person does in a spreadsheet; return a copy that has them."""
    rows = rows_of(table)
    copy = table.with_name("answered.csv")
    with copy.open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        for row in rows:
            region, _, target = regions.get(row["name"].replace(" ", "_"), row["region"]).partition("/")
            writer.writerow({**row, "region": region, "target": target or row["target"]})
    return copy


def import_all(btn: Btn, source: Path, out: Path, **regions: str) -> tuple[int, str, str]:
    code, _, errors = btn("import-contours", source, out)
    assert (code, errors) == (1, ""), errors
    return btn("import-contours", source, out, "--structures", answer(out / "structures.csv", **regions))


def check_regions(case: Case, target: str, wanted: dict[str, np.ndarray], space: Space) -> None:
    labels = read_labels(case.targets[target])
    found = region_masks(labels.array, case.coding, list(wanted))
    for place, (region, mask) in enumerate(wanted.items()):
        ours = to_ras(Volume(mask, space))
        assert ours.space == labels.space
        assert np.array_equal(found[place], ours.array), region


@pytest.mark.parametrize("holes", ["xor", "keyhole"])
def test_contours_become_a_cohort_once_their_names_are_confirmed(tmp_path: Path, btn: Btn, holes: str) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    slices = scanned(source)
    space = grid_of(slices)
    whole, enhancing = whole_and_enhancing(space)
    masks = {"FLAIR": whole, "Enhancing Dr Secret": enhancing, "Brainstem": whole}
    write_structure_set(source / "rs.dcm", slices, masks, holes=holes, kinds={"Brainstem": "ORGAN"})
    code, said, errors = btn("import-contours", source, out)
    assert (code, errors) == (1, "")
    assert not (out / "cohort.csv").exists()
    suggested = {row["name"]: (row["region"], row["target"], row["drawn"]) for row in rows_of(out / "structures.csv")}
    assert suggested == {
        "FLAIR": ("WT", "seg", "1 of 1"),
        "Enhancing Dr Secret": ("ET", "seg", "1 of 1"),
        "Brainstem": ("omit", "seg", "1 of 1"),
    }
    code, done, errors = btn("import-contours", source, out, "--structures", out / "structures.csv")
    assert (code, errors) == (0, "")
    (case,) = read_manifest(out / "cohort.csv")
    assert sorted(case.images) == ["t1c", "t2f"]
    assert read_space(case.targets["seg"]) == read_space(case.images["t1c"])  # as a preparation asks for
    check_regions(case, "seg", {"WT": whole, "ET": enhancing}, space)
    written = to_ras(Volume(HEAD.array.astype(np.float32), HEAD.space))
    assert np.array_equal(to_ras(read_volume(case.images["t1c"])).array, written.array)
    texts = [said, done, (out / "cohort.csv").read_text(), (out / "plan.csv").read_text()]
    assert not [secret for secret in SECRETS for text in texts if secret in text]


def test_segments_and_contours_of_several_observers_become_several_targets(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    slices = scanned(source)
    space = grid_of(slices)
    first, second = lesions(space), ball(space, middle_mm(space), 30)
    write_structure_set(source / "rs1.dcm", slices, {"GTV_01": first, "GTV_02": second}, number=90)
    write_structure_set(source / "rs2.dcm", slices, {"GTV": second, "GTV rater B": first}, number=91)
    segments = {"Whole tumour": second, "Rest": first}
    write_object(source / "seg.dcm", segmentation(slices, segments, "BINARY"))
    write_object(source / "map.dcm", segmentation(slices, {"one": second & ~first, "two": first}, "LABELMAP"))
    code, _, errors = import_all(
        btn, source, out, Whole_tumour="TC/seg_binary", Rest="omit", one="TC/seg_map", two="TC/seg_map"
    )
    assert (code, errors) == (0, "")
    (case,) = read_manifest(out / "cohort.csv")
    wanted = {
        "seg": first | second,
        "seg_2": second,
        "seg_b": first,
        "seg_binary": second,
        "seg_map": first | second,
    }
    assert sorted(case.targets) == sorted(wanted)
    for target, mask in wanted.items():
        check_regions(case, target, {"TC": mask}, space)


def segmentation(slices: list[Dataset], masks: dict[str, np.ndarray], kind: str) -> hd.seg.Segmentation:
    """Return a DICOM SEG of masks as highdicom makes it."""
    algorithm = hd.AlgorithmIdentificationSequence("test", hd.sr.CodedConcept("123110", "DCM", "AI"), "1")
    tumour = hd.sr.CodedConcept("108369006", "SCT", "Neoplasm")
    category = hd.sr.CodedConcept("49755003", "SCT", "Morphologically Altered Structure")
    described = [
        hd.seg.SegmentDescription(number, name, category, tumour, "AUTOMATIC", algorithm)
        for number, name in enumerate(masks, start=1)
    ]
    stacked = np.stack([mask.transpose(2, 1, 0) for mask in masks.values()], axis=-1).astype(np.uint8)
    for each in slices:
        each.StudyID, each.AccessionNumber, each.PatientSex, each.PatientName = "1", "1", "O", "DOE^JANE"
        each.ReferringPhysicianName = ""
    uid = hd.UID
    return hd.seg.Segmentation(
        slices, stacked, kind, described, uid(), 95 if kind == "BINARY" else 96, uid(), 1, "a", "b", "1", "c"
    )


def test_another_patient_without_a_structure_is_a_case_without_a_mask(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    slices = scanned(source / "a")
    scanned(source / "b", "MUELLER^HANS", "second")
    masks = {"GTV": lesions(grid_of(slices)), "Edema": np.zeros(grid_of(slices).shape, bool)}
    write_structure_set(source / "rs.dcm", slices, masks)
    code, _, errors = import_all(btn, source, out)
    assert code == 0
    assert "rtstruct-1, structure 2 is without a contour, and taken for not drawn" in errors
    assert sorted(len(case.targets) for case in read_manifest(out / "cohort.csv")) == [0, 1]


def test_the_table_is_never_overwritten_and_must_know_every_structure(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    slices = scanned(source)
    mask = lesions(grid_of(slices))
    write_structure_set(source / "rs.dcm", slices, {"GTV": mask, "thing": mask})
    assert btn("import-contours", source, out, "--json")[0] == 1
    table = out / "structures.csv"
    code, _, errors = btn("import-contours", source, out, "--structures", table)
    assert code == 1
    assert "line 3 says no region; write WT, TC, ET" in errors
    rows = table.read_text().splitlines()
    table.write_text("\n".join(rows[:2]) + "\n")
    before = table.read_text()
    code, _, errors = btn("import-contours", source, out)
    assert (code, "perhaps with your answers: add --structures" in errors) == (2, True)
    code, _, errors = btn("import-contours", source, out, "--structures", table)
    assert (code, "lacks 1 of the structures that were found" in errors) == (2, True)
    assert table.read_text() == before
    assert [row["name"] for row in rows_of(out / "structures_missing.csv")] == ["thing"]
    for region, said in (("XX", "has the region 'XX'; known:"), ("E", "has the region 'E'; ")):
        answered = answer(out / "structures_missing.csv", thing=region)
        assert said in btn("import-contours", source, out, "--structures", answered)[2]


def test_what_cannot_be_had_fails_its_case_alone_and_by_number(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    slices = scanned(source / "a")
    others = scanned(source / "b", "MUELLER^HANS", "second")
    mask = lesions(grid_of(slices))
    write_structure_set(source / "rs.dcm", slices, {"GTV": mask})

    def opened(dataset: Dataset) -> None:
        dataset.ROIContourSequence[0].ContourSequence[0].ContourGeometricType = "OPEN_PLANAR"

    write_structure_set(source / "open.dcm", others, {"GTV": mask}, alter=opened)
    code, _, errors = import_all(btn, source, out)
    assert code == 1
    assert errors.count("\n") == 1
    assert "rtstruct-1, structure 1 has 1 of " in errors
    assert "contours that are not closed in a plane; close them and export it again" in errors
    assert len(read_manifest(out / "cohort.csv")) == 1
    assert not [secret for secret in SECRETS if secret in errors]


def test_a_series_without_structures_says_what_is_missing(tmp_path: Path, btn: Btn) -> None:
    scanned(tmp_path / "dicom")
    code, said, errors = btn("import-contours", tmp_path / "dicom", tmp_path / "contours", "--json")
    assert (code, said) == (1, "")
    assert "holds no structure: expected RT Structure Sets or DICOM Segmentations beside their series" in errors


def test_json_says_what_came_of_it(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    slices = scanned(source)
    write_structure_set(source / "rs.dcm", slices, {"GTV": lesions(grid_of(slices))})
    code, said, _ = btn("import-contours", source, out, "--json")
    assert (code, json.loads(said)["cohort"], json.loads(said)["names"]) == (1, None, 1)
    code, said, _ = btn("import-contours", source, out, "--structures", out / "structures.csv", "--json")
    assert (code, json.loads(said)["cases"], json.loads(said)["failures"]) == (0, 1, [])


def test_masks_travel_along_when_the_cohort_is_prepared(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    slices = scanned(source)
    mask = lesions(grid_of(slices))
    write_structure_set(source / "rs.dcm", slices, {"GTV": mask})
    assert import_all(btn, source, out)[0] == 0
    how = ("--space", "original", "--skullstrip", "none", "--jobs", 1)
    assert btn("prepare", out / "cohort.csv", tmp_path / "prepared", *how)[0] == 0
    (case,) = read_manifest(tmp_path / "prepared" / "cohort.csv")
    assert case.coding == '{"1": "tumour_core"}'
    assert read_labels(case.targets["seg"]).array.sum() == mask.sum()


def test_the_image_that_was_drawn_on_is_used_rather_than_a_better_one(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    write_series(HEAD, source / "fine", header=T1C, number=1)
    write_series(head_phantom((24, 20, 10), 8.0), source / "coarse", header=T1C, number=3)
    drawn_on = read_slices(source / "coarse")
    mask = lesions(grid_of(drawn_on))
    write_structure_set(source / "rs.dcm", drawn_on, {"GTV": mask})
    assert import_all(btn, source, out)[0] == 0
    assert {row["series"]: row["decision"] for row in rows_of(out / "plan.csv")}["series-003"] == "spare"
    (case,) = read_manifest(out / "cohort.csv")
    check_regions(case, "seg", {"TC": mask}, grid_of(drawn_on))
    assert read_space(case.images["t1c"]) == read_space(case.targets["seg"])


def test_contours_on_what_is_no_sequence_are_refused(tmp_path: Path, btn: Btn) -> None:
    source, out = tmp_path / "dicom", tmp_path / "contours"
    scanned(source)
    others = {"ct": {**T1C, "Modality": "CT"}, "scout": {**T1C, "SeriesDescription": "localizer"}}
    for number, (name, header) in enumerate(others.items(), start=5):
        write_series(HEAD, source / name, header=header, number=number)
    scout = read_slices(source / "scout")
    ct = [pydicom.dcmread(path) for path in (source / "ct").iterdir()]
    mask = lesions(grid_of(scout))
    write_structure_set(source / "a.dcm", scout, {"GTV": mask})
    write_structure_set(source / "b.dcm", ct, {"Edema": mask}, number=91)
    said = []
    for omitted in ("GTV", "Edema"):
        out = tmp_path / omitted
        code, _, errors = import_all(btn, source, out, **{omitted: "omit"})
        assert (code, errors.count("\n")) == (1, 1)
        said.append(errors)
    assert "rtstruct-2, structure 1 is drawn on series-005, which is no MR image but of modality CT" in said[0]
    assert "rtstruct-1, structure 1 is drawn on series-006, which is not used (" in said[1]
    assert "write its sequence into plan.csv, and give the table back with --map" in said[1]
