"""Files in the grid of the input."""

import json
import threading
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.label_scheme import region_masks
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.prediction_record import read_prediction
from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.output.write_prediction import REGION_FILES, write_prediction
from braintumornet.volumes.nifti import read_labels

RAS = Space((6, 7, 8), np.array([[2.0, 0, 0, -5], [0, 2, 0, -6], [0, 0, 3, 4], [0, 0, 0, 1]]))
LPS = Space((6, 7, 8), np.array([[-2.0, 0, 0, 5], [0, -2, 0, 6], [0, 0, 3, 4], [0, 0, 0, 1]]))
BOX = Space((3, 3, 3), np.array([[2.0, 0, 0, -3], [0, 2, 0, -2], [0, 0, 3, 7], [0, 0, 0, 1]]))  # from (1, 2, 1)

ABOUT = {"glioma": {"target": "seg", "where": {"pathology": "hgg"}}, "genotype": {"target": "genotype", "where": {}}}


def predict(regions: tuple[str, ...], native: Space) -> Prediction:
    probabilities = np.zeros((len(regions), 3, 3, 3), np.float32)
    probabilities[:, 0, 0, 0] = 0.9
    probabilities[:, 1, 1, 1] = 0.4
    maps = {"glioma": RegionMap(regions, probabilities)}
    return Prediction("a", BOX, native, maps, {"genotype": {"x": 0.7, "y": 0.3}}, ("a note",))


@pytest.mark.parametrize("native", [RAS, LPS])
def test_labels_lie_in_the_grid_of_the_input(native: Space, tmp_path: Path) -> None:
    native = RAS if native is RAS else Space(LPS.shape, _flipped(RAS))
    write_prediction(predict(("WT", "TC", "ET"), native), tmp_path, ABOUT)
    image = nib.load(tmp_path / "a_glioma.nii.gz")
    np.testing.assert_allclose(image.affine, native.affine)
    labels = np.asarray(image.dataobj)
    (index,) = np.argwhere(labels)
    assert labels.max() == 3
    np.testing.assert_allclose((image.affine @ [*index, 1])[:3], BOX.affine[:3, 3])


def test_masks_lie_where_a_region_leads_and_probabilities_are_written_as_they_are(tmp_path: Path) -> None:
    sums = np.full((1, 3, 3, 3), 0.6, np.float32)
    decision_scores = np.zeros_like(sums)
    decision_scores[0, 1, 1, 1] = 0.7
    prediction = Prediction("a", BOX, BOX, {"glioma": RegionMap(("WT",), sums, decision_scores)}, {})
    write_prediction(prediction, tmp_path, ABOUT, probabilities=True)
    assert np.asarray(nib.load(tmp_path / "a_glioma.nii.gz").dataobj).sum() == 1
    np.testing.assert_allclose(nib.load(tmp_path / "a_glioma_prob.nii.gz").get_fdata(), 0.6, atol=0.01)


WHY = {"ET": "needs t1c, which is missing"}


def test_what_is_not_assessed_is_in_no_file_and_has_no_volume(tmp_path: Path) -> None:
    prediction = replace(predict(("WT", "TC"), RAS), not_assessed={"glioma": WHY}, sequences=("t2f",))
    write_prediction(prediction, tmp_path, ABOUT)
    record = read_prediction(tmp_path / "a.json")
    outline = record.segmentation["glioma"]
    assert record.sequences == ["t2f"]
    assert (outline.regions, outline.assessed, outline.not_assessed) == (["WT", "TC", "ET"], ["WT", "TC"], WHY)
    assert outline.volume_ml.keys() == {"WT", "TC"}
    (file,) = outline.files
    assert (file.coding, file.regions) == ('{"1": "tumour_core", "2": "oedema"}', ["WT", "TC"])
    labels = read_labels(tmp_path / file.name).array
    assert set(np.unique(labels)) == {0, 1}  # the voxel is core, which would be 3 where it enhances
    assert record.remarks == ["glioma ET is not assessed: it needs t1c, which is missing", "a note"]


def test_where_nothing_is_assessed_no_mask_is_left_of_an_earlier_prediction(tmp_path: Path) -> None:
    about = {**ABOUT, "glioma": {**ABOUT["glioma"], "regions": ["ET"]}}
    write_prediction(predict(("ET",), RAS), tmp_path, about)
    assert (tmp_path / "a_glioma.nii.gz").exists()
    blind = replace(predict(("ET",), RAS), maps={}, not_assessed={"glioma": WHY})
    outline = write_prediction(blind, tmp_path, about).segmentation["glioma"]
    assert (outline.regions, outline.files, outline.volume_ml) == (["ET"], [], {})
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_each_region_lies_in_a_file_of_its_own_where_that_is_wanted(tmp_path: Path) -> None:
    prediction = replace(predict(("WT", "TC"), RAS), not_assessed={"glioma": WHY})
    write_prediction(prediction, tmp_path, ABOUT, also=[REGION_FILES])
    outline = read_prediction(tmp_path / "a.json").segmentation["glioma"]
    assert [file.name for file in outline.files] == ["a_glioma.nii.gz", "a_glioma_WT.nii.gz", "a_glioma_TC.nii.gz"]
    whole, *apart = (read_labels(tmp_path / file.name) for file in outline.files)
    for file, labels in zip(outline.files[1:], apart, strict=True):
        (mask,) = region_masks(whole.array, outline.files[0].coding, file.regions)
        (own,) = region_masks(labels.array, file.coding, file.regions)
        assert np.array_equal(own, mask)
        assert own.any()
    write_prediction(prediction, tmp_path, ABOUT)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.json", "a_glioma.nii.gz"]


def test_a_record_with_an_answer_to_what_is_not_assessed_is_refused(tmp_path: Path) -> None:
    write_prediction(replace(predict(("WT", "TC"), RAS), not_assessed={"glioma": WHY}), tmp_path, ABOUT)
    content = json.loads((tmp_path / "a.json").read_text())
    content["segmentation"]["glioma"]["volume_ml"]["ET"] = 0.0
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="region 'ET' is not assessed, and has an answer"):
        read_prediction(tmp_path / "a.json")


def _flipped(space: Space) -> np.ndarray:
    affine = space.affine.copy()
    for axis in (0, 1):
        affine[:3, 3] += affine[:3, axis] * (space.shape[axis] - 1)
        affine[:3, axis] *= -1
    return affine


def test_the_summary_says_what_is_where(tmp_path: Path) -> None:
    write_prediction(predict(("WT", "TC", "ET"), RAS), tmp_path, ABOUT)
    summary = json.loads((tmp_path / "a.json").read_text())
    assert summary["use"] == "research use; not for clinical decisions"
    about = summary["segmentation"]["glioma"]
    assert (about["target"], about["where"]) == ("seg", {"pathology": "hgg"})
    assert about["files"] == [{"name": "a_glioma.nii.gz", "coding": "brats2023", "regions": ["WT", "TC", "ET"]}]
    assert about["volume_ml"]["WT"] == pytest.approx(2 * 2 * 3 / 1000)
    assert summary["classification"]["genotype"]["probabilities"] == {"x": 0.7, "y": 0.3}
    assert summary["notes"] == ["a note"]


def test_regions_that_one_file_cannot_hold_get_one_each(tmp_path: Path) -> None:
    record = write_prediction(predict(("NCR", "CC", "WT"), RAS), tmp_path, ABOUT)
    names = [file.name for file in record.segmentation["glioma"].files]
    assert names == ["a_glioma_NCR.nii.gz", "a_glioma_CC.nii.gz", "a_glioma_WT.nii.gz"]
    assert np.asarray(nib.load(tmp_path / names[1]).dataobj).sum() == 1


def test_probabilities_are_written_when_asked_for(tmp_path: Path) -> None:
    write_prediction(predict(("WT", "TC", "ET"), RAS), tmp_path, ABOUT, probabilities=True)
    maps = nib.load(tmp_path / "a_glioma_prob.nii.gz").get_fdata()
    assert maps.shape == (6, 7, 8, 3)
    assert maps.max() == pytest.approx(0.9, abs=1e-6)


def test_two_writers_of_a_case_do_not_mix_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits until the first has written masks and numbers."""
    order = []
    other = threading.Thread(target=lambda: write_prediction(predict(("WT",), RAS), tmp_path, ABOUT))

    def note(path: Path, *given: object) -> None:
        if not other.ident:
            other.start()
            other.join(0.2)
        order.append(threading.current_thread() is other)

    monkeypatch.setattr("braintumornet.output.mask_files.write_volume", lambda volume, path: note(path))
    monkeypatch.setattr("braintumornet.output.write_prediction.write_json", note)
    write_prediction(predict(("WT",), RAS), tmp_path, ABOUT)
    other.join()
    assert order == [False, False, True, True]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("regions", [("WT", "TC", "ET"), ("ET", "TC", "WT"), ("TC", "ET"), ("ET", "ED"), ("WT", "ET")])
def test_volumes_are_those_of_the_written_mask_also_where_regions_are_not_nested(
    regions: tuple[str, ...], tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    shares = {"WT": 0.01, "TC": 0.3, "ET": 0.6, "ED": 0.5}  # the inner ones reach far outside the outer ones
    maps = np.stack([(rng.random(RAS.shape) < shares[region]).astype(np.float32) for region in regions])
    record = write_prediction(Prediction("a", RAS, RAS, {"glioma": RegionMap(regions, maps)}, {}), tmp_path, ABOUT)
    about = record.segmentation["glioma"]
    read = {}
    for file in about.files:
        labels = read_labels(tmp_path / file.name)
        masks = region_masks(labels.array, file.coding, file.regions)
        read |= {region: mask.sum() * labels.space.voxel_ml for region, mask in zip(file.regions, masks, strict=True)}
    assert about.volume_ml == pytest.approx(read, rel=1e-6)
    assert {region: measures.volume_ml for region, measures in about.measures.items()} == about.volume_ml
    assert json.loads((tmp_path / "a.json").read_text())["segmentation"]["glioma"]["volume_ml"] == about.volume_ml
    if set(regions) == {"WT", "TC", "ET"}:
        assert about.volume_ml["WT"] >= about.volume_ml["TC"] >= about.volume_ml["ET"] > 2
        truth = Case("a", "a", "c", {}, {"seg": tmp_path / "a_glioma.nii.gz"}, coding="brats2023", pathology="hgg")
        scores = evaluate_cohort(Cohort("c", (truth,)), tmp_path)
        csv = {s.structure: s.value for s in scores if s.metric == "volume_prediction_ml"}
        assert csv == pytest.approx(about.volume_ml, rel=1e-6)
        assert {s.value for s in scores if s.metric == "dice"} == {1.0}


def test_the_order_of_regions_changes_no_written_voxel(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    masks = {region: (rng.random(RAS.shape) < 0.4).astype(np.float32) for region in ("ED", "ET", "RC")}
    written = []
    for number, regions in enumerate(permutations(masks)):
        maps = {"glioma": RegionMap(regions, np.stack([masks[region] for region in regions]))}
        write_prediction(Prediction("a", RAS, RAS, maps, {}), tmp_path / str(number), ABOUT)
        written.append((tmp_path / str(number) / "a_glioma.nii.gz").read_bytes())
    assert len(set(written)) == 1


@pytest.mark.parametrize("native", [RAS, Space(RAS.shape, _flipped(RAS))], ids=["RAS", "LPS"])
def test_lesions_are_measured_where_the_file_has_them(native: Space, tmp_path: Path) -> None:
    made = replace(predict(("WT", "TC", "ET"), native), midplane=(1, 0, 0, -3))
    written = write_prediction(made, tmp_path, ABOUT)
    record = read_prediction(tmp_path / "a.json")
    assert record.model_dump_json() == written.model_dump_json()
    (lesion,) = record.segmentation["glioma"].measures["ET"].lesions
    image = nib.load(tmp_path / "a_glioma.nii.gz")
    (index,) = np.argwhere(np.asarray(image.dataobj) == 3)
    assert lesion.centroid_mm == pytest.approx((image.affine @ [*index, 1])[:3])
    assert (lesion.side, lesion.diameters.slice) == ("left", index[2])
    assert (lesion.diameters.longest_mm, lesion.diameters.perpendicular_mm) == pytest.approx((2, 2))
    assert lesion.diameters.measurable is False


def test_a_lesion_without_axial_slices_is_noted_with_its_task(tmp_path: Path) -> None:
    thick = Space(RAS.shape, np.diag([9.0, 2, 2, 1]))
    maps = {"glioma": RegionMap(("ET",), np.ones((1, *RAS.shape), np.float32))}
    record = write_prediction(Prediction("a", thick, thick, maps, {}), tmp_path, ABOUT)
    assert record.notes == [
        "glioma: no diameters of ET: response criteria measure in axial slices, and the slices are sagittal"
    ]
