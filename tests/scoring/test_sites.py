"""Class predictions scored for each site, where they cannot be right by knowing the hospital."""

from math import isnan

import pytest

from braintumornet.core.cohort.case import Case
from braintumornet.core.scores import Scores
from braintumornet.scoring.markers_of_cohort import MarkerCases, score_answers
from braintumornet.scoring.scored_task import Question

QUESTION = Question("kind", "kind", kind="classification")


def answer(site: str | None, truth: str, a: float) -> tuple[Case, dict[str, float]]:
    attributes = {"kind": truth} | ({"site": site} if site else {})
    name = f"{site}-{truth}-{a}"
    return Case(name, name, "c", {}, attributes=attributes), {"a": a, "b": 1 - a}


def score(answers: list[tuple[Case, dict[str, float]]]) -> Scores:
    cases, given = zip(*answers, strict=True)
    return Scores.of(score_answers(MarkerCases(QUESTION, cases, given, [False] * len(cases)), ["a", "b"]))


def test_each_site_is_scored_by_itself():
    answers = [
        answer(*row) for row in [("N", "a", 0.9), ("N", "a", 0.8), ("N", "b", 0.85), ("S", "b", 0.1), ("S", "b", 0.2)]
    ]
    rows = score(answers)
    found = {(row.structure, row.metric): row for row in rows}
    assert found["macro", "auc"].value == pytest.approx(5 / 6)  # one of 2 x 3 pairs is in the wrong order
    assert found["site N", "auc"].value == pytest.approx(0.5)  # within the site it tells nothing
    assert isnan(found["site S", "auc"].value)
    assert found["site S", "auc"].note == "not defined: no case of class a"
    assert found["site S", "balanced_accuracy"].value == 1
    assert (found["site N", "cases"].value, found["site S", "cases"].value) == (3, 2)


@pytest.mark.parametrize("site", ["N", None])
def test_one_site_needs_no_rows_of_its_own(site):
    answers = [answer(site, truth, a) for truth, a in (("a", 0.9), ("b", 0.1))]
    rows = score(answers)
    assert not any(row.structure.startswith("site") for row in rows)
