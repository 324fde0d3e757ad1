"""The page of `btn check`."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from braintumornet.core.space import Space
from braintumornet.data.check.findings import CaseReport, CohortReport, Facts, Finding, Kind, Severity
from braintumornet.report.check_page import MOST_WITH_PICTURES, write_check_page
from braintumornet.volumes.pictures import Picture


def make_case(number: int, *findings: Finding) -> CaseReport:
    mask = np.zeros((40, 30), dtype=bool)
    mask[10:20, 5:25] = True
    pixels = np.arange(1200).reshape(40, 30) % 256
    picture = Picture("t1c", pixels.astype(np.uint8), (80.0, 30.0), {"WT": mask})
    facts = Facts(Space((30, 40, 20), np.diag([1.0, 2, 3, 1])), "LPS", 1.2)
    return CaseReport(number, f"case-{number}", findings, facts, (picture,))


def make_report(*cases: CaseReport) -> CohortReport:
    return CohortReport("gliomas", cases, (), {"t1c": len(cases), "seg": 1}, len(cases), "1 job")


@pytest.fixture
def page(tmp_path, read_page):
    def write(report: CohortReport) -> tuple[str, str]:
        write_check_page(report, tmp_path / "check.html")
        found = read_page(tmp_path / "check.html")
        return found.html, found.text

    return write


ERROR = Finding(Kind.GRID, Severity.ERROR, "t2w and t1n <differ>", 3, "case-3", Path("/home/somebody/smith_t2w.nii.gz"))
NOTE = Finding(Kind.OUTSIDE_BRAIN, Severity.NOTE, "seg: 3 voxels", 2, "case-2")


def test_it_says_what_was_found_and_what_is_there(page):
    html, text = page(make_report(make_case(2, NOTE), make_case(3, ERROR)))
    assert "2 cases of cohort gliomas: 1 error, 1 note; training would fail or learn what is wrong" in text
    assert "grid 1 case-3" in text
    assert "t1c 2 of 2" in text
    assert "line 3 · 30 x 40 x 20 voxels · 1 x 2 x 3 mm · LPS · 1.2 ml labelled" in text
    assert text.count("research use; not for clinical decisions") == 2
    assert "&lt;differ&gt;" in html
    assert text.index("t2w and t1n <differ>") < text.index("seg: 3 voxels")  # the worst case first


def test_what_a_terminal_would_obey_is_shown_as_a_code(page):
    html, text = page(
        make_report(make_case(2, Finding(Kind.GRID, Severity.NOTE, "site a\x1b[31m\u202eb", 2, "case-2")))
    )
    assert r"site a\x1b[31m\u202eb" in text
    assert "\x1b" not in html


def test_it_needs_no_other_file_and_names_none(page):
    html, _ = page(make_report(make_case(2), make_case(3, ERROR)))
    assert re.findall(r'(?:src|href)="(?!data:image/png;base64,)|@import|url\(|<script', html) == []
    assert "smith" not in html
    assert "somebody" not in html


def test_pictures_are_the_pixels_with_contours_in_their_place(page):
    html, _ = page(make_report(make_case(2)))
    (data,) = re.findall(r"base64,([^\"]+)", html)
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    np.testing.assert_array_equal(pixels, make_case(2).pictures[0].pixels)
    assert 'viewBox="0 0 30.0 80.0"' in html
    (outline,) = re.findall(r'<path d="M([^Z]+)Z"', html)
    points = np.array([point.split(",") for point in outline.split()], dtype=float)
    # columns 5 to 24 of 1 mm, rows 10 to 19 of 2 mm
    np.testing.assert_allclose(points.min(axis=0), (5, 20), atol=0.1)
    np.testing.assert_allclose(points.max(axis=0), (25, 40), atol=0.1)


def test_it_serves_dark_screens_and_paper(page):
    html, _ = page(make_report(make_case(2)))
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html


def test_a_clean_cohort_reads_so(page):
    _, text = page(make_report(make_case(2)))
    assert text.count("Nothing wrong was found.") == 1


def test_many_cases_keep_the_page_small(page):
    number = MOST_WITH_PICTURES + 3
    html, text = page(make_report(*(make_case(n) for n in range(2, number + 1)), make_case(number + 1, ERROR)))
    assert html.count("data:image/png") == MOST_WITH_PICTURES
    assert f'aria-label="t1c of case-{number + 1}"' in html  # those with findings first
    assert f"Nothing wrong was found in 3 more cases: case-{number - 2}, case-{number - 1}, case-{number}." in text


def test_a_case_without_a_readable_image_has_a_card(page):
    report = CaseReport(2, "", (Finding(Kind.NO_IMAGE, Severity.ERROR, "has no image", 2),), Facts())
    assert "line 2 line 2" in page(make_report(report))[1]


def test_what_is_wrong_with_the_table_is_marked_by_the_worst_of_it(page):
    said = [Finding(Kind.COLUMN, severity, "of the table", 1) for severity in (Severity.NOTE, Severity.WARNING)]
    html, _ = page(CohortReport("gliomas", (make_case(2),), tuple(said), {"t1c": 1}, 1, "1 job"))
    assert '<article class="card warning">' in html
    assert '<article class="card error">' not in html
