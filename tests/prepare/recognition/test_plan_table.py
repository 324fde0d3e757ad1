"""The table of a plan: written, corrected by hand, read back."""

import csv
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.text.errors import InputError
from braintumornet.prepare.recognition.plan import Plan, make_plan
from braintumornet.prepare.recognition.plan_table import correct_plan, write_plan


@pytest.fixture
def plan(series) -> Plan:
    return make_plan(
        [
            series(1, "t1", time_s=1000.0),
            series(2, "t2w", time_s=1010.0),
            series(3, "t2w", description="FLAIR DOE^JOHN", time_s=1020.0),
            series(4, "t2w", problem="has a gap after slice 7"),
        ]
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _table(folder: Path, *lines: str) -> Path:
    path = folder / "plan.csv"
    path.write_text("\n".join(("case_id,series,sequence", *lines)) + "\n")
    return path


def _decisions(plan: Plan) -> dict[str, tuple[str | None, str]]:
    return {row.image.name: (row.recognition.sequence, row.recognition.decision) for row in plan.rows}


def test_a_plan_is_written_for_a_spreadsheet(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "plan.csv")
    rows = _rows(tmp_path / "plan.csv")
    assert [(row["series"], row["sequence"], row["decision"]) for row in rows] == [
        ("series-001", "", "ask"),
        ("series-002", "t2w", "use"),
        ("series-003", "", "ask"),
        ("series-004", "omit", "omit"),
    ]
    assert rows[0] | {"reason": ""} == {
        "case_id": "case",
        "series": "series-001",
        "sequence": "",
        "decision": "ask",
        "reason": "",
        "voxels": "24x24x24",
        "spacing": "1 x 1 x 5 mm",
        "plane": "axial",
        "order": "1",
    }
    assert rows[3]["reason"] == "has a gap after slice 7"


def test_neither_free_text_nor_time_is_written(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "plan.csv")
    text = (tmp_path / "plan.csv").read_text()
    assert "DOE" not in text
    assert "1010" not in text


def test_a_table_given_back_as_it_was_changes_nothing(plan: Plan, tmp_path: Path) -> None:
    write_plan(plan, tmp_path / "plan.csv")
    assert correct_plan(plan, tmp_path / "plan.csv") == plan


def test_answers_win_over_rules(plan: Plan, tmp_path: Path) -> None:
    table = _table(tmp_path, "case,series-001,T1ce", "case,series-002,OMIT", "case,series-003,t2w")
    corrected = correct_plan(plan, table)
    assert _decisions(corrected) == {
        "series-001": ("t1c", "use"),
        "series-002": (None, "omit"),
        "series-003": ("t2w", "use"),
        "series-004": (None, "omit"),
    }
    assert corrected.rows[0].recognition.reason == "the user's table says so in line 2"
    assert {sequence: image.name for sequence, image in corrected.images_to_use("case").items()} == {
        "t1c": "series-001",
        "t2w": "series-003",
    }


def test_a_case_with_a_question_is_not_prepared(plan: Plan, tmp_path: Path) -> None:
    assert [row.image.name for row in plan.questions("case")] == ["series-001", "series-003"]
    message = r"case case: it waits for an answer\. series-001: .*series-003: .*Fill the column 'sequence' of its rows"
    with pytest.raises(InputError, match=message):
        plan.images_to_use("case")
    half = correct_plan(plan, _table(tmp_path, "case,series-001,t1n", "case,series-003,"))
    assert [row.image.name for row in half.questions("case")] == ["series-003"]


def test_a_case_without_any_sequence_is_not_prepared(series) -> None:
    with pytest.raises(InputError, match="case case: it has no image that is t1n, t1c, t2w or t2f; see the reasons"):
        make_plan([series(1, "t2w", slices=3)]).images_to_use("case")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["other,series-001,t1n"], "line 2 is of the case 'other', which was not found; known: case"),
        (["case,series-01,t1n"], "line 2 is of 'series-01', which case case does not have; did you mean 'series-001'?"),
        (["case,series-001,flare"], "line 2 has the sequence 'flare'; known: omit, t1c, t1n, t2f, t2w"),
        (["case,series-001,ommit"], "line 2 has the sequence 'ommit'; did you mean 'omit'?"),
        (["case,series-001,t1n", "case,series-001,t1c"], "line 3 repeats line 2; keep one of them"),
        (["case,series-003,t2w"], "case case has two images for t2w, series-002 and series-003 (line 2); write omit"),
        (
            ["case,series-004,t2w"],
            "line 2 asks for series-004 as t2w, which cannot be used: it has a gap after slice 7",
        ),
        (["case,series-001"], "line 2 ends after 2 of 3 cells"),
    ],
)
def test_a_spoilt_table_is_refused_with_its_row(plan: Plan, tmp_path: Path, lines, message) -> None:
    with pytest.raises(InputError) as caught:
        correct_plan(plan, _table(tmp_path, *lines))
    assert message in str(caught.value)


def test_a_table_of_something_else_is_refused(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "cohort.csv"
    path.write_text("case_id,t1c\ncase,a.nii.gz\n")
    with pytest.raises(InputError, match="is not a plan of a preparation: expected a column 'series'"):
        correct_plan(plan, path)


def test_cases_are_planned_one_by_one(file) -> None:
    plan = make_plan([file("t2w.nii.gz", "a"), file("t2w.nii.gz", "b"), file("t1c.nii.gz", "a")])
    assert list(plan.cases) == ["a", "b"]
    assert sorted(plan.images_to_use("a")) == ["t1c", "t2w"]
    assert np.array_equal([row.recognition.decision for row in plan.rows], ["use"] * 3)
