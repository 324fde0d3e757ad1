"""Seen means seen: every scan of a patient from whom the network learned, in masks and in markers."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import write_json
from braintumornet.core.prediction import Prediction, RegionMap
from braintumornet.core.score_notes import SEEN
from braintumornet.core.scores import Scores
from braintumornet.core.space import Space
from braintumornet.evaluation.evaluate_cohort import evaluate_cohort
from braintumornet.output.write_prediction import write_prediction
from braintumornet.statistics.auc_difference import delong_of_scores
from braintumornet.terminal.score_screen import print_scores_json
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

GRID = Space((4, 4, 4), np.eye(4))
ABOUT = {"tumour": {"target": "seg", "where": {}}, "idh": {"target": "idh", "where": {}}}


@pytest.fixture
def cohort(tmp_path: Path) -> Cohort:
    """Two patients with two scans each."""
    write_volume(Volume(np.ones(GRID.shape, np.uint8), GRID), tmp_path / "seg.nii.gz")
    cases = [
        Case(f"{who}{scan}", who, "c", {}, {"seg": tmp_path / "seg.nii.gz"}, coding="binary", attributes={"idh": idh})
        for who, idh in (("p", "yes"), ("q", "no"))
        for scan in (1, 2)
    ]
    return Cohort("c", tuple(cases))


def predict(case: Case, folder: Path, model: str, seen: bool) -> None:
    maps = {"tumour": RegionMap(("WT",), np.ones((1, *GRID.shape), np.float32))}
    origin = {"run": "r", "model": model}
    given = {"idh": {"yes": 0.9, "no": 0.1}}
    write_prediction(
        Prediction(case.id, GRID, GRID, maps, given, provenance=origin, seen_in_training=seen), folder, ABOUT
    )


def seen_cases(scores: Iterable[Any]) -> set[str]:
    return {score.case_id for score in scores if SEEN in score.note and score.case_id}


def test_predictions_of_before_that_knew_the_case_alone(cohort: Cohort, tmp_path: Path) -> None:
    for case in cohort:
        predict(case, tmp_path / "p", "m", seen=case.id == "p1")
    scores = evaluate_cohort(cohort, tmp_path / "p")
    assert seen_cases([s for s in scores if s.task == "tumour"]) == {"p1", "p2"}
    assert seen_cases([s for s in scores if s.task == "idh"]) == {"p1", "p2"}
    (count,) = (s for s in scores if s.metric == "cases_seen_in_training")
    assert (count.value, count.note) == (2, "seen in training: their scores are optimistically biased")


def test_another_network_in_the_same_folder_has_not_seen_the_patient(cohort: Cohort, tmp_path: Path) -> None:
    for case in cohort:
        predict(case, tmp_path / "p", "m" if case.id == "p1" else "another", seen=case.id == "p1")
    assert seen_cases(evaluate_cohort(cohort, tmp_path / "p")) == {"p1"}


def test_summaries_without_an_origin_are_read(cohort: Cohort, tmp_path: Path) -> None:
    predict(cohort.cases[0], tmp_path / "p", "m", seen=False)
    path = tmp_path / "p" / "p1.json"
    summary = json.loads(path.read_text())
    write_json(path, {key: value for key, value in summary.items() if key not in ("provenance", "seen_in_training")})
    assert seen_cases(evaluate_cohort(cohort, tmp_path / "p")) == set()


def test_who_is_seen_and_who_is_missing_is_printed(
    cohort: Cohort, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict(cohort.cases[0], tmp_path / "p", "m", seen=True)
    scores = evaluate_cohort(cohort, tmp_path / "p")
    print_scores_json(scores)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["seen_in_training"], printed["without_prediction"]) == (["p1"], ["p2", "q1", "q2"])


def test_a_marker_that_was_seen_still_tells_its_truth() -> None:
    about = {"structure": "yes", "metric": "probability"}
    values = {"a": (0.9, 0.8, 0.3, 0.85), "b": (0.5, 0.6, 0.7, 0.1)}
    rows = [
        {**about, "arm": arm, "case_id": case, "value": value, "note": f"truth: {truth}"}
        for arm, own in values.items()
        for case, (value, truth) in enumerate(zip(own, ("yes", "yes", "no", "no"), strict=True))
    ]
    frame = Scores.of(rows).frame
    found = [
        delong_of_scores(each, ("a", "b"), "yes") for each in (frame, frame.assign(note=frame["note"] + f"; {SEEN}"))
    ]
    assert found[0] is not None
    assert found[0] == found[1]
