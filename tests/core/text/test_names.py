"""Which names can be part of a file's name, and where others are refused."""

import pytest
from pydantic import ValidationError

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.text.errors import InputError
from braintumornet.core.text.names import LONGEST_ID_BYTES, find_name_fault
from braintumornet.core.text.printable import one_line, printable
from braintumornet.tasks.segmentation import SegmentationTask

FAULTS = {
    "../../victim/split": "holds '/'",
    "a/b": "holds '/'",
    "a\\b": "holds '\\\\'",
    "a:b": "holds ':'",
    "what?": "holds '?'",
    ".": "begins with a dot",
    "..": "begins with a dot",
    ".hidden": "begins with a dot",
    "a.": "ends with a dot",
    "CON": "is the name of a device on Windows",
    "nul.1": "is the name of a device on Windows",
    "com1": "is the name of a device on Windows",
    "a\x1b[31m": "holds control characters",
    "a\nb": "holds control characters",
    "a\u202eb": "holds control characters",
    "a\u200bb": "holds control characters",
    "x" * (LONGEST_ID_BYTES + 1): "is 121 bytes long, and at most 120 fit",
    "ö" * 61: "is 122 bytes long",
}
GOOD = (
    "BraTS-GLI-00001-001",
    "sub-01_ses-02",
    "TCGA_CS_4941",
    "7",
    "Fall Nr. 3",
    "Köln-1",
    "患者1",
    "a[red]",
    "CON-1",
    "com10",
    "x" * 120,
)


@pytest.mark.parametrize("name", GOOD)
def test_names_that_can_be_part_of_a_file_name(name, tmp_path):
    assert find_name_fault(name) == ""
    Case(name, "p", "c", {})
    (tmp_path / f"{name}_{'t' * 64}_necrosis_or_non_enhancing.nii.gz").touch()


@pytest.mark.parametrize("name", FAULTS)
def test_others_are_refused_wherever_a_case_is_made(name, tmp_path):
    assert find_name_fault(name).startswith(FAULTS[name])
    with pytest.raises(InputError, match="^case_id .*; files are named after it, so choose another$"):
        Case(name, "p", "c", {})
    cell = '"' + name + '"'
    (tmp_path / "c.csv").write_text(f"case_id,t1c\n{cell},a.nii.gz\n")
    (fault,) = read_table(tmp_path / "c.csv").lines[0].faults
    assert FAULTS[name] in fault
    with pytest.raises(InputError, match=r"c\.csv: line \d case_id ") as caught:
        read_manifest(tmp_path / "c.csv")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["", " ", " a", "a "])
def test_blank_names_are_refused(name):
    with pytest.raises(InputError, match="blank"):
        Case(name, "p", "c", {})


def test_ids_that_are_one_file_on_some_disks_are_refused():
    with pytest.raises(InputError, match="case ids 'Case_1' and 'case_1' differ in capitals alone"):
        Cohort("c", (Case("Case_1", "p", "c", {}), Case("case_1", "q", "c", {})))


@pytest.mark.parametrize("name", ["a/b", "..", "a.b", "", "x" * 65, "a\nb", "type", "values", "training"])
def test_names_of_tasks_are_refused_too(name):
    with pytest.raises(ValidationError, match="cannot be the name of a task"):
        SegmentationTask(name=name, regions=("WT",))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ('a,"p\n1",a.nii.gz', "patient_id 'p\\n1' holds control characters"),
        ('a,p,"a\x07.nii.gz"', "t1c 'a\\x07.nii.gz' holds control characters; rename the file"),
        (f"a,p,{'x' * 260}.nii.gz", "is longer than a path can be; check the cell"),
        (f"a,p,{'x/' * 2000}a.nii.gz", "is longer than a path can be; check the cell"),
    ],
)
def test_cells_that_no_screen_or_disk_can_have_are_refused(tmp_path, cells, message):
    (tmp_path / "c.csv").write_text(f"case_id,patient_id,t1c\n{cells}\n")
    with pytest.raises(InputError) as caught:
        read_manifest(tmp_path / "c.csv")
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_what_a_terminal_would_obey_is_shown_as_a_code():
    assert printable("a\u061cb\ufeff\u200b") == "a\\u061cb\\ufeff\\u200b"
    assert printable("a\x1b]0;title\x07 \x9b1m\u202e\udcff ö 患 [/b]\n") == (
        "a\\x1b]0;title\\x07 \\x9b1m\\u202e\\udcff ö 患 [/b]\n"
    )
    assert one_line(" a\r\n\tb\x0bc ") == "a b\\x0bc"
