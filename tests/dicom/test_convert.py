"""`btn predict --formats` and `btn convert`, as a user types them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

import braintumornet as btn_api
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.dicom.series_grid import read_series
from braintumornet.prepare.preparation_record import FILE, Grid, PreparationRecord, PreparedImage
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.volumes.nifti import read_labels, write_volume
from braintumornet.volumes.volume import Volume, ras_grid, to_ras

from ..prepare.write_dicom import T1C, T2F, head_phantom, write_series
from .conftest import MakeSeries, lesions
from .test_objects import record_of

Btn = Callable[..., tuple[int, str, str]]
SHIFT = np.array([[0, 0, 0, 0.5]] * 3 + [[0, 0, 0, 0]])
MOTION = np.array([[1.0, 0, 0, 6], [0, 1, 0, -5], [0, 0, 1, 4], [0, 0, 0, 1]])


@pytest.fixture
def predicted(make_series: MakeSeries, tmp_path: Path) -> Path:
    """A prediction on the grid of a prepared case, which was made from an axial series, moved by some mm."""
    series, folder = make_series(), tmp_path / "predictions"
    grid = ras_grid(series.space)
    write_volume(to_ras(Volume(3 * lesions(series.space).astype(np.uint8), series.space)), folder / "c_glioma.nii.gz")
    write_json(folder / "c.json", record_of().as_json())
    image = {"reason": "", "grid": Grid.of(series.space), "output_to_sequence_mm": MOTION.tolist()}
    history = PreparationRecord(
        version="0",
        case_id="c",
        fingerprint="f",
        settings={},
        reference="t1c",
        images={"t1c": PreparedImage(source="series-004", **image)},
        output=Grid.of(type(grid)(grid.shape, grid.affine + SHIFT)),
    )
    write_json(tmp_path / "prepared" / "c" / FILE, history.as_json())
    return folder


def test_a_prediction_on_the_grid_of_a_series_is_converted(predicted: Path, tmp_path: Path, btn: Btn) -> None:
    series = tmp_path / "series-axial-False"
    code, said, err = btn("convert", predicted, "--reference", series, "--formats", "seg,rtstruct-keyhole")
    assert (code, err) == (0, "")
    names = ["c_glioma_seg.dcm", "c_glioma_rtstruct-keyhole.dcm", "c_glioma_plan.png"]
    assert sorted(file.name for file in (predicted / "dicom").iterdir()) == sorted(names)
    assert all(name in said for name in names)
    assert len(pydicom.dcmread(predicted / "dicom" / names[0]).SegmentSequence) == 3


def test_a_prediction_of_a_prepared_case_is_brought_back_first(predicted: Path, tmp_path: Path) -> None:
    series = read_series(tmp_path / "series-axial-False")
    atlas = read_labels(predicted / "c_glioma.nii.gz")
    output = Grid.model_validate(read_json(tmp_path / "prepared" / "c" / FILE)["output"]).space
    write_volume(Volume(atlas.array, output), predicted / "c_glioma.nii.gz")
    files = btn_api.convert(
        predicted / "c.json", tmp_path / "series-axial-False", formats=["seg"], prepared=tmp_path / "prepared"
    )
    frames = pydicom.dcmread(files[0]).PerFrameFunctionalGroupsSequence
    found_mm = [float(group.PlanePositionSequence[0].ImagePositionPatient[2]) for group in frames]
    places = np.flatnonzero(lesions(series.space).any(axis=(0, 1)))
    drawn_mm = [series.slices[place].position_mm[2] for place in places]
    step = series.space.spacing_mm[2]
    assert min(found_mm) == pytest.approx(min(drawn_mm) + MOTION[2, 3] + 0.5, abs=step)
    assert max(found_mm) == pytest.approx(max(drawn_mm) + MOTION[2, 3] + 0.5, abs=step)


def test_a_series_that_does_not_fit_is_refused(
    predicted: Path, make_series: MakeSeries, tmp_path: Path, btn: Btn
) -> None:
    make_series("oblique")
    words = ("convert", predicted, "--reference", tmp_path / "series-oblique-False")
    code, _, err = btn(*words)
    assert code == 1
    assert "do not lie on the grid of series-004" in err
    code, _, err = btn(*words, "--prepared", tmp_path / "prepared")
    assert (code, err.count("\n")) == (1, 1)
    assert "series-004 lies on the grid of none of the images of case c (t1c)" in err
    shutil.copy(predicted / "c.json", predicted / "d.json")
    code, _, err = btn(*words)
    assert (code, "holds 2 predictions; name one of them" in err) == (2, True)
    code, _, err = btn(*words, "--formats", "nifti")
    assert (code, "format 'nifti' is not known" in err) == (2, True)
    assert not (predicted / "dicom").exists()


def test_one_command_from_dicom_to_objects(run: Path, tmp_path: Path, btn: Btn, monkeypatch) -> None:
    head, scans, out = head_phantom(), tmp_path / "scans", tmp_path / "out"
    write_series(head, scans / "t1c", header=T1C, number=1)
    write_series(Volume(1200 - head.array, head.space), scans / "t2f", header=T2F, number=2)
    monkeypatch.setattr(
        "braintumornet.api.raw_examinations._settings_of",
        lambda run, atlas: PrepareSettings(space="original", skullstrip="none"),
    )
    formats = "nifti,seg,rtstruct,sr,html"
    code, _, err = btn("predict", scans, "--run", run, "--output", out, "--formats", formats)
    assert code == 0, err
    (report,) = (out / "dicom").glob("*_sr.dcm")
    case_id = report.name.removesuffix("_sr.dcm")
    assert (out / f"{case_id}.html").is_file()
    assert "JANE" not in err
    assert pydicom.dcmread(report).PatientName == "DOE^JANE"
    outlined = read_labels(out / "native" / f"{case_id}_tumour.nii.gz").array.any()
    assert (out / "dicom" / f"{case_id}_tumour_seg.dcm").is_file() == outlined
    assert (out / "dicom" / f"{case_id}_tumour_rtstruct.dcm").is_file() == outlined
    code, _, err = btn("predict", out / "prepared", "--run", run, "--output", tmp_path / "p", "--formats", "seg")
    assert code == 2
    assert "seg refer to a DICOM series, and the images are no DICOM" in err
    code, _, err = btn("predict", scans, "--run", run, "--output", out, "--formats", "seg", "--no-page")
    assert (code, "omit --page and --no-page" in err) == (2, True)
