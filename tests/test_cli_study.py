"""`btn study` as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from .study_tables import TINY_STUDY

Btn = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A study of one split and two arms."""
    arms = {name: TINY_STUDY["arms"][name] for name in ("single", "multi")}
    splits = {**TINY_STUDY["splits"], "repeats": 1}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**TINY_STUDY, "arms": arms, "splits": splits}, sort_keys=False))
    return tmp_path / "mine.yaml"


def test_the_plan_says_how_many_and_about_how_long_and_runs_nothing(file: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, _ = btn("study", file, "--study", tmp_path / "s", "--plan")
    assert code == 0
    assert "Study of 12 cases" in out
    assert "2 of 2 jobs to run, about 1 minute on this machine" in out
    assert not (tmp_path / "s" / "runs").exists()


def test_the_plan_for_a_program(file: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, _ = btn("study", file, "--study", tmp_path / "s", "--plan", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["to_run"] == [job["job"] for job in told["jobs"]] == ["single_split-1_seed-0", "multi_split-1_seed-0"]


def test_from_one_file_to_a_verdict_and_not_twice(file: Path, tmp_path: Path, btn: Btn) -> None:
    code, out, _ = btn("study", file, "--study", tmp_path / "s")
    assert code == 0
    assert "✓ 2 of 2  multi_split-1_seed-0" in out
    assert "test, tumour WT, Dice" in out
    assert "no verdict: one" in out
    assert "Phantoms: nothing measured on them says how well patients are segmented." in out
    table = (tmp_path / "s" / "scores_test.csv").read_text()
    code, out, _ = btn("study", file, "--study", tmp_path / "s", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["phantoms"] is True
    assert {row["part"] for row in told["tables"]} == {"val", "test", "phantom-unseen"}
    assert told["costs"]["single"][0]["parameters"] < told["costs"]["multi"][0]["parameters"]
    assert (tmp_path / "s" / "scores_test.csv").read_text() == table


def test_a_failed_job_is_shown_and_the_exit_code_says_so(file: Path, tmp_path: Path, btn: Btn) -> None:
    wild = "arms.single.set.training.learning_rate=1e30"
    code, out, _ = btn("study", file, "--study", tmp_path / "s", "--set", wild)
    assert code == 1
    assert "✗ 1 of 2  single_split-1_seed-0: step" in out
    assert "✓ 2 of 2  multi_split-1_seed-0" in out
    assert "1 of 2 jobs" in out


def test_another_study_in_the_same_folder_is_refused(file: Path, tmp_path: Path, btn: Btn) -> None:
    btn("study", file, "--study", tmp_path / "s", "--set", "arms.multi.set.training.learning_rate=1e30")
    code, _, err = btn("study", file, "--study", tmp_path / "s")
    assert code == 2
    assert err.startswith("usage error: ")
    assert "holds a study that was begun from another study file or configuration" in err
    assert err.count("\n") == 1


def test_a_study_that_is_not_there(tmp_path: Path, btn: Btn) -> None:
    code, _, err = btn("study", "study_plgg_smal", "--study", tmp_path / "s")
    assert (code, err) == (
        2,
        "usage error: there is no configuration 'study_plgg_smal'; did you mean 'study_plgg_small'?\n",
    )


def test_what_a_program_reads_of_a_study_that_still_runs_is_json_alone(file: Path, tmp_path: Path, btn: Btn) -> None:
    """Nothing of the progress stands before it, and a job that failed stands in it."""
    wild = "arms.single.set.training.learning_rate=1e30"
    code, out, _ = btn("study", file, "--study", tmp_path / "s", "--set", wild, "--json")
    told = json.loads(out)
    assert code == 1
    assert list(told["failures"]) == ["single_split-1_seed-0"]
    assert "step" in told["failures"]["single_split-1_seed-0"]
