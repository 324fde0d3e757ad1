"""`btn report` as a user runs it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest


@pytest.fixture
def walk(phantoms: Cohort, tiny: object, tmp_path: Path, btn: Callable[..., tuple[int, str, str]]) -> Path:
    """A folder with a cohort, a run that left one case out, and its prediction of that case."""
    write_manifest(phantoms, tmp_path / "cohort.csv")
    (tmp_path / "tiny.yaml").write_text(tiny.to_yaml())  # type: ignore[attr-defined]
    table, run = tmp_path / "cohort.csv", tmp_path / "runs" / "a"
    assert btn("train", tmp_path / "tiny.yaml", "--cohort", table, "--run", run, "--hold-out", "phantom-0003")[0] == 0
    assert btn("predict", table, "--run", run, "--split", "test", "--output", tmp_path / "p")[0] == 0
    return tmp_path


def test_the_page_lies_in_the_run(walk, btn):
    code, out, _ = btn("report", walk / "runs" / "a")
    assert code == 0
    assert str(walk / "runs" / "a" / "report.html") in out.replace("\n", "")
    assert "Report of a" in (walk / "runs" / "a" / "report.html").read_text()


def test_scores_and_pictures_come_with_cohort_and_predictions(walk, btn):
    page = walk / "pages" / "a.html"
    words = ("--cohort", walk / "cohort.csv", "--predictions", walk / "p", "--output", page)
    assert btn("report", walk / "runs" / "a", *words)[0] == 0
    assert "1 case not seen in training" in page.read_text()
    assert "Only case: phantom-0003" in page.read_text()


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["--cohort", "cohort.csv"], 2, "--cohort is given without --predictions; scores need both"),
        (["--predictions", "p"], 2, "--predictions is given without --cohort; scores need both"),
        (["--cohort", "cohort.csv", "--predictions", "nothing"], 1, "holds no prediction of any case of cohort"),
        (["--cohort", "nothing.csv", "--predictions", "p"], 1, "nothing.csv"),
        (["--output", "cohort.csv/report.html"], 1, "choose another folder"),
    ],
)
def test_what_is_missing_is_said_in_one_line(walk, btn, monkeypatch, words, code, text):
    monkeypatch.chdir(walk)
    found, _, err = btn("report", "runs/a", *words)
    assert (found, err.count("\n")) == (code, 1)
    assert text in err
    assert not (walk / "runs" / "a" / "report.html").exists()


def test_no_run_is_wrong_use(tmp_path, btn):
    code, _, err = btn("report", tmp_path / "run")
    assert (code, err.count("\n")) == (2, 1)
    assert "is not a finished run: config.yaml is missing" in err
    assert not (tmp_path / "run").exists()


def test_a_damaged_diary_is_said_in_one_line(walk, btn):
    (walk / "runs" / "a" / "metrics.csv").write_text("step,name,value\n10,loss/tumour\n")
    code, _, err = btn("report", walk / "runs" / "a")
    assert (code, err.count("\n")) == (1, 1)
    assert "metrics.csv is damaged" in err
