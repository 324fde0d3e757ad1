from math import isnan

import pytest

from braintumornet.core.scores import Scores
from braintumornet.metrics.lesionwise import Lesion, LesionScores
from braintumornet.scoring.detection_rows import NOTHING_THERE, detection_rows

FOUND, MISSED, SMALL_FOUND, SMALL_FALSE, LARGE_FALSE = (
    Lesion(2.0, 1.5, 0.8, 2.0),
    Lesion(0.5, 0.0, 0.0, 374.0),
    Lesion(0.1, 0.3, 0.5, 3.0),
    Lesion(0.0, 0.1, 0.0, 374.0),
    Lesion(0.0, 3.0, 0.0, 374.0),
)


def table(*cases, edges_ml=(0.1, 1.0)):
    scores = [LesionScores(lesions, 0, 0.0, 0.0) for lesions in cases]
    rows = Scores.of(detection_rows("mets", "ET", scores, edges_ml))
    assert {row.structure for row in rows} == {"ET"}
    return {(row.lesion, row.metric): row for row in rows}


def test_detection_by_hand():
    rows = table((FOUND, MISSED, SMALL_FALSE), (SMALL_FOUND, LARGE_FALSE), ())
    values = {metric: rows["", metric].value for lesion, metric in rows if lesion == ""}
    assert values == {
        "lesions": 3,
        "detection_sensitivity": pytest.approx(2 / 3),
        "detection_precision": 0.5,
        "detection_f1": pytest.approx(4 / 7),
        "false_lesions_per_case": pytest.approx(2 / 3),
    }


@pytest.mark.parametrize(
    ("size", "lesions", "sensitivity", "precision", "false_per_case"),
    [("up to 0.1 ml", 1, 1, 0.5, 0.5), ("0.1 to 1 ml", 1, 0, 0, 0), ("over 1 ml", 1, 1, 0.5, 0.5)],
)
def test_a_lesion_lies_in_the_bin_of_its_volume(size, lesions, sensitivity, precision, false_per_case):
    rows = table((FOUND, MISSED, SMALL_FALSE), (SMALL_FOUND, LARGE_FALSE))
    assert rows[size, "lesions"].value == lesions
    assert rows[size, "detection_sensitivity"].value == sensitivity
    assert rows[size, "detection_precision"].value == precision
    assert rows[size, "false_lesions_per_case"].value == false_per_case


def test_staying_silent_does_not_pay():
    rows = table((MISSED,))
    assert rows["", "detection_precision"].value == rows["", "detection_f1"].value == 0


def test_a_bin_without_lesions_says_so():
    rows = table((MISSED, SMALL_FALSE))
    nothing, only_false = (rows[name, "detection_sensitivity"] for name in ("over 1 ml", "up to 0.1 ml"))
    assert isnan(nothing.value)
    assert isnan(only_false.value)
    assert (nothing.note, only_false.note) == (NOTHING_THERE, "no lesion of this size")
    assert rows["up to 0.1 ml", "detection_precision"].value == 0


def test_without_edges_there_are_no_bins():
    assert {lesion for lesion, _ in table((FOUND,), edges_ml=())} == {""}
