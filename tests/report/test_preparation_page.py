"""The page and the screen of `btn prepare`."""

import json
import re

import pytest

from braintumornet.core.workers.failures import CaseFailure
from braintumornet.prepare.preparation_record import PreparationRecord, PreparedImage, StepRecord
from braintumornet.prepare.quality.limits import judge, not_assessed
from braintumornet.report import preparation_page
from braintumornet.report.preparation_page import write_preparation_page
from braintumornet.terminal import prepare_screen
from braintumornet.terminal.prepare_screen import as_json, show_preparation
from braintumornet.terminal.screen import screen

PICTURE = b"\x89PNG a picture"
HEADER = "DOE^JANE 1970"


def record(case_id, *figures, **options):
    """A case that was prepared from a series whose header tells too much."""
    steps = [
        StepRecord(name="registration", figures=list(figures), seconds=30.0, parameters={"seed": HEADER}),
        StepRecord(name="brain mask", figures=[judge("brain volume", 1342.0)], seconds=12.0),
    ]
    grid = {"shape": [2, 2, 2], "affine": [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]}
    image = {"source": HEADER, "reason": HEADER, "grid": grid, "output_to_sequence_mm": grid["affine"]}
    images = {"t1c": PreparedImage.model_validate(image)}
    content = {"version": "1", "case_id": case_id, "fingerprint": "f", "settings": {"path": f"/data/{HEADER}"}}
    return PreparationRecord(**{**content, "steps": steps, "images": images, "brainmask": "network", **options})


RIGHT = record("case-right", judge("cycle consistency", 0.1, "t2f"))
DOUBTFUL = record("case-doubtful", judge("cycle consistency", 1.5, "t2f"), not_assessed("scale to atlas", "no atlas"))
WRONG = record("case-wrong", judge("mask agreement", 0.91), judge("cycle consistency", 7.0, "t2w"))
BROKEN = record("case-broken", failure="/data/secret/x.nii.gz: slices are missing", steps=[], brainmask=None)
RECORDS = [RIGHT, DOUBTFUL, WRONG, BROKEN]


@pytest.fixture
def page(tmp_path, read_page):
    def write(records=RECORDS):
        pictures = {case.case_id: PICTURE for case in records if case is not BROKEN}
        write_preparation_page(records, pictures, tmp_path / "preparation.html")
        return read_page(tmp_path / "preparation.html")

    return write


@pytest.fixture
def shown():
    with screen.capture() as capture:
        screen.width = 160
        show_preparation(RECORDS)
    screen.width = None
    return capture.get()


def test_cases_that_wait_for_an_answer_are_told(tmp_path, read_page):
    waiting = [CaseFailure("case-asked", "/data/secret/plan.csv: which of series-002 and series-003 is t1c?")]
    write_preparation_page(RECORDS, {}, tmp_path / "preparation.html", waiting)
    found = read_page(tmp_path / "preparation.html")
    assert found.table("waiting case")[1:] == [["case-asked", "plan.csv: which of series-002 and series-003 is t1c?"]]
    assert "Waiting for an answer" in found.text


def test_no_case_waits_where_none_does(page):
    assert "Waiting for an answer" not in page().text


def test_every_case_has_a_row_and_a_card_the_gravest_first(page):
    found = page()
    order = ["case-broken", "case-wrong", "case-doubtful", "case-right"]
    assert [row[0] for row in found.table("case")[1:]] == order
    assert [text.split()[0] for level, text in found.headings if level == "h3"] == order
    assert found.count("img") == len(RECORDS) - 1
    assert "4 cases: 1 pass, 1 to look at, 2 failed" in found.text
    assert "There is no picture" in found.text


def test_a_card_says_what_is_wrong_what_the_limits_are_and_what_to_look_at(page):
    text = page().text
    assert "fail t2w, cycle consistency 7 mm (pass ≤ 0.5, look ≤ 2): there and back again ends elsewhere" in text
    assert text.index("fail t2w, cycle consistency") < text.index("look mask agreement 0.91")
    assert "scale to atlas - not assessed no atlas" in text


def test_the_table_has_brain_volume_and_what_made_the_mask(page):
    rows = {row[0]: row[1:] for row in page().table("case")[1:]}
    assert rows["case-right"] == ["pass", "", "1342", "network", ""]
    assert rows["case-broken"][0] == "fail"


def test_neither_paths_nor_headers_reach_page_screen_or_program(page, shown):
    for text in (page().html, shown, json.dumps(as_json(RECORDS))):
        assert HEADER not in text
    assert "secret" not in page().html


def test_the_page_needs_no_other_file(page):
    assert re.findall(r'src="(?!data:image/png;base64,)|href="(?!#)|@import|url\(|<script', page().html) == []


def test_a_large_cohort_keeps_the_page_small(page, monkeypatch):
    monkeypatch.setattr(preparation_page, "MOST_PICTURES", 2)
    found = page()
    assert found.count("img") == 1  # the second of the gravest two: the first has no picture
    assert "preparation.png" in found.text


def test_the_screen_has_every_case_with_its_gravest_figure(shown):
    lines = shown.splitlines()
    (wrong,) = (line for line in lines if "case-wrong" in line)
    assert "fail" in wrong
    assert "t2w, cycle consistency 7 mm (pass ≤ 0.5, look ≤ 2)" in wrong
    assert "1342" in wrong
    assert "42" in wrong
    assert all(any(case.case_id in line for line in lines) for case in RECORDS)
    assert lines[-1] == "4 cases: 1 pass, 1 to look at, 2 failed"


def test_the_screen_says_how_many_cases_it_leaves_out(monkeypatch):
    monkeypatch.setattr(prepare_screen, "MOST_ROWS", 2)
    with screen.capture() as capture:
        show_preparation(RECORDS)
    assert "... 2 more cases" in capture.get()
    assert "case-right" not in capture.get()


def test_a_program_reads_verdicts_and_figures():
    found = {case["case_id"]: case for case in as_json(RECORDS)["cases"]}
    assert found["case-wrong"]["verdict"] == "fail"
    assert found["case-right"]["seconds"] == 42
    figures = {figure["name"]: figure for figure in found["case-doubtful"]["figures"]}
    assert figures["cycle consistency"]["value"] == 1.5
    assert figures["scale to atlas"]["value"] is None
    assert as_json(RECORDS)["counts"] == {"fail": 2, "look": 1, "pass": 1}
