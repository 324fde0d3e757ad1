"""One bad file never ends a command for the other cases: it is told at the end, and the exit code says so."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.scores import Scores
from braintumornet.core.workers.failures import CaseFailure, CasesFailedError, attempt
from braintumornet.data.check.check_table import check_table, plan_check
from braintumornet.inference.predict_on_ray import predict_on
from braintumornet.inference.prediction_request import PredictionRequest

Result = tuple[int, str, str]
Btn = Callable[..., Result]


@pytest.fixture
def good(phantoms: Cohort, tmp_path: Path) -> Path:
    """The table of the first three cases."""
    write_manifest(Cohort("c", phantoms.cases[:3]), tmp_path / "good.csv")
    return tmp_path / "good.csv"


@pytest.fixture
def cut_short(phantoms: Cohort, tmp_path: Path) -> Cohort:
    """Three cases, of whose second the t1c is cut short."""
    first, second, third = phantoms.cases[:3]
    (tmp_path / "cut.nii.gz").write_bytes(second.images["t1c"].read_bytes()[:900])
    bad = replace(second, images={**second.images, "t1c": tmp_path / "cut.nii.gz"})
    return Cohort("c", (first, bad, third))


@pytest.fixture
def bad(cut_short: Cohort, tmp_path: Path) -> Path:
    write_manifest(cut_short, tmp_path / "bad.csv")
    return tmp_path / "bad.csv"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_prediction_goes_on_and_tells_the_case(run: Path, bad: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, err = btn("predict", bad, "--run", run, "--output", tmp_path / "p")
    assert code == 1
    assert "2 predictions" in out
    (line,) = err.strip().splitlines()
    assert line.startswith("error: case phantom-0001: ")
    assert "cut.nii.gz" in line
    assert "copy it again" in line
    assert [name for name in files(tmp_path / "p") if name.endswith(".json")] == [
        "phantom-0000.json",
        "phantom-0002.json",
    ]


def test_where_all_fail_there_are_only_errors(run: Path, cut_short: Cohort, tmp_path: Path, btn: Btn) -> None:
    write_manifest(Cohort("c", cut_short.cases[1:2]), tmp_path / "all.csv")
    code, out, err = btn("predict", tmp_path / "all.csv", "--run", run, "--output", tmp_path / "p")
    assert (code, "redictions" in out) == (1, False)
    assert err.startswith("error: case phantom-0001: ")


def test_json_lists_what_failed(run: Path, bad: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, _ = btn("predict", bad, "--run", run, "--output", tmp_path / "p", "--json")
    found = json.loads(out)
    assert code == 1
    assert [one["case_id"] for one in found] == ["phantom-0000", "phantom-0002", "phantom-0001"]
    assert "cut.nii.gz" in found[-1]["error"]


def test_an_old_prediction_of_a_case_that_fails_now_is_removed(
    run: Path, good: Path, bad: Path, tmp_path: Path, btn: Btn
) -> None:
    place = tmp_path / "p"
    assert btn("predict", good, "--run", run, "--output", place, "--probabilities")[0] == 0
    assert "phantom-0001_tumour.nii.gz" in files(place)
    before = files(place)
    assert btn("predict", bad, "--run", run, "--output", place, "--resume")[0] == 1
    assert files(place) == [name for name in before if not name.startswith("phantom-0001")]


def test_a_missing_file_and_a_shard(run: Path, good: Path, phantoms: Cohort, tmp_path: Path, btn: Btn) -> None:
    first, second, third = phantoms.cases[:3]
    gone = replace(first, images={**first.images, "t2f": tmp_path / "gone.nii.gz"})
    write_manifest(Cohort("c", (gone, second, third)), tmp_path / "gone.csv")
    code, out, err = btn("predict", tmp_path / "gone.csv", "--run", run, "--output", tmp_path / "p", "--shard", "1/2")
    assert code == 1
    assert "1 predictions" in out
    assert "error: case phantom-0000: " in err
    assert "gone.nii.gz does not exist" in err


def test_an_unforeseen_error_is_that_case_too(
    run: Path, good: Path, tmp_path: Path, btn: Btn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from braintumornet.inference import predictor

    read = predictor.read_case

    def fail_once(case: Case, *given: object) -> object:
        return 1 / 0 if case.id == "phantom-0001" else read(case, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(predictor, "read_case", fail_once)
    code, out, err = btn("predict", good, "--run", run, "--output", tmp_path / "p")
    assert (code, "2 predictions" in out) == (1, True)
    assert err == "error: case phantom-0001: unexpected error: ZeroDivisionError: division by zero\n"


def test_scoring_goes_on_and_tells_the_case(run: Path, good: Path, tmp_path: Path, btn: Btn) -> None:
    place = tmp_path / "p"
    btn("predict", good, "--run", run, "--output", place)
    whole = btn("evaluate", good, place, "--output", tmp_path / "whole.csv", "--json")
    mask = place / "phantom-0001_tumour.nii.gz"
    mask.write_bytes(mask.read_bytes()[:100])
    code, out, err = btn("evaluate", good, place, "--output", tmp_path / "scores.csv", "--json")
    assert (whole[0], json.loads(whole[1])["failures"]) == (0, [])
    (failure,) = json.loads(out)["failures"]
    assert (code, failure["case_id"]) == (1, "phantom-0001")
    assert "phantom-0001_tumour.nii.gz" in failure["error"]
    assert err.startswith("error: case phantom-0001: ")
    kept, rows = ((tmp_path / name).read_text().splitlines() for name in ("whole.csv", "scores.csv"))
    others = [row for row in kept if row.startswith(("phantom-0000,tumour", "phantom-0002,tumour"))]
    assert [row for row in rows if row.startswith("phantom") and ",tumour," in row] == others


@pytest.mark.parametrize("content", ["{", '{"segmentation": 3}'])
def test_a_damaged_prediction_is_one_case(run: Path, good: Path, tmp_path: Path, btn: Btn, content: str) -> None:
    place = tmp_path / "p"
    btn("predict", good, "--run", run, "--output", place)
    (place / "phantom-0002.json").write_text(content)
    code, out, err = btn("evaluate", good, place, "--output", tmp_path / "scores.csv")
    assert code == 1
    assert "error: case phantom-0002: " in err
    assert "phantom-0002.json" in err
    assert "Scoring" in out
    assert "3/3" in out
    assert len(Scores.read(tmp_path / "scores.csv").select(case_id="phantom-0000", structure="WT", metric="dice")) == 1
    page = btn("report", run, "--cohort", good, "--predictions", place, "--output", tmp_path / "page.html")
    assert page[0] == 1
    assert "cannot be used (the terminal says which): phantom-0002" in (tmp_path / "page.html").read_text()
    assert str(tmp_path) not in (tmp_path / "page.html").read_text()


def test_a_truth_on_another_grid_is_one_case(run: Path, good: Path, phantoms: Cohort, tmp_path: Path, btn: Btn) -> None:
    btn("predict", good, "--run", run, "--output", tmp_path / "p")
    first, *others = phantoms.cases[:3]
    image = nib.load(first.targets["seg"])
    nib.Nifti1Image(np.asarray(image.dataobj), image.affine @ np.diag([1, 1, 2, 1])).to_filename(tmp_path / "s.nii.gz")
    moved = replace(first, targets={"seg": tmp_path / "s.nii.gz"})
    write_manifest(Cohort("c", (moved, *others)), tmp_path / "moved.csv")
    code, _, err = btn("evaluate", tmp_path / "moved.csv", tmp_path / "p", "--output", tmp_path / "scores.csv")
    assert code == 1
    assert "error: case phantom-0000: the prediction phantom-0000_tumour.nii.gz and the truth lie on different" in err


def test_masks_of_another_tool_go_on_too(phantoms: Cohort, good: Path, tmp_path: Path, btn: Btn) -> None:
    place = tmp_path / "theirs"
    place.mkdir()
    for case in phantoms.cases[:3]:
        (place / f"{case.id}.nii.gz").write_bytes(case.targets["seg"].read_bytes())
    (place / "phantom-0001.nii.gz").write_bytes(b"nothing")
    words = ("evaluate", good, place, "--label-scheme", "brats2023", "--output", tmp_path / "scores.csv")
    code, out, err = btn(*words)
    assert code == 1
    assert "1.000" in out
    assert "error: case phantom-0001: " in err


def test_a_check_goes_on_after_an_unforeseen_error(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from braintumornet.data.check import check_table as check

    check_case = check.check_case

    def fail_once(line, pictures):
        return 1 / 0 if line.id == "phantom-0001" else check_case(line, pictures)

    monkeypatch.setattr(check, "check_case", fail_once)
    table = read_table(good)
    report = check_table(table, plan_check(table, 1))
    assert [(f.kind, f.severity, f.case_id) for f in report.findings] == [("unreadable", "error", "phantom-0001")]
    assert "unexpected error: ZeroDivisionError" in report.findings[0].text
    assert len(report.cases) == 3


def test_a_cluster_goes_on_too(run: Path, cut_short: Cohort, tmp_path: Path, cluster) -> None:
    with pytest.raises(
        CasesFailedError, match="1 of 3 cases failed, the others are done: case phantom-0001: "
    ) as failed:
        predict_on(cluster, PredictionRequest(run, tmp_path / "p"), cut_short, gpus=0)
    assert [record.case_id for record in failed.value.done] == ["phantom-0000", "phantom-0002"]
    assert [failure.case_id for failure in failed.value.failures] == ["phantom-0001"]


def test_the_reason_is_one_line_without_the_case() -> None:
    def fail() -> None:
        msg = "something\nwent \x1b[31m wrong"
        raise ValueError(msg)

    failure = attempt(fail, "a")
    assert isinstance(failure, CaseFailure)
    assert str(failure) == "case a: unexpected error: ValueError: something went \\x1b[31m wrong"
