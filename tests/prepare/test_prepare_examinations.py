"""From a raw examination to a case, and what the command line says of it."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import braintumornet as btn_api
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import read_manifest, write_manifest
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.prepare.preparation_record import read_preparation
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.stripping import hdbet
from braintumornet.volumes.nifti import read_labels, read_space, read_volume, write_volume
from braintumornet.volumes.volume import Volume

SETTINGS = PhantomSettings(shape=(40, 48, 44), spacing_mm=(4.8, 4.8, 4.8))


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of two raw examinations of two sequences, with lesion and brain mask; the second is a swindle."""
    folder = tmp_path_factory.mktemp("raw")
    cohort = write_phantoms(folder, SETTINGS, cases=2, seed=3, raw=True)
    first, second = (replace(case, images={s: case.images[s] for s in ("t1c", "t2f")}) for case in cohort)
    image = read_volume(second.images["t2f"])
    write_volume(Volume(np.zeros(image.space.shape, np.int16), image.space), second.images["t2f"])
    write_manifest(Cohort("raw", (first, second)), folder / "cohort.csv")
    return folder


@pytest.fixture(scope="module")
def prepared(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> btn_api.Preparation:
    """Both on a grid of 1 mm, with the masks that the table has."""
    settings = PrepareSettings(space="original", skullstrip="given")
    return btn_api.prepare_cohort(raw, tmp_path_factory.mktemp("out"), settings=settings, jobs=1, progress=False)


def test_a_good_case_passes_and_one_without_an_image_fails_alone(prepared: btn_api.Preparation):
    good, bad = prepared.records
    assert good.failure is None
    assert bad.failure is not None
    assert "it is 0 everywhere" in bad.failure
    assert [case.id for case in prepared.cohort] == [good.case_id]
    assert not list((prepared.path / bad.case_id).glob("*.nii.gz"))


def test_sequences_and_masks_lie_on_one_grid(prepared: btn_api.Preparation):
    (case,) = read_manifest(prepared.path / "cohort.csv")
    spaces = [read_space(file) for file in case.files().values()]
    assert set(case.files()) == {"t1c", "t2f", "brainmask", "seg"}
    assert all(space == spaces[0] for space in spaces)
    outside = read_labels(case.files()["brainmask"]).array == 0
    assert not read_volume(case.images["t2f"]).array[outside].any()


def test_the_reference_keeps_its_voxels_on_its_own_grid(prepared: btn_api.Preparation, raw: Path):
    (case,), reference = prepared.cohort, prepared.records[0].reference
    scanned, kept = read_volume(raw / case.id / f"{case.id}_{reference}.nii.gz"), read_volume(case.images[reference])
    brain = read_labels(case.files()["brainmask"]).array > 0
    assert np.array_equal(kept.array[brain], scanned.array[brain])


def test_motion_is_found(prepared: btn_api.Preparation, raw: Path):
    (case,) = prepared.cohort
    truth = json.loads((raw / case.id / f"{case.id}_motion.json").read_text())["reference_to_sequence_mm"]["t2f"]
    to_t1c, to_t2f = (np.asarray(prepared.records[0].images[s].output_to_sequence_mm) for s in ("t1c", "t2f"))
    found = to_t2f @ np.linalg.inv(to_t1c)
    corners = np.array([[x, y, z, 1] for x in (-60, 60) for y in (-80, 80) for z in (-60, 60)], float).T
    assert np.linalg.norm((np.asarray(truth) - found)[:3] @ corners, axis=0).mean() < 2


def test_the_history_has_every_step_and_no_path(prepared: btn_api.Preparation, raw: Path):
    (case,) = prepared.cohort
    record = read_preparation(prepared.path / case.id)
    names = [step.name for step in record.steps]
    assert names == ["reading", "bias field", "registration", "brain mask", "interpolation", "content", "writing"]
    assert record.brainmask == "given"
    text = (prepared.path / case.id / "preparation.json").read_text()
    assert str(raw) not in text
    assert "research use" in text


def test_what_is_done_is_not_done_again(prepared: btn_api.Preparation, raw: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr("braintumornet.prepare.prepare_examinations.prepare_case", refuse)
    settings = PrepareSettings(space="original", skullstrip="given")
    again = btn_api.prepare_cohort(raw, prepared.path, settings=settings, jobs=1, progress=False)
    assert [record.verdict for record in again.records] == [record.verdict for record in prepared.records]
    assert [case.id for case in again.cohort] == [case.id for case in prepared.cohort]


def test_a_mask_that_lies_on_no_image_is_refused(raw: Path, tmp_path: Path):
    case = replace(read_manifest(raw / "cohort.csv").cases[0])
    odd = tmp_path / "odd.nii.gz"
    drawn = read_labels(case.targets["seg"])
    write_volume(Volume(drawn.array[:-1], replace(drawn.space, shape=drawn.array[:-1].shape)), odd)
    write_manifest(Cohort("odd", (replace(case, targets={"seg": odd}),)), tmp_path / "cohort.csv")
    settings = PrepareSettings(space="original", skullstrip="given")
    made = btn_api.prepare_cohort(tmp_path, tmp_path / "out", settings=settings, jobs=1, progress=False)
    assert "odd.nii.gz lies on the grid of none of its images" in str(made.records[0].failure)


def test_a_dry_run_writes_the_plan_and_prepares_nothing(raw: Path, tmp_path: Path, btn):
    code, printed, _ = btn("prepare", raw, tmp_path / "out", "--dry-run")
    assert code == 0
    assert "t2f" in printed
    with (tmp_path / "out" / "plan.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["sequence"] for row in rows] == ["t1c", "t2f"] * 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["plan.csv"]


def test_nothing_to_prepare_is_said(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no image"):
        btn_api.prepare_cohort(tmp_path / "empty", tmp_path / "out", progress=False)


def test_a_case_without_the_mask_that_is_to_be_taken_fails_alone(raw: Path, tmp_path: Path):
    first, second = read_manifest(raw / "cohort.csv")
    write_manifest(Cohort("raw", (replace(first, brainmask=None), second)), raw / "without.csv")
    settings = PrepareSettings(space="original", skullstrip="given")
    made = btn_api.prepare_cohort(raw / "without.csv", tmp_path, settings=settings, jobs=1, progress=False)
    assert made.records[0].failure == (
        "--skullstrip given needs a brain mask, and the case has none; add the column brainmask to the cohort table, "
        "or choose --skullstrip auto"
    )
    assert made.records[1].failure is not None
    assert "it is 0 everywhere" in made.records[1].failure


def test_hdbet_that_is_missing_is_told_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hdbet, "hdbet_is_installed", lambda: False)
    settings = PrepareSettings(space="original", skullstrip="hd-bet")
    with pytest.raises(UsageError, match=r"pip install braintumornet\[hdbet\]"):
        btn_api.prepare_cohort(tmp_path / "not there", tmp_path / "out", settings=settings, progress=False)
    assert not (tmp_path / "out").exists()
