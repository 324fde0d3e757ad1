"""The model in the package, as a user meets it: without a run, and by its name."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import braintumornet
from braintumornet.core import default_run
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.json_record import read_record
from braintumornet.core.prediction_record import PredictionRecord, read_prediction
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.run_records import TransferRecord
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.inference.trained_run import TrainedRun

from .conftest import ROUTED, TINY

Btn = Callable[..., tuple[int, str, str]]
NEVER = "never validated on patients with expert labels"
NO_PATIENT = f"trained on no patient: on synthetic heads (phantoms) alone; {NEVER}"


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    """One phantom."""
    write_manifest(Cohort("c", phantoms.cases[:1]), tmp_path / "cohort.csv")
    return tmp_path / "cohort.csv"


def require_untouched(folder: Path, before: list[Path]) -> None:
    assert sorted(folder.parent.rglob("*")) == before


def test_without_a_run_the_model_in_the_package_answers(
    default_model: Path, table: Path, tmp_path: Path, btn: Btn
) -> None:
    before = sorted(default_model.parent.rglob("*"))
    code, out, err = btn("predict", table, "--output", tmp_path / "p")
    assert (code, err) == (0, "")
    assert NO_PATIENT in out.replace("\n", " ")
    assert "How often the router is right (task kind), on validation cases" in out
    record = read_prediction(tmp_path / "p" / "phantom-0000.json")
    assert record.provenance["run"] == "default (the model in the package)"
    assert record.validation == NO_PATIENT
    page = (tmp_path / "p" / "phantom-0000.html").read_text()
    assert NO_PATIENT[1:] in page
    assert "default (the model in the package)" in page
    require_untouched(default_model, before)


def test_its_router_chooses_one_mask_and_tells_of_the_other(
    default_model: Path, table: Path, tmp_path: Path, btn: Btn
) -> None:
    assert btn("predict", table, "--output", tmp_path / "p")[0] == 0
    record = read_prediction(tmp_path / "p" / "phantom-0000.json")
    assert record.router is not None
    chosen, left_out = ("glioma", "mets") if record.router.chose == "hgg" else ("mets", "glioma")
    assert list(record.segmentation) == [chosen]
    assert [file.name for file in (tmp_path / "p").glob("*.nii.gz")] == [f"phantom-0000_{chosen}.nii.gz"]
    assert set(record.router.measured) == {"cases", "balanced_accuracy", "auc"}
    told = record.router.left_out[left_out]
    other = read_prediction(predict_all(table, tmp_path, btn)).segmentation[left_out]
    assert set(told.volume_ml) == set(other.regions)
    for region, volume_ml in other.volume_ml.items():  # the phantom's grid is the one that the network reads
        assert told.volume_ml[region] == pytest.approx(volume_ml)
        assert f"{left_out} {region} {volume_ml:.1f} ml" in record.notes[-1]


def predict_all(table: Path, tmp_path: Path, btn: Btn) -> Path:
    words = ("--task", "glioma", "--task", "mets", "--run", "default", "--output", tmp_path / "all")
    assert btn("predict", table, *words)[0] == 0
    return tmp_path / "all" / "phantom-0000.json"


def test_in_python_it_is_one_call(default_model: Path, phantoms: Cohort, tmp_path: Path) -> None:
    first = phantoms.cases[0]
    images = {"t1c": first.images["t1c"], "flair": first.images["t2f"], "brainmask": first.brainmask}
    (record,) = braintumornet.predict(images, folder=tmp_path / "a", progress=False)  # type: ignore[arg-type]
    (same,) = braintumornet.Run("default").predict(phantoms.with_ids([first.id]), tmp_path / "b", progress=False)
    assert record.router == same.router is not None
    again = braintumornet.predict(images, folder=tmp_path / "a", resume=True, progress=False)  # type: ignore[arg-type]
    assert again.earlier == {"case"}


def test_it_answers_together_with_others(
    default_model: Path, router_run: Path, table: Path, tmp_path: Path, btn: Btn
) -> None:
    assert btn("predict", table, "--run", f"default,{router_run}", "--output", tmp_path / "p")[0] == 0
    record: PredictionRecord = read_prediction(tmp_path / "p" / "phantom-0000.json")
    assert record.provenance["run"] == "default (the model in the package), router"
    assert record.validation == NO_PATIENT


def test_the_files_that_ship_are_those_with_which_the_weights_were_written() -> None:
    """Else every prediction would say that somebody changed them."""
    run = TrainedRun(default_run.FOLDER)
    assert list(run.remarks) == []
    assert run.report.post_processing["mets"].seed_probability == {0: 0.8, 0.1: 0.65}


def test_info_says_what_it_is(default_model: Path, btn: Btn) -> None:
    about = json.loads(btn("info", "default", "--json")[1])
    assert (about["run"], about["finished"], about["card"]["data"]["phantoms_alone"]) == ("default", True, True)
    assert NEVER in btn("info", "default")[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("calibrate", "default", "--cohort", "cohort.csv"), "copy its folder, {folder}, and calibrate the copy"),
        (("report", "default"), "give the page another place (--output)"),
        (("train", "demo", "--cohort", "cohort.csv", "--run", "default"), "choose another folder for the run (--run)"),
    ],
)
def test_nothing_is_written_into_the_package(
    words: tuple[str, ...], said: str, default_model: Path, table: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    before = sorted(default_model.parent.rglob("*"))
    code, out, err = btn(*words)
    assert (code, out) == (2, "")
    assert err == (
        f"usage error: default is the model in the package, which stays as it is; {said.format(folder=default_model)}\n"
    )
    require_untouched(default_model, before)
    assert not Path("default").exists()


def test_a_training_starts_from_it(default_model: Path, phantoms: Cohort, tmp_path: Path, btn: Btn) -> None:
    others = [replace(case, cohort="clinic", id=f"c{n}", patient_id=f"c{n}") for n, case in enumerate(phantoms)]
    write_manifest(Cohort("clinic", tuple(others)), tmp_path / "cohort.csv")
    content = {**TINY, "sequences": ["t1c", "t2w"], "tasks": ROUTED[:1]}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content).replace("pathology: hgg", "pathology: plgg"))
    words = ("train", tmp_path / "mine.yaml", "--cohort", tmp_path / "cohort.csv", "--set", "training.steps=1")
    code, out, err = btn(*words, "--init", "default", "--run", tmp_path / "run")
    assert (code, err) == (0, "")
    assert "Started from default (model" in out
    transfer = read_record(tmp_path / "run" / "transfer.json", TransferRecord, "")
    assert transfer.source.run == "default"
    assert transfer.source.phantoms_alone
    assert {tensor.how for tensor in transfer.tensors} == {"", "sequence t2w as the mean of t1c, t2f"}
    assert {tensor.status for tensor in transfer.tensors if tensor.name.startswith("heads.")} == {"loaded"}
    assert btn("predict", tmp_path / "cohort.csv", "--run", tmp_path / "run", "--output", tmp_path / "p")[0] == 0
    assert read_prediction(tmp_path / "p" / "c0.json").validation == NEVER  # patients taught it


def test_what_was_taught_by_phantoms_alone_says_so_all_the_way(
    default_model: Path, phantoms: Cohort, tmp_path: Path, btn: Btn
) -> None:
    cases = [replace(case, id=f"own{n}", patient_id=f"own{n}") for n, case in enumerate(phantoms)]
    write_manifest(Cohort("more", tuple(cases)), tmp_path / "cohort.csv")
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**TINY, "tasks": [{**ROUTED[0], "where": {}}]}))
    words = ("train", tmp_path / "mine.yaml", "--cohort", tmp_path / "cohort.csv", "--set", "training.steps=1")
    assert btn(*words, "--init", "default", "--run", tmp_path / "run")[0] == 0
    assert RunFolder(tmp_path / "run").learned_from_phantoms_alone()
    patients = tmp_path / "run" / "split.json"
    patients.write_text(patients.read_text().replace('"phantom":', '"clinic":'))
    assert not RunFolder(tmp_path / "run").learned_from_phantoms_alone()
    assert btn(*words, "--init", tmp_path / "run", "--run", tmp_path / "next")[0] == 0
    assert not RunFolder(tmp_path / "next").learned_from_phantoms_alone()


def test_its_page_and_a_copy_are_free(default_model: Path, tmp_path: Path, btn: Btn) -> None:
    assert btn("report", "default", "--output", tmp_path / "page.html")[0] == 0
    assert "phantoms" in (tmp_path / "page.html").read_text().lower()
    shutil.copytree(default_model, tmp_path / "mine")
    assert btn("report", tmp_path / "mine")[0] == 0


def test_a_folder_of_the_same_name_is_not_taken_for_it(
    default_model: Path, table: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(table.parent)
    shutil.copytree(default_model, "default")
    code, out, err = btn("predict", table, "--run", "./default", "--output", "p")
    assert (code, out) == (2, "")
    assert err == (
        "usage error: default is the name of the model in the package, and there is a folder default here; "
        "for the model, rename that folder or work in another; for what is in it, give its whole path, "
        f"{Path.cwd() / 'default'}\n"
    )
    assert btn("predict", table, "--run", Path("default").absolute(), "--output", "p")[0] == 0
    assert read_prediction(Path("p/phantom-0000.json")).provenance["run"] == "default"
    assert btn("predict", table, "--output", "q")[0] == 0  # without a name, nothing else can be meant
    assert "in the package" in read_prediction(Path("q/phantom-0000.json")).provenance["run"]


def test_a_package_without_it_says_so(table: Path, tmp_path: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default_run, "FOLDER", tmp_path / "nowhere")
    code, _, err = btn("predict", table, "--output", tmp_path / "p")
    assert code == 1
    assert err == (
        f"error: the model in the package is missing ({tmp_path / 'nowhere' / 'model.safetensors'}); "
        "install braintumornet again\n"
    )
    with pytest.raises(InputError, match="install braintumornet again"):
        braintumornet.Run("default")


def test_python_refuses_alike(default_model: Path, phantoms: Cohort, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="copy its folder"):
        braintumornet.Run("default").calibrate(phantoms)
    with pytest.raises(UsageError, match="choose another folder for the run"):
        braintumornet.train("demo", phantoms, default_model)
    assert os.listdir(tmp_path) == ["package"]  # noqa: PTH208
