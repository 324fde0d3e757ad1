"""--split and --case are both honoured, or refused together."""

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import UsageError
from braintumornet.layouts.choose_cases import choose_cases

SIDES = {"a": "train", "b": "test", "c": "test", "d": None}
COHORT = Cohort("x", tuple(Case(name, name, "x", {}, split=side) for name, side in SIDES.items()))


@pytest.mark.parametrize(
    ("split", "ids", "expected"),
    [
        (None, None, "abcd"),
        (None, ["c", "a"], "ca"),
        (None, ["c", "c"], "c"),
        ("test", None, "bc"),
        ("test", ["c"], "c"),
        ("test", ["c", "b"], "cb"),
    ],
)
def test_cases_of_a_side_cases_that_are_named_and_both(split: str | None, ids: list[str] | None, expected: str) -> None:
    assert [case.id for case in choose_cases(COHORT, split, ids)] == list(expected)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["b", "a"], "--case a is in train in the table, and --split asks for test; leave one of them out"),
        (["d"], "--case d is in no split in the table, and --split asks for test"),
    ],
)
def test_a_case_that_is_not_of_the_side_is_refused(ids: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose_cases(COHORT, "test", ids)


def test_a_side_without_a_case_is_refused() -> None:
    with pytest.raises(UsageError, match="cohort x has no case with split 'val'"):
        choose_cases(COHORT, "val", None)
