"""Calibration of a run, and predictions that use it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

import braintumornet as btn
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.files.atomic_write import read_json, write_json
from braintumornet.core.text.errors import InputError
from braintumornet.inference.trained_run import OTHER_WEIGHTS, TrainedRun
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms

Btn = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Ten heads that nobody has seen."""
    settings = PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))
    return write_phantoms(tmp_path_factory.mktemp("unseen"), settings, cases=10, seed=8, name="phantom-unseen")


@pytest.fixture(scope="module")
def calibrated(run: Path, unseen: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the run, calibrated on them."""
    folder = tmp_path_factory.mktemp("calibrated") / "run"
    shutil.copytree(run, folder)
    btn.calibrate(folder, unseen, progress=False)
    return folder


def test_predictions_of_a_calibrated_run_have_intervals_sets_and_entropy(
    calibrated: Path, run: Path, unseen: Cohort, tmp_path: Path
) -> None:
    one = Cohort("one", unseen.cases[:1])
    (plain,) = btn.Run(run).predict(one, tmp_path / "plain", probabilities=True, progress=False)
    (told,) = btn.Run(calibrated).predict(one, tmp_path / "told", probabilities=True, entropy=True, progress=False)
    assert (plain.calibration, plain.segmentation["tumour"].volume_interval_ml) == ("", {})
    outline, marker = told.segmentation["tumour"], told.classification["genotype"]
    assert set(outline.volume_interval_ml) == {"WT", "TC", "ET"}
    for region, (low, high) in outline.volume_interval_ml.items():
        assert low <= outline.volume_ml[region] <= high
    assert marker.likeliest == plain.classification["genotype"].likeliest
    assert marker.likeliest in marker.set
    assert told.calibration.startswith("calibrated on phantoms")
    masks = [
        nib.load(tmp_path / folder / "phantom-unseen-0000_tumour.nii.gz").get_fdata() for folder in ("plain", "told")
    ]
    assert np.array_equal(*masks)
    entropy = nib.load(tmp_path / "told" / outline.entropy_file).get_fdata()
    assert 0.5 < entropy.max() <= 1
    read = btn.Predictions(tmp_path / "told")["phantom-unseen-0000"]
    assert list(read.classification["genotype"].set) == list(marker.set)
    assert read.segmentation["tumour"].volume_interval_ml == outline.volume_interval_ml


def test_predictions_of_before_a_calibration_are_made_again(calibrated: Path, unseen: Cohort, tmp_path: Path) -> None:
    folder, two = tmp_path / "run", Cohort("two", unseen.cases[:2])
    shutil.copytree(calibrated, folder)
    found = read_json(folder / "calibration.json")
    (folder / "calibration.json").unlink()
    btn.Run(folder).predict(two, tmp_path / "told", progress=False)
    assert len(btn.Run(folder).predict(two, tmp_path / "told", resume=True, progress=False).earlier) == 2
    write_json(folder / "calibration.json", found)
    assert not btn.Run(folder).predict(two, tmp_path / "told", resume=True, progress=False).earlier
    assert not btn.Run(folder).predict(two, tmp_path / "told", resume=True, entropy=True, progress=False).earlier


def test_the_calibration_of_other_weights_is_not_used(calibrated: Path, unseen: Cohort, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(calibrated, folder)
    write_json(folder / "calibration.json", {**read_json(folder / "calibration.json"), "model": "another"})
    assert TrainedRun(folder).calibration is None
    (told,) = btn.Run(folder).predict(Cohort("one", unseen.cases[:1]), tmp_path / "told", progress=False)
    assert told.segmentation["tumour"].volume_interval_ml == {}
    assert told.classification["genotype"].set == ()
    assert OTHER_WEIGHTS in told.notes


def test_too_few_patients_are_refused(run: Path, unseen: Cohort) -> None:
    same = [replace(case, patient_id="one patient") for case in unseen.cases[:3]]
    with pytest.raises(InputError) as refused:
        btn.calibrate(run, Cohort("few", (*same, *unseen.cases[3:])), progress=False)
    assert str(refused.value) == (
        "expected at least 9 labelled cases, of different patients and with the same sequences, without which nothing "
        "can be said with 90 % confidence; found 8 patients with labels of tumour, genotype; add cases"
    )


def test_cases_that_taught_the_run_or_chose_its_weights_are_refused(
    run: Path, phantoms: Cohort, unseen: Cohort, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"case phantom-000\d, or another of its patient, taught the run: "):
        btn.calibrate(run, phantoms, progress=False)
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    split = read_json(folder / "split.json")
    write_json(folder / "split.json", {**split, "val": [unseen.cases[0].id]})
    with pytest.raises(InputError, match="case phantom-unseen-0000, or another of its patient, was validated on"):
        btn.calibrate(folder, unseen, progress=False)


def test_the_command_says_what_it_found_and_info_what_it_is_worth(
    btn: Btn, run: Path, unseen: Cohort, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(run, folder)
    patients = [replace(case, cohort="clinic", attributes={"genotype": "other"}) for case in unseen]
    write_manifest(Cohort("clinic", tuple(patients)), tmp_path / "clinic.csv")
    code, _, error = btn("calibrate", folder, "--cohort", tmp_path / "clinic.csv", "--split", "test")
    assert (code, "the split of" in error) == (2, True)
    code, out, error = btn("calibrate", folder, "--cohort", tmp_path / "clinic.csv")
    assert (code, error) == (0, "")
    words = " ".join(out.split())
    assert "1 in 20 sets of 10 cases gives less than" in words
    assert "Predictions with another set of sequences get no interval and no set." in words
    code, out, _ = btn("info", folder)
    assert "calibrated on 10 labelled cases with t1c, t2f" in " ".join(out.split())
    assert "calibrated on 10 labelled cases with t1c, t2f" in " ".join((folder / "model_card.md").read_text().split())
