"""Masks as SEG, RTSTRUCT and report, read back by programs that share nothing with ours."""

import json
import shutil
import subprocess
import warnings
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pydicom
import pytest

from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, InputWarning, UsageError
from braintumornet.dicom.objects.object_formats import OBJECT_FORMATS, parse_formats
from braintumornet.dicom.objects.objects_of_prediction import write_objects
from braintumornet.dicom.series_grid import read_series
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume, to_ras

from ..prepare.write_dicom import T1C, head_phantom, write_series
from .conftest import PLANES, MakeSeries, ball, lesions, middle_mm
from .independent_readers import TOOLS, are_same_points, faults_of, points_of, read_segments, read_structures

NEVER = "never validated on patients with expert labels"
SERIES = [(plane, enhanced) for plane in PLANES for enhanced in (False, True)]

needs_dcmqi = pytest.mark.skipif(not (TOOLS / "segimage2itkimage").exists(), reason="dcmqi is not installed")
needs_dciodvfy = pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools is not installed")


def record_of(**tissues: object) -> PredictionRecord:
    """What a prediction of a glioma and a marker says."""
    file = {"name": "c_glioma.nii.gz", "coding": "brats2023", "regions": ["WT", "TC", "ET"]}
    outline = {"kind": "segmentation", "target": "seg", "regions": ["WT", "TC", "ET"], "files": [file], **tissues}
    return PredictionRecord(
        case_id="c",
        validation=NEVER,
        segmentation={"glioma": outline},
        classification={"idh": {"target": "idh", "probabilities": {"mutant": 0.7, "wild type": 0.3}}},
        provenance={"run": "first", "model": "abc123", "version": "0.1.0"},
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory):
    """Objects of all formats on a series, made once for each: plane, enhanced -> what was put in, and the files."""
    made = {}

    def write(plane: str, enhanced: bool) -> SimpleNamespace:
        if (plane, enhanced) not in made:
            folder = tmp_path_factory.mktemp("objects")
            made[plane, enhanced] = _write(folder, plane, enhanced)
        return made[plane, enhanced]

    return write


def _write(folder: Path, plane: str, enhanced: bool) -> SimpleNamespace:
    volume = head_phantom((48, 40, 24), 4.0, oblique_deg=25 if plane == "oblique" else 0)
    header = {**T1C, "PatientSex": "F"}
    write_series(
        volume, folder / "s", header=header, number=4, plane=PLANES[plane], enhanced=enhanced, patient="NOBODY"
    )
    series = read_series(folder / "s")
    tumour = lesions(series.space)
    middle = middle_mm(series.space)
    regions = {"WT": tumour | ball(series.space, middle, 32) & ~ball(series.space, middle, 8), "TC": tumour}
    regions["ET"] = tumour & ~ball(series.space, np.add(middle, (45, 20, 10)), 6)
    labels = np.zeros(series.space.shape, np.uint8)
    for region, label in (("WT", 2), ("TC", 1), ("ET", 3)):
        labels[regions[region]] = label
    write_volume(to_ras(Volume(labels, series.space)), folder / "masks" / "c_glioma.nii.gz")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning of a library could name the patient
        files = write_objects(record_of(), folder / "masks", series, folder / "dicom", OBJECT_FORMATS)
    return SimpleNamespace(series=series, regions=regions, labels=labels, files=files, folder=folder)


@needs_dcmqi
@pytest.mark.parametrize(("plane", "enhanced"), SERIES)
def test_a_segmentation_has_the_same_voxels(plane: str, enhanced: bool, written, tmp_path: Path) -> None:
    made = written(plane, enhanced)
    space = made.series.space

    def points(mask: np.ndarray) -> np.ndarray:
        return np.asarray(np.argwhere(mask) @ space.affine[:3, :3].T + space.affine[:3, 3])

    segments = read_segments(made.folder / "dicom" / "c_glioma_seg.dcm", tmp_path / "seg")
    for segment, mask in zip(segments, made.regions.values(), strict=True):
        assert are_same_points(points_of(segment), points(mask))
    (labelmap,) = read_segments(made.folder / "dicom" / "c_glioma_seg-labelmap.dcm", tmp_path / "map")
    array = np.asanyarray(labelmap.dataobj)
    assert [int((array == n).sum()) for n in (1, 2, 3)] == [int((made.labels == n).sum()) for n in (1, 2, 3)]
    lesions_there = read_segments(made.folder / "dicom" / "c_glioma_seg-lesions.dcm", tmp_path / "lesions")
    assert len(lesions_there) == 3
    union = np.vstack([points_of(lesion) for lesion in lesions_there])
    assert are_same_points(union, points(made.regions["TC"]))


@pytest.mark.parametrize("holes", ["rtstruct", "rtstruct-keyhole"])
@pytest.mark.parametrize(("plane", "enhanced"), SERIES)
def test_contours_give_back_the_mask(plane: str, enhanced: bool, holes: str, written) -> None:
    made = written(plane, enhanced)
    read = read_structures(made.folder / "dicom" / f"c_glioma_{holes}.dcm", made.folder / "s")
    assert list(read) == ["WT", "TC", "ET", "GTV_01", "GTV_02", "GTV_03"]
    found = {name: np.zeros(made.series.space.shape, bool) for name in read}
    for name, slices in read.items():
        for (uid, frame), mask in slices.items():
            place = made.series.place_of(uid, frame if enhanced else None)
            found[name][:, :, place] = mask.T
    for name, mask in made.regions.items():
        assert 2 * (found[name] & mask).sum() / (found[name].sum() + mask.sum()) >= 0.999
    assert min(found[name].sum() for name in found) * made.series.space.voxel_ml > 1
    together = found["GTV_01"] | found["GTV_02"] | found["GTV_03"]
    assert np.array_equal(together, found["TC"])
    assert found["GTV_01"].sum() > found["GTV_02"].sum() > found["GTV_03"].sum()


@needs_dciodvfy
@pytest.mark.parametrize(("plane", "enhanced"), SERIES)
def test_no_object_has_a_fault(plane: str, enhanced: bool, written) -> None:
    made = written(plane, enhanced)
    for name in ("glioma_seg", "glioma_seg-lesions", "glioma_rtstruct", "glioma_rtstruct-keyhole", "sr"):
        assert faults_of(made.folder / "dicom" / f"c_{name}.dcm") == []


@needs_dcmqi
def test_a_report_has_volumes_and_diameters(written, tmp_path: Path) -> None:
    made = written("axial", False)
    report = made.folder / "dicom" / "c_sr.dcm"
    command = [TOOLS / "tid1500reader", "--inputDICOM", report, "--outputMetadata", tmp_path / "sr.json"]
    subprocess.run(command, check=True, capture_output=True)
    groups = json.loads((tmp_path / "sr.json").read_text())["Measurements"]
    told = {group["TrackingIdentifier"]: group for group in groups}
    assert list(told)[:6] == ["WT", "TC", "ET", "GTV_01", "GTV_02", "GTV_03"]
    volumes = {name: float(group["measurementItems"][0]["value"]) for name, group in list(told.items())[:6]}
    for name, mask in made.regions.items():
        assert volumes[name] == pytest.approx(mask.sum() * made.series.space.voxel_ml, rel=1e-5)
    assert {item["quantity"]["CodeMeaning"] for item in told["GTV_01"]["measurementItems"]} == {
        "Volume",
        "Long Axis",
        "Short Axis",
    }
    text = str(pydicom.dcmread(report))
    assert "Output of an algorithm, not a finding" in text
    assert "Probability of mutant" in text


def test_objects_say_what_they_are_and_nothing_more_of_the_patient(written) -> None:
    made = written("coronal", False)
    source = made.series.datasets[0]
    for file in made.files:
        if file.suffix == ".png":
            assert b"NOBODY" not in file.read_bytes()
            continue
        ds, stored = pydicom.dcmread(file), file.read_bytes()
        assert b"research use; not for clinical decisions" in stored
        assert NEVER.encode() in stored
        assert "never validated on patients" in ds.SeriesDescription
        assert (ds.PatientName, ds.PatientSex, ds.StudyInstanceUID) == ("NOBODY", "F", source.StudyInstanceUID)
        assert ds.SeriesInstanceUID != source.SeriesInstanceUID
        assert not ds.get("ReferringPhysicianName")
    assert "ReferringPhysicianName" not in source  # what was read is left as it was
    seg = pydicom.dcmread(made.folder / "dicom" / "c_glioma_seg.dcm")
    lesion = pydicom.dcmread(made.folder / "dicom" / "c_glioma_seg-lesions.dcm").SegmentSequence[0]
    assert [each.SegmentLabel for each in seg.SegmentSequence] == ["WT", "TC", "ET"]
    (algorithm,) = seg.SegmentSequence[0].SegmentationAlgorithmIdentificationSequence
    assert algorithm.AlgorithmParameters == f"model=abc123,validation={NEVER}"
    assert lesion.TrackingID == "GTV_01"
    structures = pydicom.dcmread(made.folder / "dicom" / "c_glioma_rtstruct.dcm")
    assert structures.ApprovalStatus == "UNAPPROVED"
    assert {each.RTROIInterpretedType for each in structures.RTROIObservationsSequence} == {"GTV"}
    images = structures.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert len(images.ContourImageSequence) == len(made.series.slices)


def test_the_same_lesion_has_the_same_uid_everywhere(written) -> None:
    made = written("axial", False)
    lesion = pydicom.dcmread(made.folder / "dicom" / "c_glioma_seg-lesions.dcm").SegmentSequence[1]
    assert lesion.TrackingUID in str(pydicom.dcmread(made.folder / "dicom" / "c_sr.dcm"))


@needs_dciodvfy
def test_one_lesion_alone_is_written(make_series: MakeSeries, tmp_path: Path) -> None:
    series = make_series()
    mask = ball(series.space, middle_mm(series.space), 20)
    write_volume(to_ras(Volume(mask.astype(np.uint8), series.space)), tmp_path / "masks" / "c_tumour.nii.gz")
    file = {"name": "c_tumour.nii.gz", "coding": "binary", "regions": ["tumour"]}
    record = record_of(regions=["tumour"], files=[file])
    files = write_objects(record, tmp_path / "masks", series, tmp_path / "dicom", ["sr", "rtstruct", "seg-labelmap"])
    assert [faults_of(each) for each in files if each.suffix == ".dcm" and "map" not in each.name] == [[]] * 4
    assert [roi.ROIName for roi in pydicom.dcmread(files[3]).StructureSetROISequence] == ["tumour", "GTV_01"]


def test_what_is_not_there_is_said(make_series: MakeSeries, tmp_path: Path) -> None:
    series = make_series()
    empty = np.zeros(series.space.shape, np.uint8)
    write_volume(to_ras(Volume(empty, series.space)), tmp_path / "masks" / "c_glioma.nii.gz")
    record = record_of(regions=["WT", "TC", "ET", "RC"], not_assessed={"RC": "needs t1c, which is missing"})
    with pytest.warns(InputWarning, match="case c: glioma outlines nothing, so it has no segmentation"):
        (report,) = write_objects(record, tmp_path / "masks", series, tmp_path / "dicom", ["rtstruct", "sr"])
    text = str(pydicom.dcmread(report))
    assert "RC is not assessed: it needs t1c, which is missing" in text
    assert "WT: nothing was outlined" in text


def test_bad_input_is_one_line(make_series: MakeSeries, tmp_path: Path) -> None:
    series = make_series()
    moved = Space(series.space.shape, series.space.affine.copy())
    moved.affine[0, 3] += 1
    write_volume(to_ras(Volume(lesions(moved).astype(np.uint8), moved)), tmp_path / "m" / "c_glioma.nii.gz")
    with pytest.raises(InputError, match="c_glioma.nii.gz and series-004 lie on different grids"):
        write_objects(record_of(), tmp_path / "m", series, tmp_path / "dicom", ["seg"])
    assert not (tmp_path / "dicom").exists()
    with pytest.raises(UsageError, match="format 'dcm' is not known"):
        parse_formats("nifti,dcm")
