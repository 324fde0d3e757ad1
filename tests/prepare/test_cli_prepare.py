"""`btn prepare`, `btn to-native` and `btn predict` of raw images, as a user types them."""

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import braintumornet as btn_api
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.space import Space
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.training_preparation import summarise_preparations
from braintumornet.volumes.nifti import read_labels, read_space, write_volume
from braintumornet.volumes.volume import Volume, axis_directions

from .write_dicom import T1C, T1N, T2F, head_phantom, write_series

Btn = Callable[..., tuple[int, str, str]]
HOW = ("--space", "original", "--skullstrip", "none", "--jobs", 1)
SETTINGS = PrepareSettings(space="original", skullstrip="none")
SECRETS = ("JANE", "MUELLER", "19700101", "20240105", "for Prof Secret", "1.2.826.0.1.3680043")
UNKNOWN = {**T1N, "SeriesDescription": "t1_mprage for Prof Secret"}


@pytest.fixture(scope="module")
def dicom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two patients and a localizer in one folder; of the second, nothing says whether its T1 had a contrast agent."""
    folder = tmp_path_factory.mktemp("dicom")
    head = head_phantom()
    opposite = Volume(1200 - head.array, head.space)
    localizer = Volume(head.array[:, :, 4:7], head_phantom(shape=(14, 16, 3)).space)
    for plane, number, volume, header in (("sagittal", 1, head, T1C), ("sagittal", 2, opposite, T2F)):
        write_series(volume, folder, header=header, number=number, plane=plane)
    write_series(localizer, folder, header={**T1N, "SeriesDescription": "localizer"}, number=3)
    write_series(head_phantom((15, 16, 10)), folder, header=UNKNOWN, number=4, patient="MUELLER^HANS", study="second")
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three examinations of one image each, each in a folder of its own."""
    folder = tmp_path_factory.mktemp("nifti")
    for case_id in "abc":
        write_volume(head_phantom(), folder / case_id / f"{case_id}_t1c.nii.gz")
    return folder


@pytest.fixture(scope="module")
def whole(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three as they are prepared, for tests that only read them."""
    folder = tmp_path_factory.mktemp("whole") / "prepared"
    assert not btn_api.prepare_cohort(files, folder, settings=SETTINGS, jobs=1, progress=False).failures
    return folder


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def answer(plan: Path, sequence: str) -> None:
    """Write an answer to every question, as a person does in a spreadsheet."""
    with plan.open() as file:
        rows = list(csv.DictReader(file))
    with plan.open("w") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "sequence": row["sequence"] or sequence} for row in rows)


def test_a_question_is_answered_and_nobody_is_named(dicom: Path, tmp_path: Path, btn: Btn) -> None:
    scanned, out = contents(dicom), tmp_path / "out"
    plan = out / "plan.csv"
    code, said, asked = btn("prepare", dicom, out, *HOW)
    assert (code, "prepared cases (1): " in said) == (1, True)
    assert asked.count("case patient-") == 1
    assert "is it t1n or t1c? Fill the column 'sequence' of its rows in" in asked
    assert f"give the table back with --map {plan}" in asked
    key = (out / "pseudonyms.csv").read_bytes()
    done = {file: file.stat().st_mtime_ns for file in out.glob("*/*")}
    answer(plan, "t1n")
    answered = plan.read_text()
    code, _, refused = btn("prepare", dicom, out, *HOW)
    assert (code, plan.read_text()) == (2, answered)
    assert f"has the answer 't1n', which would be overwritten; add --map {plan}" in refused
    code, printed, err = btn("prepare", dicom, out, *HOW, "--map", plan, "--json")
    assert (code, err) == (0, "")
    assert json.loads(printed)["counts"] == {"fail": 0, "look": 0, "pass": 2}
    assert sorted(sorted(case.images) for case in read_manifest(out / "cohort.csv")) == [["t1c", "t2f"], ["t1n"]]
    assert {file: file.stat().st_mtime_ns for file in done} == done
    assert (out / "pseudonyms.csv").read_bytes() == key
    assert "nothing that hinders training" in btn("check", out / "cohort.csv")[1]
    everything = [said, asked, refused, printed]
    for file, content in contents(out).items():
        if file.name != "pseudonyms.csv":
            text = gzip.decompress(content) if file.suffix == ".gz" else content
            everything.append(f"{file.name} {text.decode('latin-1')}")
    assert [secret for secret in SECRETS for text in everything if secret in text] == []
    assert contents(dicom) == scanned


def test_shards_make_one_cohort_and_one_page(files: Path, whole: Path, tmp_path: Path, btn: Btn) -> None:
    for shard in ("1/2", "2/2"):
        assert btn("prepare", files, tmp_path / "prepared", *HOW, "--shard", shard)[0] == 0
    assert (tmp_path / "prepared" / "cohort.csv").read_bytes() == (whole / "cohort.csv").read_bytes()
    assert "3 cases: 3 pass" in (tmp_path / "prepared" / "preparation.html").read_text()


@pytest.mark.usefixtures("cluster")
def test_ray_makes_the_same_cohort(files: Path, whole: Path, tmp_path: Path, btn: Btn) -> None:
    code, _, err = btn("prepare", files, tmp_path / "prepared", *HOW[:-2], "--engine", "ray")
    assert (code, err) == (0, "")
    assert (tmp_path / "prepared" / "cohort.csv").read_bytes() == (whole / "cohort.csv").read_bytes()
    code, _, err = btn("prepare", files, tmp_path / "prepared", *HOW, "--engine", "ray")
    assert (code, "--jobs is for --engine local" in err) == (2, True)


def test_a_killed_case_is_made_anew_and_the_others_stay(files: Path, whole: Path, tmp_path: Path, btn: Btn) -> None:
    out = tmp_path / "prepared"
    shutil.copytree(whole, out)
    (out / "b" / "preparation.json").unlink()
    (out / "b" / "b_t2w.nii.gz").write_bytes(b"of another preparation")
    before = {file: file.stat().st_mtime_ns for case in "ac" for file in (out / case).iterdir()}
    assert btn("prepare", files, out, *HOW)[0] == 0
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert sorted(file.name for file in (out / "b").iterdir()) == [
        "b_t1c.nii.gz",
        "preparation.json",
        "preparation.png",
    ]


@pytest.mark.parametrize(("output", "what"), [("", "lies in"), ("prepared", "lies in"), ("a", "lies in")])
def test_an_output_among_the_images_is_refused(files: Path, output: str, what: str, btn: Btn) -> None:
    before = contents(files)
    code, _, err = btn("prepare", files, files / output, *HOW)
    assert (code, what in err) == (2, True)
    assert contents(files) == before


def test_what_is_read_is_never_overwritten(whole: Path, tmp_path: Path, btn: Btn) -> None:
    shutil.copytree(whole, tmp_path / "cohort")
    shutil.copy(whole / "cohort.csv", tmp_path / "cohort" / "other.csv")
    before = contents(tmp_path)
    code, _, err = btn("prepare", tmp_path / "cohort", tmp_path / "cohort", *HOW)
    assert (code, "cohort.csv would be overwritten, but it is read" in err) == (2, True)
    code, _, err = btn("prepare", tmp_path / "cohort" / "other.csv", tmp_path / "cohort", *HOW)
    assert (code, "a_t1c.nii.gz in it is read; write to another folder" in err) == (2, True)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--atlas", "no.nii.gz"), 1, "no.nii.gz"),
        (("--atlas", "no.nii.gz", "--space", "native"), 2, "--space native needs no atlas; omit --atlas, or --space"),
        (("--space", "native", "--atlas-fit", "affine"), 2, "--atlas-fit affine scales to an atlas"),
        (("--shard", "3/2"), 2, "3/2"),
        ((*HOW, "--map", "no.csv"), 1, "no.csv"),
        (("--address", "here:1"), 2, "--address is for a Ray cluster"),
    ],
)
def test_says_at_once_what_is_wrong(
    files: Path, tmp_path: Path, words: tuple[object, ...], code: int, said: str, btn: Btn
) -> None:
    found, out, err = btn("prepare", files, tmp_path / "out", *words)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert said in err
    assert not list(tmp_path.glob("out/*/*"))


def test_masks_come_back_to_the_scan(whole: Path, files: Path, tmp_path: Path, btn: Btn) -> None:
    image = read_space(whole / "a" / "a_t1c.nii.gz")
    drawn = np.zeros(image.shape, np.uint8)
    drawn[4:8, 5:9, 3:6] = 3
    write_volume(Volume(drawn, image), tmp_path / "masks" / "a_tumour.nii.gz")
    words = ("to-native", tmp_path / "masks", "--prepared", whole, "--output", tmp_path / "native")
    code, out, _ = btn(*words)
    assert (code, "1 file on" in out) == (0, True)
    back = read_labels(tmp_path / "native" / "a_tumour.nii.gz")
    assert back.space == read_labels(files / "a" / "a_t1c.nii.gz").space
    assert np.array_equal(back.array, drawn)
    code, _, err = btn(*words, "--sequence", "t2f")
    assert (code, "case a has no t2f" in err) == (2, True)


@pytest.fixture
def run_of_prepared(run: Path, whole: Path, tmp_path: Path) -> Path:
    """A run that remembers that it learned from cases prepared as `whole` is."""
    shutil.copytree(run, tmp_path / "run")
    learned = summarise_preparations(read_manifest(whole / "cohort.csv"))
    assert learned is not None
    split = json.loads((tmp_path / "run" / "split.json").read_text())
    (tmp_path / "run" / "split.json").write_text(json.dumps({**split, "preparation": learned.as_json()}))
    return tmp_path / "run"


def test_raw_images_are_prepared_as_the_training_data_were(
    dicom: Path, run_of_prepared: Path, run: Path, tmp_path: Path, btn: Btn
) -> None:
    out = tmp_path / "predictions"
    code, printed, err = btn("predict", dicom, "--run", run_of_prepared, "--output", out, "--json")
    assert code == 1  # a question is open
    assert f"--map {out / 'prepared' / 'plan.csv'}" in err
    predicted, waiting = json.loads(printed)
    assert not [note for note in predicted["notes"] if "prepared" in note]
    assert "it waits for an answer" in waiting["error"]
    (mask,) = (out / "native").glob("*.nii.gz")
    assert axis_directions(read_space(mask)) == "PIR"
    assert read_labels(mask).space.shape == head_phantom().space.shape
    cases = out / "prepared" / "cohort.csv"
    code, printed, _ = btn("predict", cases, "--run", run, "--output", tmp_path / "other", "--json")
    assert code == 0
    notes = json.loads(printed)[0]["notes"]
    assert "prepared to the space original; how the training data were prepared is not known" in notes
    code, _, err = btn("predict", dicom, "--run", run_of_prepared, "--output", out, "--atlas", cases)
    assert (code, "lie on no atlas; omit --atlas" in err) == (2, True)


def test_the_folder_of_a_prepared_case_is_predicted_as_it_is(whole: Path, run: Path, tmp_path: Path, btn: Btn) -> None:
    code, _, err = btn("predict", whole / "a", "--run", run, "--output", tmp_path)
    assert (code, err) == (0, "")
    assert [file.name for file in tmp_path.glob("*.nii.gz")] == ["a_tumour.nii.gz"]
    assert not (tmp_path / "prepared").exists()


def test_files_by_name_on_several_grids_are_prepared(run_of_prepared: Path, tmp_path: Path, btn: Btn) -> None:
    head = head_phantom()
    x, y, z = head.array.shape
    other = Volume(1200 - head.array[:, :, : z - 1], Space((x, y, z - 1), head.space.affine))
    for name, volume in (("a", head), ("b", other)):
        write_volume(volume, tmp_path / f"{name}.nii.gz")
    out = tmp_path / "out"
    named = ("--t1c", tmp_path / "a.nii.gz", "--t2f", tmp_path / "b.nii.gz", "--case-id", "mine")
    code, printed, err = btn("predict", *named, "--run", run_of_prepared, "--output", out, "--json")
    assert (code, err) == (0, "")
    assert [each["case_id"] for each in json.loads(printed)] == ["mine"]
    assert (out / "prepared" / "mine" / "mine_t2f.nii.gz").is_file()
    assert read_space(out / "native" / "mine_tumour.nii.gz").shape in (head.space.shape, other.space.shape)


def test_another_way_of_preparation_is_noted(dicom: Path, run_of_prepared: Path, tmp_path: Path, btn: Btn) -> None:
    settings = PrepareSettings(space="native", skullstrip="none")
    made = btn_api.prepare_cohort(dicom, tmp_path / "native", settings=settings, jobs=1, progress=False)
    words = ("predict", made.path / "cohort.csv", "--run", run_of_prepared, "--output", tmp_path / "p", "--json")
    notes = json.loads(btn(*words)[1])[0]["notes"]
    assert "prepared in another way than the training data: space native instead of original" in notes


def test_the_atlas_of_the_training_data_must_be_given(
    dicom: Path, run_of_prepared: Path, tmp_path: Path, btn: Btn
) -> None:
    file = run_of_prepared / "split.json"
    split = json.loads(file.read_text())
    split["preparation"]["settings"] |= {"space": "atlas", "atlas": "sri24.nii.gz", "atlas_sha256": 64 * "0"}
    file.write_text(json.dumps(split))
    words = ("predict", dicom, "--run", run_of_prepared, "--output", tmp_path / "p")
    code, _, err = btn(*words)
    assert code == 2
    assert err.endswith("lie on sri24.nii.gz, and none was given: add --atlas PATH\n")
    (tmp_path / "other.nii.gz").write_bytes(b"")
    code, _, err = btn(*words, "--atlas", tmp_path / "other.nii.gz")
    assert code == 2
    assert err.endswith("lie on sri24.nii.gz, and other.nii.gz is another file: add --atlas PATH\n")
