"""Scores as rows, and the cases that are shown."""

import numpy as np
import pytest

from braintumornet.core.scores import Scores
from braintumornet.metrics.lesionwise import Lesion, LesionScores
from braintumornet.report.case_pictures import choose_cases
from braintumornet.report.score_rows import list_markers, list_regions
from braintumornet.scoring.detection_rows import detection_rows

from ..score_tables import make_rows, score_markers


def region_rows(case_id, dice, truth_ml):
    values = {"dice": dice, "hd95_mm": 10 * (1 - dice), "volume_truth_ml": truth_ml, "volume_prediction_ml": 1.0}
    return make_rows(case_id, "tumour", "WT", values)


ILL = [row for n in range(6) for row in region_rows(f"ill{n}", 0.5 + n / 10, 5.0)]
HEALTHY = region_rows("healthy", 1.0, 0.0)


def test_cases_without_the_structure_have_a_row_of_their_own():
    rows = list_regions(Scores.of([*ILL, *HEALTHY]))
    assert [(row["truth"], row["cases"], row["mean"], row["median"]) for row in rows] == [
        ("", 7, "0.786", "0.800"),
        ("structure present", 6, "0.750", "0.750"),
        ("structure absent", 1, "1.000", "1.000"),
    ]
    assert rows[1]["dots"] == [(f"ill{n}", pytest.approx(0.5 + n / 10)) for n in range(6)]
    assert rows[1]["low"] < 0.75 < rows[1]["high"]
    assert rows[1]["interval"] == f"{rows[1]['low']:.3f} to {rows[1]['high']:.3f}"


def test_without_healthy_cases_one_row_says_it_all():
    assert [row["cases"] for row in list_regions(Scores.of(ILL))] == [6]


def test_few_patients_have_no_interval():
    (row,) = list_regions(Scores.of({**row, "patient_id": "the same"} for row in ILL))
    assert (row["interval"], row["low"], row["high"]) == ("-", None, None)


def test_a_marker_says_what_is_not_defined():
    scores = score_markers("genotype", ["a", "b"], ["a", "a"], np.array([[0.9, 0.1], [0.4, 0.6]]))
    a, _, overall = list_markers(scores)
    assert (a["auc"], a["auc_interval"], a["note"]) == ("-", "", "not defined: every case is of class a")
    assert (overall["name"], overall["cases"], overall["accuracy"]) == ("all classes", 2, "0.50")


def test_rows_of_the_cohort_that_are_no_class_are_no_marker():
    lesions = detection_rows("tumour", "ET", [LesionScores((Lesion(1.0, 0.9, 0.9, 1.0),), 0, 0.9, 1.0)], [0.5])
    scores = score_markers("genotype", ["a", "b"], ["a", "b"], np.array([[0.9, 0.1], [0.4, 0.6]]))
    assert [(row["task"], row["name"]) for row in list_markers(Scores.concat([Scores.of(lesions), scores]))] == [
        ("genotype", "a"),
        ("genotype", "b"),
        ("genotype", "all classes"),
    ]


@pytest.mark.parametrize(
    ("number", "ranks"),
    [(0, {}), (1, {"only": 0}), (2, {"best": 1, "worst": 0}), (6, {"best": 5, "median": 2, "worst": 0})],
)
def test_cases_are_chosen_by_rank_among_those_with_tumour(number, ranks):
    rows = [row for row in ILL if int(row["case_id"][-1]) < number]
    chosen = choose_cases(Scores.of([*rows, *(HEALTHY if rows else [])]), "tumour")
    assert {rank: case_id for rank, (case_id, _) in chosen.items()} == {r: f"ill{n}" for r, n in ranks.items()}


def test_healthy_cases_are_shown_where_there_are_no_others():
    assert choose_cases(Scores.of(HEALTHY), "tumour") == {"only": ("healthy", 1.0)}
