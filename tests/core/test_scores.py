from math import isnan, nan

import numpy as np
import pandas as pd
import pytest

from braintumornet.core.scores import COLUMNS, Scores
from braintumornet.core.text.errors import InputError, InputWarning


@pytest.fixture
def put(tmp_path):
    def write(content, name="scores.csv"):
        (tmp_path / name).write_text(content)
        return tmp_path / name

    return write


def test_columns_that_are_not_there_are_empty():
    frame = Scores(pd.DataFrame({"split": [1, 2.0], "seed": [None, 0], "value": [1, 2]})).frame
    assert tuple(frame.columns) == COLUMNS
    assert frame["split"].tolist() == ["1", "2"]
    assert frame["seed"].tolist() == ["", "0"]
    assert frame["arm"].tolist() == frame["note"].tolist() == ["", ""]
    assert frame["value"].dtype == float


def test_the_frame_given_is_not_changed():
    given = pd.DataFrame({"case_id": ["a"], "value": [1]}, index=[7])
    kept = given.copy()
    frame = Scores(given).frame
    frame.loc[0, "value"] = 3.0
    assert frame["value"].tolist() == [3.0]
    pd.testing.assert_frame_equal(given, kept)


def test_a_case_without_a_patient_is_a_patient_of_its_own():
    rows = [{"case_id": "a", "value": 1}, {"case_id": "b", "patient_id": "p", "value": 1}, {"value": 1}]
    assert Scores.of(rows).frame["patient_id"].tolist() == ["a", "p", ""]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"vlaue": [1.0]}, "has no column 'vlaue'; did you mean 'value'"),
        ({"metric": ["dice"]}, "needs a column 'value', found metric"),
        ({"value": ["high"]}, "expected numbers in the column value"),
        ({"value": [0.5, np.inf]}, "has the value inf; expected a finite number"),
        ({"value": [-1e300]}, r"has the value -1e\+300"),
    ],
)
def test_what_is_no_table_of_scores_is_refused(frame, message):
    with pytest.raises(InputError, match=message):
        Scores(pd.DataFrame(frame))


def test_a_table_is_read_as_it_was_written(tmp_path):
    rng = np.random.default_rng(0)
    values = [0.1 + 0.2, 1e-5, 1e16, 3.0, nan, *rng.random(500), *rng.normal(0, 1e9, 100)]
    rows = [
        {"case_id": f"{n:03}", "structure": 'W"T, a', "metric": "dice", "value": value, "note": "two\nlines, Ödem"}
        for n, value in enumerate(values)
    ]
    scores = Scores.of(rows)
    scores.write(tmp_path / "scores.csv")
    pd.testing.assert_frame_equal(Scores.read(tmp_path / "scores.csv").frame, scores.frame, check_exact=True)
    assert (tmp_path / "scores.csv").read_text().splitlines()[0] == ",".join(COLUMNS)


def test_an_empty_table_is_a_table(tmp_path):
    Scores.concat([]).write(tmp_path / "scores.csv")
    assert len(Scores.read(tmp_path / "scores.csv")) == 0


def test_tables_are_joined_and_parted():
    one, other = (Scores.of([{"arm": arm, "metric": "dice", "value": 0.5}]) for arm in "ab")
    both = Scores.concat([one, other])
    assert both.frame["arm"].tolist() == ["a", "b"]
    assert both.select(arm=["b", "c"], metric="dice").frame["arm"].tolist() == ["b"]
    assert both.select(arm="b").frame.index.tolist() == [0]


@pytest.mark.parametrize(
    ("structure", "metric", "expected"),
    [
        ("WT lesion 3", "lesion_dice", ("WT", "3")),
        ("WT up to 0.065 ml", "detection_f1", ("WT", "up to 0.065 ml")),
        ("a to b over 4.2 ml", "lesions", ("a to b", "over 4.2 ml")),
        ("WT 0.065 to 0.52 ml", "false_lesions_per_case", ("WT", "0.065 to 0.52 ml")),
        ("WT lesion 3", "dice", ("WT lesion 3", "")),
        ("confidence 0.8 to 0.9", "reliability_cases", ("confidence 0.8 to 0.9", "")),
    ],
)
def test_lesions_of_earlier_tables_get_their_column(put, structure, metric, expected):
    for column, lesion in (("", expected), (",lesion", (structure, ""))):
        path = put(f"structure,metric,value{column}\n{structure},{metric},1{column and ','}\n")
        (row,) = Scores.read(path)
        assert (row.structure, row.lesion) == lesion


def test_what_earlier_readers_read_is_read(put):
    path = put("Arm, Value,Split,patientid,site\nsingle,0.7,1,p,x\nmulti,,1,p,y\n")
    with pytest.warns(InputWarning, match="column 'patientid' is none that is read; did you mean 'patient_id'"):
        first, second = Scores.read(path, needed=["arm"])
    assert (first.arm, first.value, first.split) == ("single", 0.7, "1")
    assert isnan(second.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not a table of scores: expected a column 'arm' \\(the file is empty\\)"),
        ("arm;value\na;0,7\n", "separated by semicolons"),
        ("arm,value,Value\na,1,2\n", "columns 'value' and 'Value' are both 'value'"),
        ("arm,value,split\na,1\n", "line 2 ends after 2 of 3 cells"),
        ("arm,value\n\n,1\n", "line 3 has no arm"),
        ("arm,value\na,high\n", "line 2: the value 'high' is not a number"),
        ("arm,value\na,-inf\n", "line 2: the value is infinite"),
        ("arm,value\na,1e300\n", "line 2: the value 1e300 is too large"),
        ("arm,value\na,1\n\na,2\n", "lines 2 and 4 are both a; expected one row each"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(put, content, message):
    with pytest.raises(InputError, match=message):
        Scores.read(put(content), needed=["arm"])


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="it does not exist; expected a CSV table with the columns value and any of"):
        Scores.read(tmp_path / "scores.csv")
