"""`btn check` as a user runs it."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import write_manifest


@pytest.fixture
def table(phantoms: Cohort, tmp_path: Path) -> Path:
    write_manifest(phantoms, tmp_path / "cohort.csv")
    return tmp_path / "cohort.csv"


def spoil(table: Path) -> None:
    table.write_text(table.read_text().replace("phantom-0002_t1c.nii.gz", "nowhere.nii.gz"))


def test_a_clean_cohort_passes(table, btn):
    code, out, _ = btn("check", table, "--jobs", 1)
    assert code == 0
    assert "6 cases of cohort" in out
    assert "nothing wrong was found" in out
    assert "1 job; each holds one case, about 0.2 GiB" in out


def test_an_error_is_shown_and_fails(table, btn):
    spoil(table)
    code, out, err = btn("check", table, "--jobs", 1)
    assert (code, err) == (1, "")
    text = " ".join(out.split())
    assert "error" in text
    assert "phantom-0002" in text
    assert "nowhere.nii.gz" in "".join(out.split()).replace("│", "")  # the file to look for
    assert "1 error; training would fail or learn what is wrong" in text


def test_a_warning_passes(table, btn):
    lines = table.read_text().splitlines()
    lines[1:3] = (
        line.replace(name, "one", 2).replace("one", name, 1)
        for line, name in zip(lines[1:3], ("phantom-0000", "phantom-0001"), strict=True)
    )
    lines[2] = lines[2].replace("plgg", "mets")
    table.write_text("\n".join(lines) + "\n")
    code, out, _ = btn("check", table, "--jobs", 1)
    assert (code, "2 warnings; look at the warnings" in " ".join(out.split())) == (0, True)


def test_many_findings_stay_on_one_screen(table, btn):
    header, *lines = table.read_text().splitlines()
    table.write_text("\n".join([header, *(lines[0].replace("phantom-0000,", f"c{n},", 1) for n in range(40))]) + "\n")
    code, out, _ = btn("check", table, "--jobs", 1)
    assert code == 1
    assert "by kind (--html FILE and --json show each)" in out
    assert len(out.splitlines()) < 25


def test_several_tables_are_checked_against_each_other(table, tmp_path, btn):
    header, first, second, *_ = table.read_text().splitlines()
    here = [line.replace("plgg", "hgg") for line in (first, second)]
    (tmp_path / "here.csv").write_text("\n".join([header, *here]) + "\n")
    copied = first.replace("phantom-0000,phantom-0000,phantom", "again,again,there").replace("plgg", "mets")
    (tmp_path / "there.csv").write_text("\n".join([header, copied]) + "\n")
    assert btn("check", tmp_path / "there.csv", "--jobs", 1)[0] == 0
    code, out, _ = btn("check", tmp_path / "here.csv", "--cohort", tmp_path / "there.csv", "--jobs", 1, "--json")
    found = {(f["kind"], f["table"], f["line"], f["case_id"]) for f in json.loads(out)["findings"]}
    copies = {("same-content", "here", 2, "phantom-0000"), ("same-content", "there", 2, "again")}
    assert (code, found) == (1, copies | {("confounded", "", 1, "")})
    _, out, _ = btn("check", tmp_path / "here.csv", "--cohort", tmp_path / "there.csv", "--jobs", 1)
    assert "3 cases of cohorts here, there: 2 errors, 1 warning" in " ".join(out.split())


def test_two_tables_of_one_name_are_told_apart(table, tmp_path, btn):
    (tmp_path / "other").mkdir()
    shutil.copy(table, tmp_path / "other" / "here.csv")
    shutil.copy(table, tmp_path / "here.csv")
    code, out, _ = btn("check", tmp_path / "here.csv", "--cohort", tmp_path / "other" / "here.csv", "--json")
    found = [f for f in json.loads(out)["findings"] if f["kind"] == "duplicate-id"]
    assert (code, {f["table"] for f in found}, len(found)) == (1, {"here", "here (2)"}, 12)


def test_json_is_for_programs(table, btn):
    spoil(table)
    code, out, _ = btn("check", table, "--json", "--jobs", 1)
    result = json.loads(out)
    assert code == 1
    assert result["counts"] == {"error": 1, "warning": 0, "note": 0}
    (finding,) = result["findings"]
    assert (finding["kind"], finding["case_id"], finding["line"]) == ("missing-file", "phantom-0002", 4)
    assert finding["file"].endswith("nowhere.nii.gz")
    assert [case["case_id"] for case in result["cases"]] == [f"phantom-000{n}" for n in range(6)]


def test_a_page_is_written(table, tmp_path, btn):
    code, out, _ = btn("check", table, "--html", tmp_path / "new" / "check.html", "--jobs", 1)
    assert (code, "✓ page:" in out) == (0, True)
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["check.html"]


@pytest.mark.parametrize(
    ("cohort", "attributes", "said"),
    [("phantom", {}, True), ("clinic", {"generator": "2"}, True), ("clinic", {"scanner": "2"}, False)],
)
def test_a_page_of_phantoms_says_so_whatever_their_cohort_is_called(phantoms, tmp_path, btn, cohort, attributes, said):
    cases = tuple(replace(case, cohort=cohort, attributes=attributes) for case in phantoms)
    write_manifest(Cohort(cohort, cases), tmp_path / "cohort.csv")
    assert btn("check", tmp_path / "cohort.csv", "--html", tmp_path / "check.html", "--jobs", 1)[0] == 0
    assert ("All cases are synthetic heads, not patients." in (tmp_path / "check.html").read_text()) == said


def test_a_page_that_cannot_be_written_is_said_before_the_work(table, tmp_path, btn, monkeypatch):
    monkeypatch.setattr("braintumornet.data.check.check_table.check_table", lambda *a, **k: pytest.fail("too late"))
    (tmp_path / "file").touch()
    code, _, err = btn("check", table, "--html", tmp_path / "file" / "check.html")
    assert code == 1
    assert err.count("\n") == 1
    assert "choose another folder" in err


def test_a_cohort_of_no_cases_is_refused(tmp_path, btn):
    (tmp_path / "cohort.csv").write_text("case_id,t1c\n")
    code, _, err = btn("check", tmp_path / "cohort.csv")
    assert (code, err.count("\n")) == (1, 1)
    assert "expected a column 'case_id' and at least one case" in err


def test_a_folder_without_a_table_is_refused(tmp_path, btn):
    code, _, err = btn("check", tmp_path)
    assert (code, err.count("\n")) == (1, 1)
    assert "`btn import` makes one" in err


def test_a_table_without_rights_is_refused(table, btn, monkeypatch):
    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "is_dir", refuse)
    code, _, err = btn("check", table)
    assert (code, err.count("\n")) == (1, 1)
    assert "cannot read the cohort table" in err
    assert "Permission denied" in err
