"""`btn export`: a data set of nnU-Net with the folds of a study, a run or the table."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import braintumornet as api
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.text.errors import InputError

Btn = Callable[..., tuple[int, str, str]]
IDS = [f"phantom-000{number}" for number in range(6)]
FIRST = {"train": IDS[:3], "val": [IDS[3]], "test": IDS[4:]}
SECOND = {"train": IDS[2:5], "val": [IDS[5]], "test": IDS[:2]}


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    write_manifest(phantoms, tmp_path / "cohort.csv")
    return tmp_path / "cohort.csv"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study").mkdir()
    plan = {"fingerprint": "f", "study": "s", "splits": {"1": FIRST, "2": SECOND}}
    (tmp_path / "study" / "plan.json").write_text(json.dumps(plan))
    return tmp_path / "study"


def test_the_splits_of_a_study_are_the_folds(table: Path, study: Path, tmp_path: Path, btn: Btn) -> None:
    output = tmp_path / "Dataset501_Phantom"
    code, out, err = btn("export", table, output, "--layout", "nnunet", "--splits", study)
    assert (code, err) == (0, "")
    said = " ".join(out.split())
    assert "6 cases in imagesTr, 0 in imagesTs; channels 0 t1n, 1 t1c, 2 t2w, 3 t2f; label scheme brats2023" in said
    assert "copy splits_final.json to nnUNet_preprocessed/Dataset501_Phantom" in said
    folds = json.loads((output / "splits_final.json").read_text())
    assert folds == [{side: split[side] for side in ("train", "val")} for split in (FIRST, SECOND)]
    assert btn("import", output, "--output", tmp_path / "again.csv")[0] == 0
    again = api.read_cohort(tmp_path / "again.csv")
    assert {case.id: case.value("fold_1") for case in again} == {
        case_id: side for side, ids in SECOND.items() for case_id in ids
    }


def test_the_split_of_a_run_is_the_one_fold(phantoms: Cohort, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "split.json").write_text(json.dumps({**FIRST, "cohort": "c"}))
    cohort = api.Cohort(phantoms.name, phantoms.cases)
    written = cohort.to_nnunet(tmp_path / "Dataset001_X", splits=tmp_path / "run", progress=False)
    assert (written.training, written.test) == (tuple(IDS[:4]), tuple(IDS[4:]))
    assert [case.split for case in api.read_cohort(written.folder)] == [*["train"] * 3, "val", "test", "test"]


def test_the_result_is_there_for_a_program(table: Path, tmp_path: Path, btn: Btn) -> None:
    words = ("--layout", "nnunet", "--sequence", "t1c", "--sequence", "flair", "--json")
    code, out, _ = btn("export", table, tmp_path / "Dataset001_X", *words)
    about = json.loads(out)
    assert code == 0
    assert (about["sequences"], about["training"], about["folds"]) == (["t1c", "t2f"], IDS, 0)


def test_what_has_no_splits_is_refused(table: Path, tmp_path: Path, btn: Btn) -> None:
    words = ("--layout", "nnunet", "--splits", tmp_path)
    code, _, err = btn("export", table, tmp_path / "Dataset001_X", *words)
    assert code == 2
    assert "is neither the folder of a study nor of a run; expected plan.json or split.json in it" in err
    assert btn("export", table, tmp_path / "Dataset001_X", "--layout", "brats")[0] == 2


def test_a_damaged_plan_is_refused(phantoms: Cohort, study: Path, tmp_path: Path) -> None:
    (study / "plan.json").write_text('{"fingerprint": "f", "study": "s", "splits": {"1": {"train": []}}}')
    with pytest.raises(InputError, match=r"plan.json is damaged: splits.1.val"):
        api.Cohort("c", phantoms.cases).to_nnunet(tmp_path / "Dataset001_X", splits=study)
