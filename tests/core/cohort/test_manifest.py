from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.manifest import cohort_fingerprint, format_manifest, read_manifest, write_manifest
from braintumornet.core.text.errors import InputError


@pytest.fixture
def table(tmp_path):
    """Write lines as a cohort table and return its path."""

    def write(*lines: str, name: str = "cohort.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n")
        return path

    return write


def make_cohort(folder: Path) -> Cohort:
    labelled = Case(
        id="a",
        patient_id="p",
        cohort="gli",
        images={"t1c": folder / "a" / "a_t1c.nii.gz", "t2f": folder / "a" / "a_t2f.nii.gz"},
        targets={"seg": folder / "a" / "a_seg.nii.gz"},
        brainmask=folder / "a" / "a_brainmask.nii.gz",
        coding='{"1": "oedema", "2": "tumour_core"}',
        pathology="hgg",
        split="test",
        attributes={"age": "7", "site": 'Basel, "old"'},
    )
    bare = Case(id="b", patient_id="p", cohort="gli", images={"t1n": folder / "b_t1n.nii.gz"})
    return Cohort("gli", (labelled, bare))


def test_round_trip_keeps_every_field(tmp_path):
    cohort = make_cohort(tmp_path)
    write_manifest(cohort, tmp_path / "gli.csv")
    assert read_manifest(tmp_path / "gli.csv") == cohort


def test_written_paths_are_relative_to_the_table(tmp_path):
    text = format_manifest(make_cohort(tmp_path / "data"), tmp_path / "tables")
    assert "../data/a/a_t1c.nii.gz" in text
    assert str(tmp_path) not in text


def test_blank_cells_are_written_for_what_is_not_there(tmp_path):
    header, _, bare = format_manifest(make_cohort(tmp_path), tmp_path).splitlines()
    assert header.startswith("case_id,patient_id,cohort,t1n,t1c,t2f,")
    assert bare == "b,p,gli,b_t1n.nii.gz" + "," * (header.count(",") - 3)


def test_paths_hold_where_the_table_is_reached_through_a_link(tmp_path):
    (tmp_path / "deep" / "er" / "out").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    file = tmp_path / "data" / "a_t1c.nii.gz"
    file.parent.mkdir()
    file.touch()
    cohort = Cohort("c", (Case("a", "a", "c", {"t1c": file}),))
    write_manifest(cohort, tmp_path / "link" / "out" / "cohort.csv")
    assert read_manifest(tmp_path / "link" / "out" / "cohort.csv").cases[0].images["t1c"].exists()


def test_aliases_of_sequences_are_accepted_as_columns(table):
    case = read_manifest(table("case_id,FLAIR,t1ce,t1", "a,f.nii.gz,c.nii.gz,n.nii")).cases[0]
    assert [(sequence, file.name) for sequence, file in case.images.items()] == [
        ("t1n", "n.nii"),
        ("t1c", "c.nii.gz"),
        ("t2f", "f.nii.gz"),
    ]


def test_other_columns_are_kept_as_attributes(table):
    case = read_manifest(table("case_id,t1c,age,genotype", "a, a.nii.gz ,7,")).cases[0]
    assert case.attributes == {"age": "7"}
    assert case.images["t1c"].name == "a.nii.gz"


def test_what_the_table_leaves_out_comes_from_its_name(table, tmp_path):
    cohort = read_manifest(table("case_id,t1c", "a,a.nii.gz"))
    assert {cohort.name, cohort.cases[0].cohort} == {tmp_path.name}
    assert read_manifest(table("case_id", "a", name="mets.csv")).cases[0].cohort == "mets"
    assert cohort.cases[0].patient_id == "a"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("case_id,tic", "a,a.nii.gz"), "column 'tic' holds images .* did you mean 't1c'"),
        (("case_id,t1,t1n", "a,a.nii.gz,b.nii.gz"), "columns 't1' and 't1n' are both the sequence t1n"),
        (("case_id,t1c", "a,a.mha"), "case a: t1c is 'a.mha'; expected .nii, .nii.gz or a blank"),
        (("case_id,t1c", "a,a.nii.gz", "a,b.nii.gz"), "case id 'a' is there twice"),
        (("case_id,seg", "a,a.nii.gz"), "case a: the mask a.nii.gz has no label scheme"),
        (
            ("case_id,seg,coding", "a,a.nii.gz,brats2021"),
            "label scheme 'brats2021' is neither a JSON object nor known",
        ),
        (("case_id,split", "a,training"), "case a: split 'training' is none of train, val, test"),
        (("case_id,coding", 'a,{"1": "oedema", "2": "enhancing"}'), "case a: its line has more cells"),
        (("case_id,t1c", ",a.nii.gz"), "line 2 has no case_id"),
        (("id,t1c", "a,a.nii.gz"), "not a cohort table: expected a column 'case_id'"),
        (("case_id,t1c",), "not a cohort table"),
    ],
)
def test_tables_that_cannot_be_right_are_refused(table, lines, message):
    path = table(*lines)
    with pytest.raises(InputError, match=message) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)


def test_missing_table_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read the cohort table .*none\.csv"):
        read_manifest(tmp_path / "none.csv")


@pytest.fixture
def files(tmp_path):
    """The cohort with files of equal size."""
    cohort = make_cohort(tmp_path)
    for number, file in enumerate(file for case in cohort for file in case.files().values()):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes([number]) * 9)
    return cohort


def with_first(cases, **changes):
    return replace(cases, cases=(replace(cases.cases[0], **changes), *cases.cases[1:]))


def test_fingerprint_follows_the_content_of_files(files):
    before = cohort_fingerprint(files)
    assert cohort_fingerprint(files) == before
    files.cases[1].images["t1n"].write_bytes(b"x" * 9)  # of the same size
    assert cohort_fingerprint(files) != before


def test_fingerprint_follows_the_column_of_a_file(files):
    images = files.cases[0].images
    exchanged = with_first(files, images={"t1c": images["t2f"], "t2f": images["t1c"]})
    assert cohort_fingerprint(exchanged) != cohort_fingerprint(files)


@pytest.mark.parametrize(
    "change",
    [
        {"pathology": "mets"},
        {"cohort": "other"},
        {"patient_id": "q"},
        {"coding": "binary"},
        {"attributes": {"age": "8", "site": "Basel"}},
        {"brainmask": None},
    ],
)
def test_fingerprint_follows_every_cell(files, change):
    assert cohort_fingerprint(with_first(files, **change)) != cohort_fingerprint(files)


def test_names_and_places_of_files_do_not_change_the_fingerprint(files, tmp_path):
    moved = {name: tmp_path / f"moved-{name}" for name in files.cases[0].images}
    for name, file in files.cases[0].images.items():
        moved[name].write_bytes(file.read_bytes())
    in_another_order = dict(reversed(moved.items()))
    assert cohort_fingerprint(with_first(files, images=in_another_order)) == cohort_fingerprint(files)
