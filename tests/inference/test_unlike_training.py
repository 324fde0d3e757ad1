"""Examinations unlike those that a run learned from: other voxels, a skull, another background."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import read_json
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.space import Space
from braintumornet.core.training_profile import TrainingProfile
from braintumornet.inference.predict_cohort import predict_cohort
from braintumornet.inference.prediction_request import PredictionRequest
from braintumornet.inference.predictor import Predictor
from braintumornet.networks.checkpoint import read_tensors, write_tensors
from braintumornet.training.trainer import fit
from braintumornet.training.training_setup import open_session
from braintumornet.volumes.nifti import read_labels, read_volume, write_volume
from braintumornet.volumes.volume import Volume

EVERY_SECOND = slice(None, None, 2)


@pytest.fixture(scope="module")
def run(phantoms: Cohort, tiny: ExperimentConfig, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run that learned from voxels of 5 mm."""
    run = RunFolder(tmp_path_factory.mktemp("runs") / "run")
    fit(tiny, phantoms, run)
    return run


def thin_out(case: Case, folder: Path, order: tuple[int, int, int] = (0, 1, 2)) -> Case:
    """Keep every second slice from below upwards, and let the axes run in some order in the files."""
    files = {}
    for name, path in {**case.images, **case.targets}.items():
        volume = read_volume(path)
        affine = volume.space.affine @ np.diag([1, 1, 2, 1])
        array = volume.array[:, :, EVERY_SECOND].transpose(order)
        affine = affine[:, [*order, 3]]
        files[name] = folder / f"{name}.nii.gz"
        write_volume(Volume(np.ascontiguousarray(array), Space(array.shape, affine)), files[name])
    return replace(
        case, images={name: files[name] for name in case.images}, targets={"seg": files["seg"]}, brainmask=None
    )


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_other_voxels_are_resampled_there_and_back(run, phantoms, tmp_path, order) -> None:
    case = thin_out(phantoms.cases[0], tmp_path, order)
    predictor = Predictor.from_run(run.path)
    assert predictor.predict(case).space.spacing_mm == pytest.approx((5, 5, 5))
    request = PredictionRequest(run.path, tmp_path / "out")
    (record,) = predict_cohort(predictor, Cohort("c", (case,)), request, lambda done: None)
    told = (
        "voxels of 5 x 5 x 10 mm, and the network learned from 5 x 5 x 5 mm: resampled to 5 x 5 x 5 mm, and the answer"
    )
    assert record.notes[0].startswith(told)
    assert read_json(tmp_path / "out" / f"{case.id}.json")["notes"] == list(record.notes)
    mask = read_labels(tmp_path / "out" / f"{case.id}_tumour.nii.gz")
    assert mask.space == read_volume(case.images["t1c"]).space


def test_voxels_of_the_size_learned_are_left_and_nothing_is_said(run, phantoms) -> None:
    prediction = Predictor.from_run(run.path).predict(phantoms.cases[0])
    assert prediction.space.spacing_mm == pytest.approx((5, 5, 5))
    assert not [note for note in prediction.notes if "voxels" in note]


def test_a_run_that_did_not_write_down_its_voxels_predicts_as_ever(run, phantoms, tmp_path) -> None:
    old = RunFolder(tmp_path / "old")
    old.path.mkdir()
    for file in (run.config, run.split):
        (old.path / file.name).write_bytes(file.read_bytes())
    tensors, notes = read_tensors(run.model)
    write_tensors(tensors, {"step": notes["step"], "lacked": notes["lacked"]}, old.model)
    case = thin_out(phantoms.cases[0], tmp_path)
    prediction = Predictor.from_run(old.path).predict(case)
    assert prediction.space.spacing_mm == pytest.approx((5, 5, 10))
    assert not [note for note in prediction.notes if "voxels" in note]


def test_a_run_remembers_what_it_learned_from(run) -> None:
    learned = TrainingProfile.model_validate(read_tensors(run.model)[1]["learned"])
    assert learned.describe_spacing() == "5 x 5 x 5 mm"
    assert (learned.cases, learned.with_skull) == (6, 0)
    assert learned.brain_ml.low > 500


def test_cases_to_validate_on_are_resampled_as_a_prediction_would_have_them(phantoms, tiny, tmp_path) -> None:
    first, *others = (replace(case, split="train") for case in phantoms)
    thin = replace(thin_out(first, tmp_path), split="val", attributes=first.attributes)
    content = tiny.model_copy(update={"training": tiny.training.model_copy(update={"validate_every": 2})})
    session = open_session(content, Cohort("c", (thin, *others)), RunFolder(tmp_path / "run"), resume=False)
    assert [example.space.spacing_mm for example in session.val] == [pytest.approx((5, 5, 5))]


def test_a_training_on_two_voxel_sizes_is_doubted(phantoms, tiny, tmp_path) -> None:
    first, *others = phantoms.cases
    mixed = Cohort("c", (replace(thin_out(first, tmp_path), attributes=first.attributes), *others))
    told: list[str] = []
    open_session(tiny, mixed, RunFolder(tmp_path / "run"), False, starting=lambda origin, doubts: told.extend(doubts))
    (text,) = told
    assert text == (
        "the training cases have voxels of 5 x 5 x (5 to 10) mm, which the network takes as of one size; "
        "set data.spacing_mm so that all are resampled"
    )


def test_a_training_whose_background_is_no_constant_is_doubted(phantoms, tiny, tmp_path) -> None:
    first, *others = phantoms.cases
    volume = read_volume(first.images["t2f"])
    noise = np.random.default_rng(0).uniform(1, 60, volume.array.shape)
    write_volume(Volume((volume.array + noise).astype(np.float32), volume.space), tmp_path / "noisy.nii.gz")
    noisy = replace(first, images={**first.images, "t2f": tmp_path / "noisy.nii.gz"}, brainmask=None)
    told: list[str] = []
    cohort = Cohort("c", (noisy, *others))
    open_session(tiny, cohort, RunFolder(tmp_path / "run"), False, starting=lambda origin, doubts: told.extend(doubts))
    assert told == [
        f"case {first.id}: nearly every voxel counts as brain (4096 ml); strip the skull, or give a brain mask"
    ]


def test_a_noisy_background_is_noted_in_the_prediction(run, phantoms, tmp_path) -> None:
    case = phantoms.cases[0]
    volume = read_volume(case.images["t2f"])
    noise = np.random.default_rng(0).uniform(1, 60, volume.array.shape)
    write_volume(Volume((volume.array + noise).astype(np.float32), volume.space), tmp_path / "noisy.nii.gz")
    noisy = replace(case, images={**case.images, "t2f": tmp_path / "noisy.nii.gz"}, brainmask=None)
    notes = Predictor.from_run(run.path).predict(noisy).notes
    assert "nearly every voxel counts as brain (4096 ml): outlines and volumes may be badly wrong" in notes[0]


def test_a_constant_background_changes_no_prediction(run, phantoms, tmp_path) -> None:
    case = replace(phantoms.cases[0], brainmask=None)
    volume = read_volume(case.images["t2f"])
    moved = np.where(volume.array == 0, np.float32(-0.5), volume.array)
    write_volume(Volume(moved, volume.space), tmp_path / "moved.nii.gz")
    predictor = Predictor.from_run(run.path)
    plain = predictor.predict(case)
    found = predictor.predict(replace(case, images={**case.images, "t2f": tmp_path / "moved.nii.gz"}))
    np.testing.assert_allclose(found.maps["tumour"].probabilities, plain.maps["tumour"].probabilities, atol=1e-4)
    assert found.notes[0] == "t2f: the background is -0.5, not zero; taken as zero"
