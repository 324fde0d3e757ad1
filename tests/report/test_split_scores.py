"""Predictions of a run are scored apart for what the run knows of the cases."""

import json
import shutil
from dataclasses import replace

import pytest

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.prediction import PredictionFolder
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError
from braintumornet.inference.trained_run import TrainedRun
from braintumornet.report.split_scores import Kind, score_run


@pytest.fixture
def predictions(reported, tmp_path):
    """A copy that may be changed."""
    shutil.copytree(reported.predictions, tmp_path / "p")
    return tmp_path / "p"


def pretend_other_run(predictions, case_id):
    path = PredictionFolder(predictions).summary(case_id)
    summary = json.loads(path.read_text())
    summary["provenance"] |= {"run": "another", "model": "0123456789ab"}
    path.write_text(json.dumps(summary))


def test_sides_are_those_of_the_run(reported):
    found = score_run(TrainedRun(reported.run.path), reported.cohort, reported.predictions)
    ids = {scored.kind: [case.id[-1] for case in scored.cohort] for scored in found.sets}
    assert ids == {Kind.UNSEEN: ["4", "5"], Kind.VALIDATION: ["3"], Kind.TRAINING: ["0", "1", "2"]}
    assert all(
        {score.case_id for score in scored.scores} <= {"", *(case.id for case in scored.cohort)}
        for scored in found.sets
    )


def test_a_side_that_was_not_predicted_is_not_scored(reported, predictions):
    for case in reported.cohort.cases[:4]:
        PredictionFolder(predictions).summary(case.id).unlink()
    found = score_run(TrainedRun(reported.run.path), reported.cohort, predictions)
    assert [scored.kind for scored in found.sets] == [Kind.UNSEEN]


def test_a_case_that_was_left_out_counts_as_empty(reported, predictions):
    left_out = reported.cohort.cases[4].id
    PredictionFolder(predictions).summary(left_out).unlink()
    unseen = score_run(TrainedRun(reported.run.path), reported.cohort, predictions).sets[0]
    assert unseen.missing == (left_out,)
    assert {s.value for s in unseen.scores if (s.case_id, s.metric) == (left_out, "volume_prediction_ml")} == {0}


def test_a_case_without_a_mask_that_was_left_out_is_named_too(reported, predictions):
    left_out = reported.cohort.cases[4].id
    PredictionFolder(predictions).summary(left_out).unlink()
    cases = tuple(replace(case, targets={}) if case.id == left_out else case for case in reported.cohort)
    assert score_run(TrainedRun(reported.run.path), Cohort("c", cases), predictions).sets[0].missing == (left_out,)


def test_predictions_of_other_runs_are_told_and_not_scored(reported, predictions):
    foreign = reported.cohort.cases[5].id
    pretend_other_run(predictions, foreign)
    found = score_run(TrainedRun(reported.run.path), reported.cohort, predictions)
    assert found.others == (foreign,)
    assert foreign not in {score.case_id for scored in found.sets for score in scored.scores}


def test_predictions_of_another_run_alone_are_refused(reported, predictions):
    for case in reported.cohort:
        pretend_other_run(predictions, case.id)
    with pytest.raises(
        InputError, match="were made by run 'another' with the weights 0123456789ab, but .*tiny has the"
    ):
        score_run(TrainedRun(reported.run.path), reported.cohort, predictions)


def test_an_empty_folder_is_refused(reported, tmp_path):
    with pytest.raises(InputError, match="holds no prediction of any case of cohort phantoms; make some with"):
        score_run(TrainedRun(reported.run.path), reported.cohort, tmp_path)


def test_a_cohort_without_labels_is_refused(reported):
    bare = Cohort("bare", tuple(replace(case, targets={}, attributes={}) for case in reported.cohort))
    with pytest.raises(InputError, match="none of the 6 predicted cases of cohort bare has a label"):
        score_run(TrainedRun(reported.run.path), bare, reported.predictions)


def test_a_later_scan_belongs_where_its_patient_does(reported, predictions):
    """Also where the table has none of the cases that the run knew."""
    visits = {}
    for number, kind in ((0, Kind.TRAINING), (3, Kind.VALIDATION), (4, Kind.UNSEEN)):
        first = reported.cohort.cases[number]
        visits[kind] = replace(first, id=f"later-{number}")
        place = PredictionFolder(predictions)
        summary = json.loads(place.summary(first.id).read_text())
        place.summary(f"later-{number}").write_text(json.dumps(summary | {"case_id": f"later-{number}"}))
    found = score_run(TrainedRun(reported.run.path), Cohort("later", tuple(visits.values())), predictions)
    assert {scored.kind: [case.id for case in scored.cohort] for scored in found.sets} == {
        kind: [case.id] for kind, case in visits.items()
    }


def test_what_trained_the_run_that_this_one_started_from_is_training_too(reported, predictions, tmp_path):
    shutil.copytree(reported.run.path, tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    last = reported.cohort.cases[5]
    source = {"run": "r", "model": "m", "config": "c", "cohort": "c", "cases": [], "patients": [last.patient_id]}
    run.transfer.write_text(json.dumps({"source": source, "tensors": []}))
    found = score_run(TrainedRun(run.path), reported.cohort, predictions)
    assert [case.id[-1] for case in found.sets[-1].cohort] == ["0", "1", "2", "5"]
