"""The steps of a preparation: what is kept of them, and that a failed one ends it."""

import pytest

from braintumornet.prepare.history import History, StepFailedError
from braintumornet.prepare.preparation_record import PreparationRecord
from braintumornet.prepare.quality.figure import Figure, Verdict
from braintumornet.prepare.quality.limits import judge


def _record(history: History, failure: str | None = None) -> PreparationRecord:
    return PreparationRecord(
        version="0", case_id="a", fingerprint="f", settings={}, steps=history.steps, failure=failure
    )


def test_a_step_is_kept_with_its_parameters_figures_and_time():
    history = History()
    with history.step("registration", sequence="t2f") as figures:
        figures.append(judge("cycle consistency", 0.1, "t2f"))
    (step,) = history.steps
    assert (step.name, step.parameters, step.verdict) == ("registration", {"sequence": "t2f"}, Verdict.PASS)
    assert step.seconds is not None
    assert _record(history).verdict == Verdict.PASS


def test_a_failed_figure_ends_the_case_and_is_kept():
    history = History()
    failure = pytest.raises(StepFailedError, match="registration failed: cycle consistency of t2f is 9 mm")
    with failure, history.step("registration") as figures:
        figures.append(judge("cycle consistency", 9, "t2f"))
    assert history.steps[0].verdict == Verdict.FAIL
    assert _record(history, "registration failed").verdict == Verdict.FAIL


def test_an_error_within_a_step_keeps_the_figures_before_it():
    history = History()
    with pytest.raises(ZeroDivisionError), history.step("atlas") as figures:  # noqa: PT012
        figures.append(Figure(name="motion", value=3, unit="mm", verdict="pass"))
        1 / 0  # noqa: B018
    assert [figure.name for figure in history.steps[0].figures] == ["motion"]


def test_what_is_to_be_looked_at_is_no_failure():
    history = History()
    with history.step("registration") as figures:
        figures.append(judge("cycle consistency", 1, "t2f"))
    assert _record(history).verdict == Verdict.LOOK
