"""A figure that tells how well a step went, and the verdict that its limits give."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from braintumornet.core.json_record import Record


class Verdict(StrEnum):
    """Whether a step can be relied on: yes, after somebody has looked at it, or not at all; or nobody can tell."""

    PASS = "pass"
    LOOK = "look"
    FAIL = "fail"
    NOT_ASSESSED = "not assessed"


SEVERITY = (Verdict.NOT_ASSESSED, Verdict.PASS, Verdict.LOOK, Verdict.FAIL)


class Figure(Record):
    """One figure of one step, for example how far two registrations are from undoing each other.

    Args:
        name: of the figure, such as `cycle consistency`.
        sequence: of the image that it is about; None where it is about the examination.
        value: in `unit`; None where it could not be measured, which is never a pass.
        unit: such as `mm`, `degrees`, `ml`; blank for a plain number.
        verdict: by the limits; `not assessed` where the examination does not allow the figure.
        limits: what the verdict was given by, in words, such as `pass ≤ 0.5, look ≤ 2`.
        note: what it means or what to do, where it is no pass.
    """

    name: str
    sequence: str | None = None
    value: float | None
    unit: str = ""
    verdict: Literal["pass", "look", "fail", "not assessed"]
    limits: str = ""
    note: str = ""


def worst(verdicts: Iterable[str]) -> Verdict:
    """Return the gravest of some verdicts; a pass where there is none, or none could be given.

    Example:
        >>> worst(["pass", "look"]), worst(["not assessed"])
        (<Verdict.LOOK: 'look'>, <Verdict.PASS: 'pass'>)
    """
    return max((Verdict.PASS, *(Verdict(verdict) for verdict in verdicts)), key=SEVERITY.index)
