"""Files of version 0.1.0 are read, resumed, scored and reported, number for number.

The files in `golden/` are of the format of version 0.1.0, and are read as such for one release: they stay as they are
where words, keys or frames change, so that this shows that files made before are understood. They are never written to:
each test has a copy. They were made in a new folder, each command by itself, with OMP_NUM_THREADS=1:

    btn phantom cohort --cases 12 --mix plgg=0.8,hgg=0.2 --spacing 6 --size 24 --signal 3 --seed 24
        --name phantom-golden
    # in cohort/cohort.csv: t1n and t2w left out, with their files; a column split: val for case 0, test for 1, 7, 8
    btn check cohort/cohort.csv --json > expected/check.json
    btn train golden.yaml --cohort cohort/cohort.csv --run runs/run
    btn train golden.yaml --cohort cohort/cohort.csv --run runs/stopped    # stopped by SIGTERM after step 117 of 120
    btn predict cohort/cohort.csv --run runs/run --output predictions
    btn predict cohort/cohort.csv --run runs/run --output predictions_val --split val --probabilities
    btn evaluate cohort/cohort.csv predictions --output expected/scores.csv --lesions brats2023-gli --json
        > expected/evaluate.json
    btn info runs/run --json > expected/info.json
    btn study study.yaml --study study    # stopped by SIGTERM after the third of six jobs: study_half
    btn study study.yaml --study study    # to its end; study_rest holds what came to study_half, without the weights
    btn study study.yaml --study study --json > expected/study.json
    btn report study
    btn arms multi=study/answers/multi-task_split-1_seed-0/test.csv
        --own tumour=study/answers/single-task_split-1_seed-0/test.csv --json > expected/arms.json
    btn compare study/scores_test.csv --baseline single-task --margin 0.1 --json > expected/compare_study.json
    btn compare six_pairs.csv --metric dice --test-share 15/70 --margin 0.02 --json > expected/compare_pairs.json

Left out is what is made again or not read any more: stores, digests, TensorBoard logs, pages, states of finished runs.

What no network computes is expected to be exactly the same, as far as it was there; columns, keys and files may come.
Other processors round otherwise, so that what a network computes anew may differ a little.
"""

import csv
import hashlib
import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from safetensors.numpy import load_file

from braintumornet.core.text.earlier_names import CONFIG_NAMES

GOLDEN = Path(__file__).with_name("golden")
EXPECTED = GOLDEN / "expected"
FINISHED_JOBS = ("single-task_split-1_seed-0", "multi-task_split-1_seed-0", "place--volume-and-age_split-1_seed-0")
LEFT_JOBS = ("single-task_split-2_seed-0", "multi-task_split-2_seed-0", "place--volume-and-age_split-2_seed-0")

Btn = Callable[..., tuple[int, str, str]]
Rows = list[dict[str, str]]


@pytest.fixture(scope="module", autouse=True)
def _untouched() -> Iterator[None]:
    """Nothing writes into the folder itself."""

    def files() -> dict[Path, str]:
        return {f: hashlib.sha256(f.read_bytes()).hexdigest() for f in GOLDEN.rglob("*") if f.is_file()}

    before = files()
    yield
    assert files() == before


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all, which is the working folder: as then, files are named relative to it."""
    shutil.copytree(GOLDEN, tmp_path / "golden")
    monkeypatch.chdir(tmp_path / "golden")
    return tmp_path / "golden"


@pytest.fixture
def half(here: Path) -> Path:
    """A study of which half of the jobs are done."""
    return (here / "study_half").rename(here / "study")


@pytest.fixture
def finished(half: Path) -> Path:
    """The same study at its end; tables are not there, as they are written anew."""
    shutil.copytree(GOLDEN / "study_rest", half, dirs_exist_ok=True)
    shutil.rmtree(half / "tables")
    for table in half.glob("scores_*.csv"):
        table.unlink()
    return half


# --- a cohort, a run and its predictions ---


def test_the_cohort_is_read(here: Path, btn: Btn) -> None:
    code, out, _ = btn("check", "cohort/cohort.csv", "--json", "--jobs", 1)
    assert code == 0
    assert_holds(json.loads(out), read_expected("check"))


def test_the_run_is_understood(here: Path, btn: Btn) -> None:
    code, out, _ = btn("info", "runs/run", "--json")
    assert code == 0
    assert_holds(json.loads(out), CONFIG_NAMES.quietly().current(read_expected("info")))


def test_predictions_are_scored_the_same(here: Path, btn: Btn) -> None:
    words = ("cohort/cohort.csv", "predictions", "--lesions", "brats2023-gli", "--jobs", 1, "--json")
    code, out, _ = btn("evaluate", *words, "--output", "scores.csv")
    assert code == 0
    assert_same_rows(read_rows(here / "scores.csv"), read_rows(EXPECTED / "scores.csv"))
    assert_holds(json.loads(out), read_expected("evaluate"))


def test_the_run_predicts_the_same(here: Path, btn: Btn) -> None:
    code, _, _ = btn("predict", "cohort/cohort.csv", "--run", "runs/run", "--output", "again")
    assert code == 0
    made = sorted((GOLDEN / "predictions").glob("*.json"))
    assert len(made) == 12
    for file in made:
        assert_same_prediction(json.loads((here / "again" / file.name).read_text()), json.loads(file.read_text()))
        for mask in (GOLDEN / "predictions").glob(f"{file.stem}_*.nii.gz"):
            (found, place), (expected, there) = read_image(here / "again" / mask.name), read_image(mask)
            assert np.array_equal(place, there)
            assert np.count_nonzero(found != expected) <= 4, mask.name


def test_the_run_gives_the_same_probabilities(here: Path, btn: Btn) -> None:
    words = ("--run", "runs/run", "--output", "again", "--split", "val", "--probabilities")
    assert btn("predict", "cohort/cohort.csv", *words)[0] == 0
    name = "phantom-golden-0000_tumour_prob.nii.gz"
    (found, place), (expected, there) = read_image(here / "again" / name), read_image(GOLDEN / "predictions_val" / name)
    assert np.array_equal(place, there)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-3)


def test_predictions_are_made_anew_by_another_version_and_then_taken_as_they_are(here: Path, btn: Btn) -> None:
    words = ("predict", "cohort/cohort.csv", "--run", "runs/run", "--output", "predictions", "--resume", "--no-page")
    code, out, _ = btn(*words)
    assert (code, "there before" in out) == (0, False)
    code, out, _ = btn(*words)
    assert code == 0
    assert "12 of them there before" in " ".join(out.split())


def test_a_run_that_was_stopped_goes_on(here: Path, btn: Btn) -> None:
    words = ("train", "golden.yaml", "--cohort", "cohort/cohort.csv", "--run", "runs/stopped")
    assert btn(*words, "--resume")[0] == 0
    run, whole = here / "runs" / "stopped", GOLDEN / "runs" / "run"
    found, expected = load_file(run / "model.safetensors"), load_file(whole / "model.safetensors")
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=2e-3, err_msg=name)
    for name in ("split.json", "report.json"):
        wanted = json.loads((whole / name).read_text().replace('"drawn"', '"sample_counts"'))
        assert_holds(json.loads((run / name).read_text()), wanted, abs_tolerance=0.05)
    before = read_rows(GOLDEN / "runs" / "stopped" / "metrics.csv")
    diary, wanted = read_rows(run / "metrics.csv"), read_rows(whole / "metrics.csv")
    assert_same_rows(diary[: len(before)], before)
    assert [(row["step"], row["name"]) for row in diary] == [(row["step"], row["name"]) for row in wanted]


def test_the_page_of_a_run_holds_its_figures(here: Path, btn: Btn) -> None:
    words = ("--cohort", "cohort/cohort.csv", "--predictions", "predictions")
    assert btn("report", "runs/run", *words)[0] == 0
    shown = read_page(here / "runs" / "run" / "report.html")
    unseen = {row["case_id"] for row in read_rows(here / "cohort" / "cohort.csv") if row["split"] == "test"}
    dice: dict[str, list[float]] = {}
    for row in read_rows(EXPECTED / "scores.csv"):
        if row["metric"] == "dice" and row["case_id"] in unseen:
            dice.setdefault(row["structure"], []).append(float(row["value"]))
    assert {region: len(values) for region, values in dice.items()} == {"WT": 3, "TC": 3, "ET": 3}
    for values in dice.values():
        assert f"{fmean(values):.3f}" in shown
    for mark in (*read_expected("info")["fingerprints"].values(), "0.416", "0.606 to 0.780", "8.5 mm", "0.769"):
        assert mark in shown


# --- a study ---


def test_a_study_that_was_stopped_goes_on(half: Path, btn: Btn) -> None:
    done = {name: (half / "answers" / name / "done.json").read_bytes() for name in FINISHED_JOBS}
    words = ("study", "study.yaml", "--study", "study", "--json")
    assert json.loads(btn(*words, "--plan")[1])["to_run"] == list(LEFT_JOBS)
    assert btn(*words)[0] == 0
    assert json.loads(btn(*words, "--plan")[1])["to_run"] == []
    assert {name: (half / "answers" / name / "done.json").read_bytes() for name in FINISHED_JOBS} == done
    for part in ("val", "test", "phantom-unseen"):
        found, expected = (read_rows(folder / f"scores_{part}.csv") for folder in (half, GOLDEN / "study_rest"))
        first, wanted = ([row for row in rows if row["split"] == "1"] for rows in (found, expected))
        assert_same_rows(first, wanted)
        assert len(wanted) > 250
        assert_alike(found, expected)


def assert_alike(found: Rows, expected: Rows) -> None:
    """Expect about the same of networks that were trained anew."""

    def values(rows: Rows, metric: str) -> dict[tuple[str, ...], float]:
        key = ("arm", "split", "seed", "case_id", "patient_id", "task", "structure")
        return {tuple(row[k] for k in key): float(row["value"]) for row in rows if row["metric"] == metric}

    for metric, tolerance in (("dice", 0.05), ("probability", 0.02)):
        wanted = values(expected, metric)
        assert {key[1] for key in wanted} == {"1", "2"}
        assert values(found, metric) == pytest.approx(wanted, rel=0, abs=tolerance)


def test_a_finished_study_says_the_same_and_runs_nothing(finished: Path, btn: Btn) -> None:
    answers = sorted(path for path in finished.rglob("*") if "answers" in path.parts)
    code, out, _ = btn("study", "study.yaml", "--study", "study", "--json")
    assert code == 0
    assert_holds(json.loads(out), read_expected("study"))
    for part in ("val", "test", "phantom-unseen"):
        name = f"scores_{part}.csv"
        assert_same_rows(read_rows(finished / name), read_rows(GOLDEN / "study_rest" / name))
    assert sorted(path for path in finished.rglob("*") if "answers" in path.parts) == answers


def test_the_page_of_a_study_holds_its_figures(finished: Path, btn: Btn) -> None:
    assert btn("report", "study")[0] == 0
    shown = read_page(finished / "report.html")
    tables = sorted((GOLDEN / "study_rest" / "tables").glob("*.csv"))
    assert len(tables) == 15
    for table in tables:
        wanted = read_rows(table)
        assert_same_rows(read_rows(finished / "tables" / table.name), wanted)
        if table.name.startswith(("dice_tumour", "auc_genotype", "dice_against", "auc_against")):
            assert all(in_words_of_now(cell) in shown for row in wanted for cell in row.values()), table.name


# --- comparisons ---


def test_arms_are_compared_the_same(finished: Path, btn: Btn) -> None:
    multi, single = (f"study/answers/{arm}_split-1_seed-0/test.csv" for arm in ("multi-task", "single-task"))
    code, out, _ = btn("arms", f"multi={multi}", "--own", f"tumour={single}", "--json")
    assert code == 0
    assert_holds(json.loads(out), read_expected("arms"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("compare_study", ("study_rest/scores_test.csv", "--baseline", "single-task", "--margin", 0.1)),
        ("compare_pairs", ("six_pairs.csv", "--metric", "dice", "--test-share", "15/70", "--margin", 0.02)),
    ],
)
def test_studies_are_compared_the_same(name: str, words: tuple[object, ...], here: Path, btn: Btn) -> None:
    code, out, _ = btn("compare", *words, "--json")
    assert code == 0
    assert_holds(json.loads(out), read_expected(name))


# --- what is the same ---


def read_expected(name: str) -> dict[str, Any]:
    return dict(json.loads((EXPECTED / f"{name}.json").read_text()))


def read_rows(path: Path) -> Rows:
    """Return the rows of a table; the lesion of a score stands behind its structure, as it did then."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if lesion := row.get("lesion"):
            row["structure"] += f" lesion {lesion}" if lesion.isdigit() else f" {lesion}"
    return rows


def read_image(path: Path) -> tuple[np.ndarray, np.ndarray]:
    image = nib.load(path)
    return np.asarray(image.dataobj), image.affine


def read_page(path: Path) -> str:
    """What a page says, without its marks, style and drawings."""
    text = re.sub(r"<(style|script|svg).*?</\1>", " ", path.read_text(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


WORDS = {
    "better": "wins",
    "least shown": "MDE",
    "drawn from": "group",
    "mean probability": "mean confidence",
    "right": "accuracy",
    "regression of genotype on place, volume, age": "logistic regression of genotype on location, volume, age",
}
"""Columns and cells of tables, as they were called -> as they are now."""


def in_words_of_now(text: str) -> str:
    """Return a column or a cell as it is called now."""
    text = re.sub(r"^samples with a label of\b", "labelled samples of", WORDS.get(text, text))
    text = re.sub(r"^(\d+) of (\d+)$", r"\1/\2", text)
    text = text.replace("their scores flatter", "their scores are optimistically biased")
    return text.replace("regression on place", "regression on location")


def assert_same_rows(found: Rows, expected: Rows) -> None:
    """Expect the rows in their order, each with the values that it had; there may be further columns."""
    expected = [{in_words_of_now(key): in_words_of_now(cell) for key, cell in row.items()} for row in expected]
    assert len(found) == len(expected)
    for line, (row, wanted) in enumerate(zip(found, expected, strict=True), start=2):
        assert {column: as_value(row[column]) for column in wanted} == {
            column: close(as_value(cell), row.get("metric", "")) for column, cell in wanted.items()
        }, f"line {line}"


def as_value(cell: str) -> float | str:
    """Return what a cell says: 0.50 is 0.5, and what is no number is compared as a text, as is nan."""
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if number == number else "nan"  # noqa: PLR0124


def close(value: float | str, metric: str) -> Any:
    """Return what a value must equal: on other processors sums end in another digit, and regressions elsewhere."""
    if not isinstance(value, float):
        return value
    return pytest.approx(value, rel=0, abs=1e-6 if metric.startswith("baseline") else 1e-12)


def assert_holds(found: Any, expected: Any, *, abs_tolerance: float = 1e-12, where: str = "") -> None:
    """Expect all that was there, at the same place; there may be further keys."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), where
        assert found.keys() >= expected.keys(), where
        tolerance = 1e-6 if str(expected.get("metric", "")).startswith("baseline") else abs_tolerance
        for key, value in expected.items():
            assert_holds(found[key], value, abs_tolerance=tolerance, where=f"{where}.{key}")
    elif isinstance(expected, list):
        assert isinstance(found, list), where
        assert len(found) == len(expected), where
        for number, value in enumerate(expected):
            assert_holds(found[number], value, abs_tolerance=abs_tolerance, where=f"{where}[{number}]")
    elif isinstance(expected, float):
        # quantiles of t differ in the eleventh digit between versions of SciPy
        assert found == pytest.approx(expected, rel=1e-10, abs=abs_tolerance), where
    else:
        assert found == (in_words_of_now(expected) if isinstance(expected, str) else expected), where


def assert_same_prediction(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Expect the same of a case, but for what other processors round otherwise and the version that says so."""
    for key in ("case_id", "use", "notes", "seen_in_training", "inputs"):
        assert found[key] == expected[key]
    for key in ("run", "model", "config", "cohort"):
        assert found["provenance"][key] == expected["provenance"][key]
    assert_holds(found["segmentation"], expected["segmentation"], abs_tolerance=4 * 6**3 / 1000)
    assert_holds(found["classification"], expected["classification"], abs_tolerance=2e-3)
