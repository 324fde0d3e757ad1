"""The table of limits, and the verdicts that it gives."""

from math import inf, nan
from pathlib import Path

import pytest

from braintumornet.prepare.quality.figure import Figure, Verdict, worst
from braintumornet.prepare.quality.limits import ANY, LIMITS, judge, not_assessed


@pytest.mark.parametrize(("name", "limits"), LIMITS.items())
def test_what_passes_need_not_be_looked_at_and_says_what_to_look_at_else(name, limits):
    assert limits.looks[0] <= limits.passes[0] <= limits.passes[1] <= limits.looks[1]
    assert limits.passes != ANY, f"{name} could not be anything but a pass"
    assert ": " in limits.advice
    assert str(limits).startswith("pass ")


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("value", [None, nan, inf, -inf])
def test_what_is_no_number_is_never_a_pass(name, value):
    figure = judge(name, value)
    assert figure.verdict == "look"
    assert figure.value is None
    assert figure.note.startswith("could not be measured")


@pytest.mark.parametrize(
    ("name", "value", "verdict"),
    [
        ("brain volume", 1300, "pass"),
        ("brain volume", 600, "look"),
        ("brain volume", 0, "fail"),
        ("brain volume", 3000, "fail"),
        ("scale to atlas", 1, "pass"),
        ("scale to atlas", -1, "fail"),
        ("motion", 500, "look"),
        ("handedness", 0.2, "pass"),
        ("handedness", 0, "look"),
        ("handedness", -0.2, "fail"),
        ("mask agreement", 0, "fail"),
    ],
)
def test_a_verdict_follows_from_the_value(name, value, verdict):
    assert judge(name, value).verdict == verdict


def test_a_pass_needs_no_note_and_anything_else_has_one():
    assert judge("cycle consistency", 0.1).note == ""
    assert judge("cycle consistency", 50).note


def test_what_is_not_assessed_spoils_no_verdict_and_lifts_none():
    figure = not_assessed("brain volume", "the size of the voxels is assumed")
    assert (figure.value, figure.verdict, figure.unit) == (None, "not assessed", "ml")
    assert worst([figure.verdict, "pass"]) is Verdict.PASS
    assert worst([figure.verdict, "look", "fail"]) is Verdict.FAIL


def test_a_figure_comes_back_from_its_file():
    figure = judge("local optimum", 11, "t2f")
    assert Figure.model_validate_json(figure.model_dump_json()) == figure


def test_the_documentation_has_every_figure_with_its_limits():
    page = Path(__file__).parents[3] / "docs" / "how-to" / "preparation-quality.md"
    table, _, _ = page.read_text().partition("## What the limits catch")
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line]
    documented = {cells[0]: cells[1:4] for cells in lines if cells[0] in LIMITS}
    for name, limits in LIMITS.items():
        passes, looks = str(limits).removeprefix("pass ").split(", ")
        expected = "any" if looks == "else look" else looks.removeprefix("look ")
        assert documented[name] == [limits.unit, passes, expected]
