"""A study compares arms by what another kind of task measures, and nothing of ours knows it."""

import csv

import pytest
import yaml

from .test_regression import COHORT, CONFIG


def test_a_study_compares_arms_by_another_kind_of_task(installed, tmp_path, btn):
    arms = {"usual": {}, "slow": {"set": {"training.learning_rate": 0.0001}}}
    steps = {"training.steps": 1, "training.validate_every": 1}
    splits = {"repeats": 2, "train": 0.5, "val": 0.2, "test": 0.3}
    study = {"experiment": str(tmp_path / "my.yaml"), "set": steps, "where": {"pathology": "plgg"}}
    (tmp_path / "my.yaml").write_text(CONFIG)
    (tmp_path / "study.yaml").write_text(yaml.safe_dump({**study, "arms": arms, "splits": splits}, sort_keys=False))
    folder = tmp_path / "study"
    code, screen, errors = btn("study", tmp_path / "study.yaml", "--study", folder, "--cohort", COHORT)
    assert code == 0, errors
    assert "test, years, Absolute error" in screen
    assert btn("report", folder)[0] == 0
    with (folder / "tables" / "absolute_error_against_usual_test.csv").open() as file:
        (row,) = csv.DictReader(file)
    with (folder / "tables" / "absolute_error_years.csv").open() as file:
        *splits, _, wins = csv.DictReader(file)
    fewer = sum(float(split["test slow"]) < float(split["test usual"]) for split in splits)
    assert {row["wins"], wins["test slow"]} == {f"{fewer}/2"}  # an error is better where it is less
    assert float(row["mean"]) - float(row["usual"]) == pytest.approx(float(row["difference"]), abs=0.002)
