"""A kind of task of a package of its own goes the whole way, and nothing of ours knows it."""

from pathlib import Path

import pytest

from braintumornet.core.case import Case
from braintumornet.core.files.whole_files import read_json
from braintumornet.core.text.errors import InputError
from braintumornet.tasks.task import Task

COHORT = Path(__file__).parents[1] / "golden" / "cohort" / "cohort.csv"
CONFIG = """
sequences: [t1c, t2f]
tasks:
  - {kind: segmentation, name: tumour, regions: [WT]}
  - {kind: regression, name: years, target: age, unit: years, centre: 9, spread: 5}
data: {patch: [16, 16, 16], batch_size: 4}
backbone: {kind: resunet, width: 8, blocks_down: [1, 1], blocks_up: [1], marker_hidden: [16]}
training: {steps: 8, validate_every: 8, precision: float32, accelerator: cpu}
"""


def test_a_regression_is_trained_and_predicted(installed, tmp_path, btn):
    config, run, predictions = tmp_path / "numbers.yaml", tmp_path / "run", tmp_path / "predictions"
    config.write_text(CONFIG)
    code, screen, errors = btn("train", config, "--cohort", COHORT, "--run", run)
    assert code == 0, errors
    assert "years labelled" in screen
    code, screen, errors = btn("predict", COHORT, "--run", run, "--output", predictions)
    assert code == 0, errors
    assert " years │" in screen
    said = read_json(predictions / "phantom-golden-0001.json")
    answer = said["answers"]["regression"]["years"]
    assert (answer["target"], answer["unit"]) == ("age", "years")
    assert 0 < answer["value"] < 20
    assert said["classification"] == {}
    code, _, errors = btn("predict", COHORT, "--run", run, "--output", tmp_path / "one", "--task", "years")
    assert code == 0, errors
    alone = read_json(tmp_path / "one" / "phantom-golden-0001.json")
    assert alone["answers"] == said["answers"]
    assert alone["segmentation"] == {}


def test_a_cell_that_is_no_number_is_named(installed):
    task = Task.parse({"kind": "regression", "name": "years", "target": "age"})
    assert task.label(Case("a", "a", "c", {}, attributes={"age": "7.5"})) == 7.5
    assert not task.labelled(Case("a", "a", "c", {}))
    with pytest.raises(InputError, match="case a: age 'nan' is no number, which task 'years' learns"):
        task.label(Case("a", "a", "c", {}, attributes={"age": "nan"}))
