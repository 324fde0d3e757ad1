from pathlib import Path
from typing import Literal

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.layouts.layout import Layout
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.testing import check_layout


class FlatLayout(Layout):
    """A user's own layout: every file is a case."""

    kind: Literal["flat_example"] = "flat_example"

    def refusal(self, path: Path) -> str | None:
        return None if any(path.glob("flat*.nii.gz")) else "it holds no files such as flat1.nii.gz"

    def read(self, folder: Path, coding: str | None, needs_masks: bool) -> Cohort:
        files = sorted(folder.rglob("*.nii.gz"))
        return Cohort("flat", tuple(Case(file.name, file.name, "flat", {"t1c": file}) for file in files))


@pytest.fixture
def table(put) -> Path:
    path = put("A/A_t1c.nii.gz") / "cohort.csv"
    path.write_text("case_id,t1c\nfrom_table,A/A_t1c.nii.gz\n")
    return path


@pytest.mark.parametrize("kind", ["table", "brats"])
def test_ours_keep_the_contract(table, put, kind):
    check_layout(Layout.parse({"kind": kind}), put("A/A_seg.nii.gz", labels=(0, 1)))


def test_a_table_and_the_folder_that_holds_it_are_the_same(table):
    assert [case.id for case in read_cohort(table)] == ["from_table"]
    assert read_cohort(table.parent) == read_cohort(table)


def test_a_layout_can_be_named(table):
    assert [case.id for case in read_cohort(table.parent, layout="brats")] == ["A"]
    assert [case.id for case in read_cohort(table.parent, layout="table")] == ["from_table"]


def test_a_folder_without_a_table_is_tried_as_brats(put):
    assert [case.id for case in read_cohort(put("A/A_t1c.nii.gz"))] == ["A"]


def test_a_layout_of_ones_own_is_found_by_its_kind(put):
    assert [case.id for case in read_cohort(put("flat.nii.gz"))] == ["flat.nii.gz"]
    assert [case.id for case in read_cohort(put("A/A_t1c.nii.gz"), layout="flat_example")] == [
        "A_t1c.nii.gz",
        "flat.nii.gz",
    ]


def test_where_two_layouts_know_the_data_the_caller_chooses(put):
    folder = put("flat.nii.gz", "A/A_t1c.nii.gz")
    with pytest.raises(InputError, match="can be read as brats or as flat_example; say which by --layout"):
        read_cohort(folder)
    assert len(read_cohort(folder, layout="flat_example")) == 2


def test_a_table_goes_before_all_other_layouts(put, table):
    assert [case.id for case in read_cohort(put("flat.nii.gz"))] == ["from_table"]


def test_a_layout_that_does_not_say_what_is_its_own_must_be_named(put, monkeypatch):
    monkeypatch.delattr(FlatLayout, "refusal")  # as plug-ins for 0.1 were
    folder = put("flat.nii.gz")
    with pytest.raises(InputError, match="flat_example: it is used only where it is named .--layout flat_example.;"):
        read_cohort(folder)
    assert len(read_cohort(folder, layout="flat_example")) == 1


def test_an_unknown_layout_is_refused_with_a_suggestion(tmp_path):
    with pytest.raises(UsageError, match="layout: kind 'bratz' is not known; did you mean 'brats'"):
        read_cohort(tmp_path, layout="bratz")


def test_a_folder_of_no_layout_says_what_each_expected(tmp_path):
    with pytest.raises(InputError) as refused:
        read_cohort(tmp_path)
    for told in (
        f"{tmp_path} can be read in no known layout. bids: it holds no dataset_description.json, which every BIDS ",
        "brats: it holds no cases; expected one folder per case with files such as <case>_t1c.nii.gz or <case>-t1c.nii",
        "msd: it holds no dataset.json; nnunet: it holds no dataset.json; ",
        "flat_example: it holds no files such as flat1.nii.gz; ",
        "table: it is no CSV file, and holds no cohort.csv",
    ):
        assert told in str(refused.value)


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere does not exist"):
        read_cohort(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"cannot read the cohort table .*none\.csv"):
        read_cohort(tmp_path / "none.csv")


def test_a_table_says_its_codings_itself(table):
    with pytest.raises(UsageError, match=r"in its column 'coding'.* leave --label-scheme out"):
        read_cohort(table, coding="brats2020")


def test_masks_that_are_not_needed_are_not_asked_about(put):
    put("A/A_t1c.nii.gz")
    folder = put("A/A_seg.nii.gz", labels=(0, 1, 2))
    assert [dict(case.targets) for case in read_cohort(folder, needs_masks=False)] == [{}]
    (case,) = read_cohort(folder, coding="brats2020", needs_masks=False)
    assert (case.coding, list(case.targets)) == ("brats2020", ["seg"])


def test_a_tables_masks_without_coding_are_left_out_where_not_needed(put):
    path = put("A/A_t1c.nii.gz") / "cohort.csv"
    path.write_text("case_id,t1c,seg,coding\na,a.nii.gz,a_seg.nii.gz,\nb,b.nii.gz,b_seg.nii.gz,binary\n")
    assert [list(case.targets) for case in read_cohort(path, needs_masks=False)] == [[], ["seg"]]
    with pytest.raises(InputError, match="has no label scheme"):
        read_cohort(path)
