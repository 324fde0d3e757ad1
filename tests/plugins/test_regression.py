"""A kind of task of a package of its own goes the whole way, and nothing of ours knows it."""

import json
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.files.atomic_write import read_json
from braintumornet.core.prediction_record import PredictionRecord
from braintumornet.core.scores import Scores
from braintumornet.core.task_record import TaskRecord
from braintumornet.core.text.errors import InputError
from braintumornet.scoring.score_settings import ScoreSettings
from braintumornet.scoring.scored_task import AskedHead, Question, Scoring
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
ARMS = {"mine": 0.0, "worse": 1.0}


def test_a_regression_goes_the_whole_way(installed, tmp_path, btn):
    config, run, predictions, table = (tmp_path / name for name in ("my.yaml", "run", "predictions", "scores.csv"))
    config.write_text(CONFIG)

    def done(*words: object) -> str:
        code, screen, errors = btn(*words)
        assert code == 0, errors
        return screen

    assert "years labelled" in done("train", config, "--cohort", COHORT, "--run", run)
    assert "val/years/neg_absolute_error" in (run / "metrics.csv").read_text()
    assert " years │" in done("predict", COHORT, "--run", run, "--output", predictions)
    said = read_json(predictions / "phantom-golden-0001.json")
    answer = said["answers"]["regression"]["years"]
    assert (answer["target"], answer["unit"]) == ("age", "years")
    assert said["classification"] == {}
    done("predict", COHORT, "--run", run, "--output", tmp_path / "one", "--task", "years")
    alone = read_json(tmp_path / "one" / "phantom-golden-0001.json")
    assert (alone["answers"], alone["segmentation"]) == (said["answers"], {})

    assert "Other scores" in done("evaluate", COHORT, predictions, "--output", table)
    scores = Scores.read(table).select(task="years", metric="absolute_error")
    ages = {case.id: case.value("age") for case in read_manifest(COHORT) if case.value("age")}
    assert {row.case_id for row in scores} == set(ages)
    (own,) = scores.select(case_id="phantom-golden-0001")
    assert own.value == abs(answer["value"] - float(ages["phantom-golden-0001"]))
    means = json.loads(done("evaluate", COHORT, predictions, "--output", table, "--json"))["others"]
    assert [(row["task"], row["metric"], row["cases"]) for row in means] == [("years", "absolute_error", len(ages))]
    assert means[0]["mean"] == pytest.approx(scores.frame["value"].mean())

    page = tmp_path / "page.html"
    done("report", run, "--cohort", COHORT, "--predictions", predictions, "--output", page)
    assert "<td>absolute_error</td>" in page.read_text()
    arms = [{**row._asdict(), "arm": arm, "value": row.value + worse} for arm, worse in ARMS.items() for row in scores]
    Scores.of(arms).write(table)
    compared = json.loads(done("compare", table, "--baseline", "mine", "--metric", "absolute_error", "--json"))
    (result,) = compared["results"]
    assert (compared["better"], result["difference"], result["improved"]) == ("lower", pytest.approx(1), 0)


def test_a_cell_that_is_no_number_is_named(installed):
    task = Task.parse({"kind": "regression", "name": "years", "target": "age"})
    assert task.label(Case("a", "a", "c", {}, attributes={"age": "7.5"})) == 7.5
    assert not task.labelled(Case("a", "a", "c", {}))
    with pytest.raises(InputError, match="case a: age 'nan' is no number, which task 'years' learns"):
        task.label(Case("a", "a", "c", {}, attributes={"age": "nan"}))


def test_a_case_without_a_prediction_is_in_no_mean(installed):
    record = PredictionRecord(
        segmentation={}, answers={"regression": {"years": TaskRecord(target="age", unit="years", value=50.0)}}
    )
    cases = [Case(age, age, "c", {}, attributes={"age": age}) for age in ("40", "62")]
    asked = AskedHead(Question("years", "age", kind="regression"), "years")
    member = Task.named("regression")
    rows, failures = member.score([asked], Cohort("c", tuple(cases)), Scoring({"40": record}, Path(), ScoreSettings()))
    assert [(row["case_id"], row["metric"], row["value"], row["note"]) for row in rows] == [
        ("40", "absolute_error", 10.0, ""),
        ("62", "answered", 0.0, "no prediction: in no mean"),
    ]
    assert failures == []
