"""A metric of a package of its own is computed, compared in its direction and shown, and nothing of ours knows it."""

import json
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.metric import Metric
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.metrics.mask_pair import MaskPair

GOLDEN = Path(__file__).parents[1] / "golden"
COHORT, PREDICTIONS = GOLDEN / "cohort" / "cohort.csv", GOLDEN / "predictions"


@pytest.fixture
def scored(installed, tmp_path, btn):
    table = tmp_path / "scores.csv"
    words = ("--output", table, "--metric", "centre_distance_mm", "--jobs", 1)  # other processes may be older than it
    code, screen, errors = btn("evaluate", COHORT, PREDICTIONS, *words)
    assert code == 0, errors
    return Scores.read(table), screen


def test_it_is_computed_beside_the_usual_ones(scored):
    scores, screen = scored
    distances, dice = (scores.select(metric=name).frame for name in ("centre_distance_mm", "dice"))
    assert len(distances) == len(dice) > 0
    assert distances["note"].tolist() == dice["note"].tolist()
    assert "centre_distance_mm" in screen


def test_it_is_compared_in_its_direction(scored, tmp_path, btn):
    frame = scored[0].select(metric="centre_distance_mm").frame
    arms = {"near": frame["value"], "far": frame["value"] + 1}
    Scores.concat([Scores(frame.assign(arm=arm, value=values)) for arm, values in arms.items()]).write(
        tmp_path / "a.csv"
    )
    found = json.loads(btn("compare", tmp_path / "a.csv", "--json")[1])
    assert (found["metric"], found["better"]) == ("centre_distance_mm", "lower")
    assert {(one["arm"], one["improved"]) for one in found["results"]} == {("far", 0)}


def test_it_stands_on_the_page(installed, tmp_path, btn):
    (run,) = (path for path in (GOLDEN / "runs").iterdir() if (path / "report.json").is_file())
    words = ("--cohort", COHORT, "--predictions", PREDICTIONS, "--output", tmp_path / "run.html")
    code, _, errors = btn("report", run, *words, "--metric", "centre_distance_mm")
    assert code == 0, errors
    assert "<td>centre_distance_mm</td>" in (tmp_path / "run.html").read_text()


def test_by_hand(installed):
    truth, prediction = np.zeros((2, 1, 1, 9), bool)
    truth[..., 0], prediction[..., [0, 7]] = True, True
    metric = Metric.named("centre_distance_mm")()
    assert metric.score(MaskPair.cut(truth, prediction, Space((1, 1, 9), np.diag([1, 1, 2, 1])))) == 7


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("centre_distance", "no metric 'centre_distance' is installed; did you mean 'centre_distance_mm'?"),
        ("absolute_error", "the metric 'absolute_error' is measured by a kind of task of its own"),
        ("lesion_dice", "the metric 'lesion_dice' is about lesions; say what a lesion is"),
    ],
)
def test_what_cannot_be_computed_is_refused(installed, tmp_path, btn, name, text):
    code, _, errors = btn("evaluate", COHORT, PREDICTIONS, "--output", tmp_path / "s.csv", "--metric", name)
    assert (code, len(errors.splitlines())) == (2, 1)
    assert text in errors
