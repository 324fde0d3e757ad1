"""The command line as a user runs it."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.space import Space
from braintumornet.volumes.nifti import read_labels, read_space, write_volume
from braintumornet.volumes.volume import Volume

ENGINES = {"torch", "monai", "lightning", "scipy", "sklearn", "pandas", "matplotlib", "nibabel", "numpy", "ray"}
ENGINES |= {"SimpleITK", "pydicom", "nilearn", "skimage", "joblib"}

Result = tuple[int, str, str]
Btn = Callable[..., Result]


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    write_manifest(phantoms, tmp_path / "cohort.csv")
    return tmp_path / "cohort.csv"


@pytest.fixture
def config(tiny: object, tmp_path: Path) -> Path:
    (tmp_path / "tiny.yaml").write_text(tiny.to_yaml())  # type: ignore[attr-defined]
    return tmp_path / "tiny.yaml"


COMMANDS = (
    "demo",
    "phantom",
    "import",
    "import-contours",
    "import-deepmedic",
    "export",
    "check",
    "train",
    "prepare",
    "predict",
    "to-native",
    "send",
    "evaluate",
    "report",
    "retention",
    "compare",
    "info",
)


@pytest.mark.parametrize("words", [[], *([command] for command in COMMANDS)])
def test_help_loads_no_engine(words: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["btn", *{words!r}, "--help"]
from braintumornet.cli import main
try:
    main()
finally:
    print("LOADED", *sorted({{name.split(".")[0] for name in sys.modules}}))
"""
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "Usage" in printed
    assert ENGINES & set(printed.split("LOADED")[1].split()) == set()


def test_the_package_itself_loads_no_engine() -> None:
    code = "import sys, braintumornet; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "braintumornet" in loaded
    assert ENGINES & set(loaded) == set()


def test_predicting_loads_nothing_that_only_training_or_statistics_need() -> None:
    code = "import sys, braintumornet; braintumornet.predict; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "braintumornet.api.predict" in loaded
    assert {"lightning", "scipy.stats", "sklearn", "matplotlib", "ray"} & set(loaded) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str, btn: Btn) -> None:
    assert f"btn {command}" in btn(command, "--help")[1].split("Example:")[1]


def test_the_whole_walk(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    run, masks, scores = tmp_path / "run", tmp_path / "predictions", tmp_path / "scores.csv"
    code, out, _ = btn("train", config, "--cohort", table, "--run", run)
    assert (code, "step 4 of 4" in out) == (0, True)
    code, out, _ = btn("predict", table, "--run", run, "--output", masks)
    assert (code, "6 predictions" in out) == (0, True)
    labels = masks / "phantom-0000_tumour.nii.gz"
    assert read_space(labels) == Space((32, 32, 32), read_space(labels).affine)
    code, out, _ = btn("evaluate", table, masks, "--output", scores)
    assert code == 0
    assert "mean Dice" in out
    assert "research use" in out
    assert read_scores(scores)[0].keys() >= {"case_id", "task", "structure", "lesion", "metric", "value", "note"}
    whole = json.loads(btn("evaluate", table, masks, "--output", scores, "--json")[1])["means"][0]
    assert whole["mean_dice_low"] <= whole["mean_dice"] <= whole["mean_dice_high"]


def test_leaving_a_case_out_keeps_it_for_the_test(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    run = tmp_path / "run"
    assert btn("train", config, "--cohort", table, "--run", run, "--hold-out", "phantom-0003")[0] == 0
    split = json.loads((run / "split.json").read_text())
    assert split["test"] == ["phantom-0003"]
    assert len(split["train"]) == 5
    code, out, _ = btn("predict", table, "--run", run, "--output", tmp_path / "p", "--split", "test", "--json")
    assert code == 0
    assert [case["case_id"] for case in json.loads(out)] == ["phantom-0003"]


def test_a_missing_prediction_counts_as_an_empty_one(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    run = tmp_path / "run"
    btn("train", config, "--cohort", table, "--run", run, "--hold-out", "phantom-0003")
    btn("predict", table, "--run", run, "--output", tmp_path / "p", "--split", "test")
    btn("evaluate", table, tmp_path / "p", "--output", tmp_path / "s.csv")
    (row,) = find_rows(tmp_path / "s.csv", case_id="phantom-0000", structure="WT", metric="dice")
    assert (row["value"], row["note"]) == ("0.0", "no prediction: counted as an empty one")


def test_importing_a_folder_makes_a_table(phantoms: Cohort, tmp_path: Path, btn: Btn) -> None:
    folder = phantoms.cases[0].images["t1c"].parents[1]
    words = ("import", folder, "--layout", "brats", "--output", tmp_path / "c.csv", "--pathology", "plgg")
    expect(btn(*words), 1, "labels found: 1, 2, 3; they could be brats2013 or brats2023", "pass --label-scheme")
    assert not (tmp_path / "c.csv").exists()
    code, out, _ = btn(*words, "--label-scheme", "brats2023")
    assert code == 0
    assert "6 cases" in out
    assert "brats2023" in (tmp_path / "c.csv").read_text()


def test_importing_says_which_visits_are_one_patients_and_what_is_left_out(
    phantoms: Cohort, tmp_path: Path, btn: Btn
) -> None:
    for case, name in zip(phantoms, ("sub-01_ses-01", "sub-01_ses-02", "sub-02_ses-01"), strict=False):
        (tmp_path / "c" / name).mkdir(parents=True)
        shutil.copy(case.images["t1c"], tmp_path / "c" / name / f"{name}_t1c.nii.gz")
        shutil.copy(case.targets["seg"], tmp_path / "c" / name / f"{name}_tumor_segmentation.nii.gz")
    code, out, err = btn("import", tmp_path / "c", "--output", tmp_path / "c.csv")
    assert code == 0
    said = " ".join(out.split())
    assert "3 cases of 2 patients: ids were read as patient and visit, such as sub-01_ses-01 as patient_id" in said
    assert "left out 3 files whose names are not understood, such as sub-01_ses-01/sub-01_ses-01_tumor_seg" in err
    header, first, *_ = (tmp_path / "c.csv").read_text().splitlines()
    assert dict(zip(header.split(","), first.split(","), strict=True)) == {
        "case_id": "sub-01_ses-01",
        "patient_id": "sub-01",
        "cohort": "c",
        "t1c": "c/sub-01_ses-01/sub-01_ses-01_t1c.nii.gz",
        "session": "01",
    }


def test_visits_under_two_patients_are_said_before_training(
    phantoms: Cohort, table: Path, config: Path, tmp_path: Path, btn: Btn
) -> None:
    cases = [replace(case, id=f"sub-01_ses-0{n}", patient_id=f"{n}") for n, case in enumerate(phantoms, start=1)]
    write_manifest(Cohort("c", tuple(cases)), table)
    code, _, err = btn("train", config, "--cohort", table, "--run", tmp_path / "run")
    assert (code, err.count("sub-01_ses-01 and sub-01_ses-02 look like visits of one patient, sub-01, but")) == (0, 1)


def test_phantoms_are_written(tmp_path: Path, btn: Btn) -> None:
    assert btn("phantom", tmp_path / "p", "--cases", 2, "--spacing", 8, "--mix", "hgg=1")[0] == 0
    rows = (tmp_path / "p" / "cohort.csv").read_text().splitlines()
    assert len(rows) == 3
    assert all(",hgg," in row for row in rows[1:])
    assert {"age", "sex", "site"} <= set(rows[0].split(","))


def test_raw_phantoms_are_written(tmp_path: Path, btn: Btn) -> None:
    assert btn("phantom", tmp_path / "p", "--cases", 1, "--spacing", 8, "--raw")[0] == 0
    assert (tmp_path / "p" / "phantom-0000" / "phantom-0000_motion.json").exists()


def test_a_column_that_is_probably_another_is_said_by_every_command(
    table: Path, config: Path, tmp_path: Path, btn: Btn
) -> None:
    header, *lines = table.read_text().splitlines()
    table.write_text("\n".join([f"{header},spilt", *(f"{line},train" for line in lines)]) + "\n")
    run, masks = tmp_path / "run", tmp_path / "masks"
    for words in (
        ("train", config, "--cohort", table, "--run", run),
        ("predict", table, "--run", run, "--output", masks, "--json"),
        ("evaluate", table, masks, "--output", tmp_path / "s.csv"),
        ("report", run, "--cohort", table, "--predictions", masks),
    ):
        code, _, err = btn(*words)
        assert (code, err.count("column 'spilt' is none that is read; did you mean 'split'?")) == (0, 1), words
    assert err.startswith(f"warning: {table}: column")
    assert "did you mean 'split'" in btn("check", table, "--json")[1]


def test_a_table_that_is_no_csv_is_one_line(table: Path, btn: Btn) -> None:
    text = table.read_text()
    for content, word in ((text.replace(",", ";").encode(), "semicolons"), (text.encode("utf-16"), "UTF-16")):
        table.write_bytes(content)
        expect(btn("check", table), 1, word, "save it as 'CSV UTF-8 (comma delimited)'")


def test_an_id_that_leads_elsewhere_is_refused(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    run, victim = tmp_path / "run", tmp_path / "victim" / "split.json"
    assert btn("train", config, "--cohort", table, "--run", run)[0] == 0
    victim.parent.mkdir()
    victim.write_text("theirs")
    text = table.read_text()
    table.write_text(text.replace("phantom-0003,", "../../victim/split,", 1))
    result = btn("predict", table, "--run", run, "--output", tmp_path / "out" / "p")
    expect(result, 1, "case_id '../../victim/split' holds '/', which a file's name cannot have everywhere")
    assert victim.read_text() == "theirs"
    table.write_text(text.replace("phantom-0003,", "split,", 1))
    expect(btn("predict", table, "--run", run, "--output", run), 2, "holds the config.yaml of a run or study; choose")


def test_names_that_look_like_markup_end_no_command(
    phantoms: Cohort, table: Path, config: Path, tmp_path: Path, btn: Btn
) -> None:
    folder = tmp_path / "[" / "b]\x1b[31m"  # together with the line before it: [/b]
    cases = [replace(case, id=f"{case.id}[red]", pathology="[/b]") for case in phantoms]
    write_manifest(Cohort("[/b]", tuple(cases)), table)
    for words in (
        ("check", table),
        ("train", config, "--cohort", table, "--run", folder / "run"),
        ("info", folder / "run"),
        ("predict", table, "--run", folder / "run", "--output", folder / "masks"),
        ("evaluate", table, folder / "masks", "--output", folder / "s.csv"),
        ("report", folder / "run"),
    ):
        code, out, err = btn(*words)
        assert (code, err, "\x1b[31m" in out) == (0, "", False), words
        assert words[0] == "check" or "[/b]" in out or "[red]" in out
    assert "/[/b]\\x1b[31m/" in out


def test_two_files_of_one_name_are_refused_before_the_work(
    phantoms: Cohort, table: Path, config: Path, tmp_path: Path, btn: Btn
) -> None:
    run = tmp_path / "run"
    content = yaml.safe_load(config.read_text())
    first = content["tasks"][0]
    content["tasks"] = [{**first, "name": "c"}, {**first, "name": "b_c"}]
    config.write_text(yaml.safe_dump(content))
    cases = [replace(case, id=name) for case, name in zip(phantoms, ("a", "a_b"), strict=False)]
    write_manifest(Cohort("c", tuple(cases)), table)
    assert btn("train", config, "--cohort", table, "--run", run)[0] == 0
    message = "case a, task b_c and case a_b, task c would both be written to a_b_c.nii.gz; rename one of them"
    expect(btn("predict", table, "--run", run, "--output", tmp_path / "p"), 1, message)
    assert not (tmp_path / "p").exists()


def test_files_of_a_case_are_never_overwritten(
    phantoms: Cohort, table: Path, config: Path, tmp_path: Path, btn: Btn
) -> None:
    run, flat = tmp_path / "run", tmp_path / "flat"
    assert btn("train", config, "--cohort", table, "--run", run)[0] == 0
    flat.mkdir()
    image = shutil.copy(phantoms.cases[0].images["t1c"], flat / "a_tumour.nii.gz")
    (flat / "cohort.csv").write_text("case_id,t1c\na,a_tumour.nii.gz\n")
    before = Path(image).read_bytes()
    expect(
        btn("predict", flat, "--run", run, "--output", flat), 1, "a_tumour.nii.gz would be overwritten, which case a"
    )
    assert Path(image).read_bytes() == before


def test_a_mix_that_does_not_sum_to_one_is_refused(tmp_path: Path, btn: Btn) -> None:
    expect(btn("phantom", tmp_path / "p", "--mix", "hgg=0.6,mets=0.2"), 2, "sums to 0.8", "that sum to 1")
    assert not (tmp_path / "p").exists()


def edit(table: Path, old: str, new: str) -> None:
    """Replace the cell that ends so, or any text."""
    text = table.read_text()
    cells = [cell for line in text.splitlines() for cell in line.split(",") if cell.endswith(old)] or [old]
    assert cells[0] in text
    table.write_text(text.replace(cells[0], new))


def read_scores(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table of scores as they stand there."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def find_rows(path: Path, **cells: str) -> list[dict[str, str]]:
    """Return the rows of a table of scores that hold these cells."""
    return [row for row in read_scores(path) if cells.items() <= row.items()]


def expect(result: Result, code: int, *texts: str) -> None:
    """Expect one clear line and nothing else."""
    assert result[0] == code
    assert len(result[2].strip().splitlines()) == 1
    assert all(text in result[2] for text in texts), result[2]


def test_a_missing_file_is_named(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    edit(table, "phantom-0002_t1c.nii.gz", "nowhere.nii.gz")
    result = btn("train", config, "--cohort", table, "--run", tmp_path / "run")
    expect(result, 1, "error: case phantom-0002:", "nowhere.nii.gz does not exist")
    assert not (tmp_path / "run").exists()


def test_a_truncated_file_is_named(table: Path, config: Path, tmp_path: Path, phantoms: Cohort, btn: Btn) -> None:
    whole = phantoms.cases[2].images["t1c"].read_bytes()
    (tmp_path / "cut.nii.gz").write_bytes(whole[: len(whole) // 2])
    edit(table, "phantom-0002_t1c.nii.gz", "cut.nii.gz")
    result = btn("train", config, "--cohort", table, "--run", tmp_path / "run")
    expect(result, 1, "error: case phantom-0002:", "cut.nii.gz", "cut short: copy it again")
    assert not (tmp_path / "run").exists()


def test_a_label_on_another_grid_is_named(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    write_volume(Volume(np.zeros((32, 32, 30), np.uint8), Space((32, 32, 30), np.eye(4))), tmp_path / "other.nii.gz")
    edit(table, "phantom-0000_seg.nii.gz", "other.nii.gz")
    result = btn("train", config, "--cohort", table, "--run", tmp_path / "run")
    expect(result, 1, "case phantom-0000:", "the mask other.nii.gz", "lie on different grids")


def test_an_unknown_sequence_is_named(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    table.write_text(table.read_text().replace(",t2f,", ",t2flare,"))
    result = btn("train", config, "--cohort", table, "--run", tmp_path / "run")
    expect(result, 1, "t2flare", "t2f")
    content = yaml.safe_load(config.read_text()) | {"sequences": ["t2flare"]}
    config.write_text(yaml.safe_dump(content))
    result = btn("train", config, "--cohort", table, "--run", tmp_path / "run")
    expect(result, 2, "usage error: tiny.yaml: sequences.0: sequence 't2flare' is not known")


def test_a_mask_without_a_coding_is_refused(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    table.write_text(table.read_text().replace("brats2023", ""))
    result = btn("train", config, "--cohort", table, "--run", tmp_path / "run")
    expect(result, 1, "case phantom-0000: the mask phantom-0000_seg.nii.gz has no label scheme")


def test_a_misspelt_key_is_named(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    result = btn("train", config, "--cohort", table, "--run", tmp_path / "run", "--set", "training.learnin_rate=1")
    expect(result, 2, "unknown key 'learnin_rate'; did you mean 'learning_rate'?")


def test_no_cohort_is_wrong_use(config: Path, tmp_path: Path, btn: Btn) -> None:
    expect(btn("train", config, "--run", tmp_path / "run"), 2, "there is no cohort to train on; give one with --cohort")


def test_predictions_of_nobody_are_refused(table: Path, tmp_path: Path, btn: Btn) -> None:
    expect(btn("evaluate", table, tmp_path / "empty"), 1, "holds no prediction of any case of cohort")


def test_an_unfinished_run_is_refused(table: Path, tmp_path: Path, btn: Btn) -> None:
    result = btn("predict", table, "--run", tmp_path / "run", "--output", tmp_path / "p")
    expect(result, 2, "is not a finished run: config.yaml is missing")
    assert not (tmp_path / "p").exists()


def test_real_glioma_cases_walk_through(shared_data: Path, tmp_path: Path, btn: Btn) -> None:
    table, run = tmp_path / "cohort.csv", tmp_path / "run"
    folder = shared_data / "brats2013-hgg"
    expect(btn("import", folder, "--output", table), 1, "brats2013", "pass --label-scheme")
    assert btn("import", folder, "--label-scheme", "brats2013", "--output", table)[0] == 0
    steps = ["--set", "training.steps=1", "--set", "data.spacing_mm=[4,4,4]", "--set", "data.patch=[32,32,32]"]
    assert btn("train", "glioma_small", "--cohort", table, "--run", run, *steps)[0] == 0
    gli = shared_data / "brats2021-gli"
    assert btn("predict", gli, "--run", run, "--output", tmp_path / "p")[0] == 0
    name = "BraTS2021_00006"
    given, answer = gli / name / f"{name}_t1c.nii.gz", tmp_path / "p" / f"{name}_glioma.nii.gz"
    assert read_space(answer) == read_space(given)  # LPS, as the input
    assert set(np.unique(read_labels(answer).array)) <= {0, 1, 2, 3}
    assert btn("import", gli, "--label-scheme", "brats2023", "--output", tmp_path / "gli.csv")[0] == 0
    assert btn("evaluate", tmp_path / "gli.csv", tmp_path / "p", "--output", tmp_path / "s.csv")[0] == 0


def test_cases_seen_in_training_are_marked(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    run, masks, scores = tmp_path / "run", tmp_path / "p", tmp_path / "s.csv"
    btn("train", config, "--cohort", table, "--run", run, "--hold-out", "phantom-0003")
    assert "seen in" in btn("predict", table, "--run", run, "--output", masks)[1]
    assert "5 of these cases were seen in training" in btn("evaluate", table, masks, "--output", scores)[1]
    seen = {row["case_id"] for row in read_scores(scores) if row["note"].endswith("seen in training")}
    assert "phantom-0000" in seen
    assert "phantom-0003" not in seen


def test_masks_of_another_tool_are_scored(phantoms: Cohort, table: Path, tmp_path: Path, btn: Btn) -> None:
    for case in phantoms.cases[:5]:
        labels = read_labels(case.targets["seg"])
        write_volume(labels, tmp_path / "theirs" / f"{case.id}.nii.gz")
    words = ["evaluate", table, tmp_path / "theirs", "--output", tmp_path / "s.csv"]
    expect(btn(*words), 1, "say with --label-scheme how the masks of another tool are to be read")
    expect(btn(*words, "--region", "WT"), 2, "--region is about masks of another tool")
    settings = ["--label-scheme", "brats2023", "--task", "theirs", "--region", "WT", "--tolerance", 2]
    code, out, _ = btn(*words, *settings, "--lesions", "brats2023-ped", "--jobs", 1)
    assert (code, "mean lesion-wise Dice" in out) == (0, True)
    rows = find_rows(tmp_path / "s.csv", task="theirs", structure="WT", metric="surface_dice_2mm")
    found = {row["case_id"]: row["value"] for row in rows}
    assert [found[case.id] for case in phantoms] == ["1.0"] * 5 + ["0.0"]
    documented = set(re.findall(r"\w+", (Path(__file__).parents[1] / "docs/reference/files.md").read_text()))
    assert {row["metric"] for row in read_scores(tmp_path / "s.csv")} - {"surface_dice_2mm"} <= documented


def test_unknown_lesions_are_wrong_use(table: Path, tmp_path: Path, btn: Btn) -> None:
    expect(btn("evaluate", table, tmp_path, "--lesions", "brats2023-glo"), 2, "did you mean 'brats2023-gli'")


def test_a_marker_is_scored_beside_its_baseline(table: Path, config: Path, tmp_path: Path, btn: Btn) -> None:
    run, scores = tmp_path / "run", tmp_path / "s.csv"
    btn("train", config, "--cohort", table, "--run", run, "--hold-out", "phantom-0003")
    btn("predict", table, "--run", run, "--output", tmp_path / "p", "--split", "test")
    out = btn("evaluate", table, tmp_path / "p", "--output", scores)[1]
    assert "1 cases without a label left out; 4 without a prediction: counted as wrong" in " ".join(out.split())
    (wrong,) = find_rows(scores, task="genotype", structure="macro", metric="cases_without_prediction")
    assert (float(wrong["value"]), wrong["note"]) == (4, "without a prediction: counted as wrong")
    (baseline,) = find_rows(scores, task="genotype", structure="macro", metric="baseline_auc")
    assert baseline["value"] == "nan"
    assert baseline["note"].startswith("not computed: a class has 1 patients")
    words = set(re.findall(r"\w+", (Path(__file__).parents[1] / "docs/reference/files.md").read_text()))
    metrics = {re.sub("_(low|high)$|(?<=predicted_as)_.*", "", row["metric"]) for row in read_scores(scores)}
    assert {metric.replace("predicted_as", "predicted_as_") for metric in metrics} <= words
