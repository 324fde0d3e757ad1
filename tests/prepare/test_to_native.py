"""Masks and maps of prepared cases on the grids on which the patients were scanned."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.api.predictions import Predictions
from braintumornet.api.raw_examinations import to_native
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.output.write_prediction import write_prediction
from braintumornet.volumes.nifti import read_channels, read_labels, read_space, write_channels, write_volume
from braintumornet.volumes.volume import Volume, axis_directions, ras_grid

from .conftest import OUTPUT, SCAN, TO_SCAN

CENTRE_MM = np.array([-20.0, -18.0, 22.0])


def _ball(labels: bool = True) -> Volume:
    """A ball of 7 mm around a point of the output."""
    index = np.indices(OUTPUT.shape).reshape(3, -1)
    mm = OUTPUT.affine[:3, :3] @ index + OUTPUT.affine[:3, 3:]
    inside = (np.linalg.norm(mm - CENTRE_MM[:, None], axis=0) < 7).reshape(OUTPUT.shape)
    return Volume(2 * inside.astype(np.uint8) if labels else 0.25 * inside.astype(np.float32), OUTPUT)


def _middle_mm(volume: Volume) -> np.ndarray:
    return volume.space.affine[:3, :3] @ np.argwhere(volume.array > 0.1).mean(axis=0) + volume.space.affine[:3, 3]


def test_a_mask_lies_where_the_patient_lay(make_prepared, tmp_path: Path):
    make_prepared("a")
    write_volume(_ball(), tmp_path / "masks" / "a_glioma.nii.gz")
    written, failures = to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")
    assert (written, failures) == ([tmp_path / "native" / "a_glioma.nii.gz"], [])
    assert axis_directions(read_space(written[0])) == axis_directions(SCAN)
    back = read_labels(written[0])
    assert back.space == ras_grid(SCAN)
    assert set(np.unique(back.array)) == {0, 2}
    assert np.allclose(_middle_mm(back), CENTRE_MM + TO_SCAN[:3, 3], atol=0.5)
    assert back.array.astype(bool).sum() * SCAN.voxel_ml == pytest.approx(4 / 3 * np.pi * 7**3 / 1000, rel=0.1)


def test_probabilities_keep_their_channels(make_prepared, tmp_path: Path):
    make_prepared("a")
    write_channels([_ball(False), _ball(False)], tmp_path / "masks" / "a_glioma_prob.nii.gz")
    (file,), _ = to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")
    first, second = read_channels(file)
    assert first.array.max() == pytest.approx(0.25, abs=0.01)
    assert np.array_equal(first.array, second.array)


def test_the_longest_case_id_that_fits_is_meant(make_prepared, tmp_path: Path):
    make_prepared("a", failure="registration failed")
    make_prepared("a_2")
    write_volume(_ball(), tmp_path / "masks" / "a_2_glioma.nii.gz")
    written, failures = to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")
    assert len(written) == 1
    assert failures == []


def test_a_case_that_failed_has_no_way_back(make_prepared, tmp_path: Path):
    make_prepared("a", failure="registration failed")
    write_volume(_ball(), tmp_path / "masks" / "a.nii.gz")
    written, (failure,) = to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")
    assert written == []
    assert failure.reason == "it was not prepared, so there is no way back: registration failed"


def test_a_mask_on_another_grid_is_refused(make_prepared, tmp_path: Path):
    make_prepared("a")
    write_volume(Volume(np.ones(SCAN.shape, np.uint8), SCAN), tmp_path / "masks" / "a.nii.gz")
    _, (failure,) = to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")
    assert "a.nii.gz and the prepared case lie on different grids" in failure.reason


def test_says_what_is_missing(make_prepared, tmp_path: Path):
    with pytest.raises(InputError, match="holds no prepared case"):
        to_native(tmp_path, tmp_path, tmp_path / "native")
    make_prepared("a")
    with pytest.raises(InputError, match="no .nii.gz file whose name begins with the id of a prepared case, such as a"):
        to_native(tmp_path, tmp_path / "prepared", tmp_path / "native")
    write_volume(_ball(), tmp_path / "masks" / "a.nii.gz")
    with pytest.raises(UsageError, match="case a has no t2f"):
        to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native", "t2f")
    with pytest.raises(UsageError, match="is where the masks lie that are read"):
        to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "masks")


def _predict(folder: Path) -> None:
    """Predict the ball, 20 mm to the left of the brain's midplane."""
    maps = {
        "glioma": RegionMap(("WT", "TC", "ET"), np.stack([0.9 * _ball().array.astype(bool)] * 3).astype(np.float32))
    }
    made = Prediction("a", OUTPUT, OUTPUT, maps, {}, midplane=(1.0, 0.0, 0.0, 0.0))
    write_prediction(made, folder, {"glioma": {"target": "seg"}})


def test_predictions_are_measured_anew_on_the_scan(make_prepared, tmp_path: Path):
    make_prepared("a")
    _predict(tmp_path / "masks")
    assert to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")[1] == []
    before, after = (Predictions(tmp_path / name)["a"].segmentation["glioma"] for name in ("masks", "native"))
    labels = read_labels(tmp_path / "native" / "a_glioma.nii.gz")
    (lesion,) = after.measures["ET"].lesions
    assert lesion.volume_ml == after.volume_ml["ET"] == pytest.approx(np.count_nonzero(labels.array) * SCAN.voxel_ml)
    assert lesion.centroid_mm == pytest.approx(_middle_mm(labels))
    assert (lesion.side, before.measures["ET"].lesions[0].side) == ("left", "left")
    assert lesion.diameters.longest_mm == pytest.approx(14, abs=1.5)
    table = Predictions(tmp_path / "native").measures
    assert (tmp_path / "native" / "measures.csv").read_text() == table.to_csv(index=False, lineterminator="\n")


def test_a_side_is_that_of_the_brain_wherever_the_scanner_had_it(make_prepared, tmp_path: Path):
    """The midplane goes with the head."""
    make_prepared("a")
    _predict(tmp_path / "masks")
    to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")
    plane = np.array(Predictions(tmp_path / "native")["a"].midplane)
    on_plane = TO_SCAN @ [0, 12, -7, 1]
    assert plane @ on_plane == pytest.approx(0)
    assert plane @ (TO_SCAN @ [6, 12, -7, 1]) == pytest.approx(6)


def test_what_another_tool_writes_beside_its_masks_is_left_aside(make_prepared, tmp_path: Path):
    make_prepared("a")
    write_volume(_ball(), tmp_path / "masks" / "a.nii.gz")
    (tmp_path / "masks" / "a.json").write_text('{"labels": [0, 2]}')
    (tmp_path / "native").mkdir()
    (tmp_path / "native" / "a.json").write_text("of an earlier prediction")
    written, failures = to_native(tmp_path / "masks", tmp_path / "prepared", tmp_path / "native")
    assert (len(written), failures) == (1, [])
    assert [file.name for file in (tmp_path / "native").iterdir()] == ["a.nii.gz"]
