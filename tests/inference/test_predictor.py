"""From a run and a case to a prediction."""

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from scipy import ndimage

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.prediction import Prediction
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.data.store.case_images import read_case
from braintumornet.inference.predictor import Predictor
from braintumornet.inference.trained_run import TrainingRecord
from braintumornet.networks.multi_task_network import MultiTaskNetwork
from braintumornet.output.write_prediction import write_prediction
from braintumornet.training.trainer import fit
from braintumornet.volumes.nifti import read_volume, write_volume
from braintumornet.volumes.volume import Volume


def untrained(config: ExperimentConfig, outline_bias: float = 0.0) -> Predictor:
    """Return a predictor whose mask leans one way."""
    torch.manual_seed(0)
    network = MultiTaskNetwork(config.backbone, config.tasks, len(config.sequences))
    with torch.no_grad():
        network.heads["tumour"][-1].bias += outline_bias
    return Predictor(network, config)


def test_one_map_and_one_class_answer_per_case(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    prediction = untrained(tiny).predict(phantoms.cases[0])
    assert prediction.maps["tumour"].probabilities.shape == (3, *prediction.space.shape)
    assert sum(prediction.classes["genotype"].values()) == pytest.approx(1, abs=1e-5)


def test_without_a_tumour_the_class_is_read_at_the_brains_centre_and_said(
    phantoms: Cohort, tiny: ExperimentConfig
) -> None:
    nothing = untrained(tiny, outline_bias=-100).predict(phantoms.cases[0])
    assert nothing.notes == ("genotype: no tumour was predicted, so the class is read at the brain's centre",)
    assert untrained(tiny, outline_bias=100).predict(phantoms.cases[0]).notes == ()


@pytest.mark.parametrize("factor", [1e-9, 1e21])
def test_the_unit_of_the_grey_levels_does_not_matter(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path, factor: float
) -> None:
    case = phantoms.cases[0]
    scaled = {sequence: tmp_path / path.name for sequence, path in case.images.items()}
    for sequence, path in case.images.items():
        volume = read_volume(path)
        write_volume(Volume((volume.array * factor).astype(np.float32), volume.space), scaled[sequence])
    predictor = untrained(tiny, outline_bias=-1.5)
    expected, found = predictor.predict(case), predictor.predict(replace(case, images=scaled))
    masks = expected.maps["tumour"].masks
    assert 0 < masks.sum() < masks.size
    np.testing.assert_array_equal(found.maps["tumour"].masks, masks)


def test_an_image_that_shows_nothing_is_refused(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    case = phantoms.cases[0]
    volume = read_volume(case.images["t1c"])
    flat_array = np.where(volume.array, np.float32(70), 0)
    flat_array[0, 0, :20] = np.arange(20)  # of fewer values, it would be a mask
    write_volume(Volume(flat_array, volume.space), tmp_path / "flat.nii.gz")
    flat = replace(case, images={**case.images, "t1c": tmp_path / "flat.nii.gz"})
    with pytest.raises(InputError, match=f"case {case.id}: t1c is 70 in nearly all of the brain"):
        untrained(tiny).predict(flat)


def test_what_is_odd_about_the_place_is_noted_and_kept_for_the_mask(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    case = phantoms.cases[0]
    image = nib.load(case.images["t2f"])
    moved = image.affine + np.array([[0, 0, 0, 7], [0] * 4, [0] * 4, [0] * 4])
    image.set_qform(moved, code=4)
    image.to_filename(tmp_path / "t2f.nii.gz")
    prediction = untrained(tiny).predict(replace(case, images={"t2f": tmp_path / "t2f.nii.gz"}))
    said = "t2f: sform and qform lie up to 7 mm apart; sform is used, and other programs may use qform"
    assert said in prediction.notes
    write_prediction(prediction, tmp_path, {"tumour": {"target": "seg"}, "genotype": {"target": "genotype"}})
    assert said in (tmp_path / f"{case.id}.json").read_text()
    header = nib.load(tmp_path / f"{case.id}_tumour.nii.gz").header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 4)
    np.testing.assert_allclose(header.get_qform(), moved, atol=1e-4)
    np.testing.assert_allclose(header.get_sform(), image.affine)


def test_small_tumours_are_left_out_of_the_masks_and_said(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    def answer(min_component_ml: float, tasks: list[str] | None = None) -> Prediction:
        content = tiny.model_dump(mode="json")
        content["tasks"][0]["min_component_ml"] = min_component_ml
        return untrained(ExperimentConfig.from_content(content, "small"), outline_bias=-1.5).predict(
            phantoms.cases[0], tasks
        )

    whole = answer(0)
    voxel_ml = whole.space.voxel_ml
    masks = whole.maps["tumour"].masks
    components, count = ndimage.label(masks.any(axis=0), np.ones((3, 3, 3)))
    voxels = np.bincount(components.ravel())[1:]
    assert min(voxels) < 10 < max(voxels)
    limit = 10.5 * voxel_ml
    large = np.isin(components, 1 + np.flatnonzero(voxels * voxel_ml >= limit))
    found = answer(limit)
    np.testing.assert_array_equal(found.maps["tumour"].masks, masks & large)
    np.testing.assert_array_equal(found.maps["tumour"].probabilities, whole.maps["tumour"].probabilities)
    few = count - np.count_nonzero(voxels * voxel_ml >= limit)
    assert found.notes[0] == f"tumour: {few} connected tumours under {limit:g} ml left out"
    assert answer(limit, ["genotype"]).notes == ()  # whoever asks for no outline is told nothing of it


def test_a_marker_that_sees_patches_is_averaged_over_windows(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    content = tiny.model_dump(mode="json")
    content["tasks"][1]["roi"] = "patch"
    prediction = untrained(ExperimentConfig.from_content(content, "patch")).predict(phantoms.cases[0])
    assert sum(prediction.classes["genotype"].values()) == pytest.approx(1, abs=1e-5)


def test_mirroring_makes_the_answer_symmetric(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    content = tiny.model_dump(mode="json") | {"inference": {"mirror": ["x", "z"]}}
    content["tasks"] = content["tasks"][:1]
    predictor = untrained(ExperimentConfig.from_content(content, "mirrored"))
    reader = predictor.readers[0]
    images, _ = read_case(phantoms.cases[0], tiny.sequences)
    patch = torch.from_numpy(images.image[:, :16, :16, :16])[None]
    present = torch.from_numpy(images.present)
    answer = reader.answer(patch, list(predictor.config.tasks), present)["tumour"]
    for axes in ((2,), (4,), (2, 4)):
        mirrored = reader.answer(patch.flip(axes), list(predictor.config.tasks), present)["tumour"]
        torch.testing.assert_close(answer, mirrored.flip(axes))


def test_a_run_predicts_as_the_network_that_was_trained(
    phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path
) -> None:
    fit(tiny, phantoms, RunFolder(tmp_path / "run"))
    first, second = (Predictor.from_run(tmp_path / "run").predict(phantoms.cases[0]) for _ in range(2))
    assert np.array_equal(first.maps["tumour"].probabilities, second.maps["tumour"].probabilities)
    assert first.provenance["config"] == tiny.fingerprint()


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is not a finished run: config\.yaml is missing; train one with `btn train"):
        Predictor.from_run(tmp_path)


def test_a_damaged_model_is_refused(phantoms: Cohort, tiny: ExperimentConfig, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    fit(tiny, phantoms, run)
    run.model.write_bytes(run.model.read_bytes()[:100])
    with pytest.raises(InputError, match=r"model\.safetensors is no readable checkpoint"):
        Predictor.from_run(run.path)


def test_a_later_scan_of_a_patient_who_trained_is_seen(phantoms: Cohort, tiny: ExperimentConfig) -> None:
    network = MultiTaskNetwork(tiny.backbone, tiny.tasks, len(tiny.sequences))
    first, second = phantoms.cases[:2]
    predictor = Predictor(network, tiny, record=TrainingRecord([first.id], [first.patient_id]))
    later = replace(first, id="another visit")
    seen = {case.id: predictor.predict(case, ["tumour"]).seen_in_training for case in (first, later, second)}
    assert seen == {first.id: True, "another visit": True, second.id: False}
    images, _ = read_case(first, tiny.sequences)  # of which nobody says whose they are
    assert predictor.predict_images(images, ["tumour"]).seen_in_training
