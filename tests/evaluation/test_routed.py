"""A mask that a router left out wrongly is a missed one; a marker that it left out is not asked for."""

from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.prediction import Prediction, RegionMap, Routing
from braintumornet.core.space import Space
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.output.write_prediction import write_prediction
from braintumornet.scoring.case_masks import NO_PREDICTION
from braintumornet.scoring.markers_of_cohort import LEFT_OUT
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

GRID = Space((4, 4, 4), np.eye(4))
TRUTHS = {
    "hgg": {"target": "seg", "where": {"pathology": "hgg"}},
    "mets": {"target": "seg", "where": {"pathology": ["mets"]}},
}


def test_a_task_that_is_left_out_of_every_case_is_scored_where_it_was_due(tmp_path: Path) -> None:
    write_volume(Volume(np.ones(GRID.shape, np.uint8), GRID), tmp_path / "seg.nii.gz")
    cases = tuple(
        Case(kind, kind, "c", {}, {"seg": tmp_path / "seg.nii.gz"}, coding="binary", pathology=kind)
        for kind in ("hgg", "mets")
    )
    for case in cases:  # the router takes both for gliomas
        maps = {"hgg": RegionMap(("WT",), np.ones((1, *GRID.shape), np.float32))}
        routing = Routing("hgg", left_out={"mets": ("TC",)})
        write_prediction(Prediction(case.id, GRID, GRID, maps, {}, routing=routing), tmp_path, TRUTHS)
    dice = {
        (s.case_id, s.task): (s.value, s.note)
        for s in evaluate_cohort(Cohort("c", cases), tmp_path)
        if s.metric == "dice"
    }
    assert dice == {("hgg", "hgg"): (1.0, ""), ("mets", "mets"): (0.0, NO_PREDICTION)}


def test_a_marker_that_was_left_out_is_no_wrong_answer(tmp_path: Path) -> None:
    names = {"right": "yes", "other": "no", "left": "yes", "lacking": "no"}
    cases = tuple(Case(name, name, "c", {}, {}, attributes={"idh": value}) for name, value in names.items())
    answers = {"right": {"idh": {"yes": 0.9, "no": 0.1}}, "other": {"idh": {"yes": 0.2, "no": 0.8}}, "left": {}}
    for name, classes in answers.items():
        write_prediction(Prediction(name, GRID, GRID, {}, classes), tmp_path, {"idh": {"target": "idh"}})
    found = {(s.structure, s.metric): s for s in evaluate_cohort(Cohort("c", cases), tmp_path)}
    assert found["macro", "cases"].value == 3
    assert (found["macro", "cases_left_out"].value, found["macro", "cases_left_out"].note) == (1, LEFT_OUT)
    assert found["macro", "cases_without_prediction"].value == 1
    assert (found["yes", "sensitivity"].value, found["no", "sensitivity"].value) == (1, 0.5)


def test_a_marker_without_a_prediction_is_wrong_and_said_in_every_row(tmp_path: Path) -> None:
    names = {"right": "yes", "other": "no", "lacking": "no"}
    cases = tuple(Case(name, name, "c", {}, {}, attributes={"idh": value}) for name, value in names.items())
    for case in cases[:2]:
        given = {"idh": {"yes": 0.6, "no": 0.4} if case.id == "right" else {"yes": 0.1, "no": 0.9}}
        write_prediction(Prediction(case.id, GRID, GRID, {}, given), tmp_path, {"idh": {"target": "idh"}})
    scores = evaluate_cohort(Cohort("c", cases), tmp_path)
    said = {(s.metric, s.value, s.note) for s in scores if s.case_id == "lacking"}
    assert said == {("answered", 0.0, "no prediction: counted as a wrong answer; truth: no")}
    found = {(s.structure, s.metric): s for s in scores}
    assert found["macro", "auc"].value == 0.5  # an undecided answer, 0.5 and 0.5, would give 1
    assert found["macro", "brier"].value == (2 * 0.4**2 + 2 * 0.1**2 + 2) / 3
    for metric in ("auc", "balanced_accuracy", "brier"):
        assert found["macro", metric].note == "1 case without a prediction: counted as wrong"
