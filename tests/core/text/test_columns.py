"""Columns that are known however they are written, near misses that are said, and files that are no CSV."""

import pytest

from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.scores import Scores
from braintumornet.core.text.columns import column_key, near_misses
from braintumornet.core.text.errors import InputError, InputWarning


@pytest.fixture
def put(tmp_path):
    """Write a table, as text or bytes, and return its path."""

    def write(content, name="cohort.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("Split", "split"),
        (" split", "split"),
        ("SPLIT ", "split"),
        ("\u200bsplit\xa0", "split"),
        ("Patient_ID", "patient_id"),
        ("Patient ID", "patient_id"),
        ("patient-id", "patient_id"),
        ("Pathology", "pathology"),
        ("Cohort", "cohort"),
        ("Coding", "coding"),
        ("label_scheme", "coding"),
        ("Label scheme", "coding"),
    ],
)
def test_columns_are_those_that_they_obviously_are(put, written, field):
    value = {"split": "test", "coding": "binary"}.get(field, "x")
    (case,) = read_manifest(put(f"Case_ID,{written},t1c\na,{value},a.nii.gz\n"))
    assert (case.id, getattr(case, field)) == ("a", value)
    assert not case.attributes


def test_columns_of_files_are_known_too(put):
    (case,) = read_manifest(put("case_id, FLAIR,Seg,Brain Mask,coding\na,a.nii.gz,s.nii.gz,b.nii.gz,binary\n"))
    assert (list(case.images), list(case.targets), case.brainmask.name) == (["t2f"], ["seg"], "b.nii.gz")


def test_attributes_that_others_read_are_known_too(put):
    (case,) = read_manifest(put("case_id,Site,AGE,Session,IDH1\na,N,7,2,mut\n"))
    assert case.attributes == {"site": "N", "age": "7", "session": "2", "IDH1": "mut"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("spilt", "split"),
        ("splits", "split"),
        ("patientid", "patient_id"),
        ("PatientID", "patient_id"),
        ("patient", "patient_id"),
        ("subject_id", "patient_id"),
        ("participant_id", "patient_id"),
        ("pathologie", "pathology"),
        ("patholgy", "pathology"),
        ("cohrt", "cohort"),
        ("codings", "coding"),
        ("lable_scheme", "label_scheme"),
    ],
)
def test_a_near_miss_is_a_warning_with_a_suggestion(put, written, meant):
    path = put(f"case_id,{written},t1c\na,test,a.nii.gz\n")
    message = f"column {written!r} is none that is read; did you mean {meant!r}"
    assert [text.partition("?")[0] for text in read_table(path).warnings] == [message]
    with pytest.warns(InputWarning, match=f"cohort.csv: {message}"):
        assert read_manifest(path).cases[0].attributes == {written: "test"}


OTHERS = """site age sex session grade histology encoding split1 split_2 cohort_id patient_age patient_sex location coc
cn rnaseq methylation laterality genotype idh note comment position"""


@pytest.mark.parametrize("column", OTHERS.split())
def test_other_columns_are_no_near_miss(put, column):
    assert read_table(put(f"case_id,{column},t1c\na,x,a.nii.gz\n")).warnings == ()


def test_a_near_miss_of_a_column_that_is_there_is_another_column(put):
    assert read_table(put("case_id,split,splits\na,test,x\n")).warnings == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case_id,split,Split\na,test,test\n", "columns 'split' and 'Split' are both 'split'; keep one"),
        ("case_id,coding,label_scheme\na,,\n", "columns 'coding' and 'label_scheme' are both 'coding'; keep one"),
        ("case_id,age,age\na,7,8\n", "the column 'age' stands there 2 times; keep one"),
        ("case_id,t1c,T1C\na,a.nii.gz,\n", "columns 't1c' and 'T1C' are both the sequence t1c; keep one"),
        ("case_id,,split\na,test,\n", "column 2 has no name, but cells, such as in line 2; name it or empty it"),
    ],
)
def test_a_column_that_stands_twice_or_has_no_name_is_refused(put, text, message):
    path = put(text)
    with pytest.raises(InputError) as caught:
        read_manifest(path)
    assert message in str(caught.value)
    assert message in read_table(path).faults


def test_a_blank_column_at_the_end_does_not_matter(put):
    assert read_table(put("case_id,t1c,\na,a.nii.gz,\n")).faults == ()


def test_blank_lines_of_a_spreadsheet_do_not_matter(put):
    assert [line.number for line in read_table(put("case_id,t1c\na,a.nii.gz\n,\n\nb,b.nii.gz\n,\n")).lines] == [2, 5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("case_id;patient_id;split\na;p;test\n", "is separated by semicolons; expected commas: save it as 'CSV UTF-8"),
        ('"case_id";"t1c"\n"a";"a.nii.gz"\n', "is separated by semicolons"),
        ("case_id;age, in years;t1c\na;7;a.nii.gz\n", "is separated by semicolons"),
        ("Case ID\tSplit\na\ttest\n", "is separated by tabs"),
        ("case_id,split\na,test\n".encode("utf-16"), "is in UTF-16"),
        ("case_id,split\na,test\n".encode("utf-16-le"), "is in UTF-16"),
        ("case_id,site\na,Köln\n".encode("latin-1"), "is not in UTF-8 (line 2 holds the byte 0xf6)"),
        (b"PK\x03\x04", "is a spreadsheet's own file or another archive"),
        (b"case_id,split\na,te\0st\n", "holds zero bytes"),
        ('case_id,note\na,"open\nb,x\n', "look for a quotation mark that is not closed there"),
        ("id,split\na,test\n", "expected a column 'case_id' (is 'id' meant?)"),
        ("", "expected a column 'case_id' (the file is empty)"),
        ("case_id,t1c,split\na,a.nii.gz,test\nb,b.ni", "case b: its line ends after 2 of 3 cells; is the file cut off"),
    ],
)
def test_a_file_that_is_something_else_is_named(put, content, message):
    with pytest.raises(InputError) as caught:
        read_manifest(put(content))
    assert message in str(caught.value)


def test_a_byte_order_mark_does_not_matter(put):
    assert read_manifest(put(b"\xef\xbb\xbfcase_id,t1c\na,a.nii.gz\n")).cases[0].id == "a"


def test_what_other_tools_write_into_blank_cells_is_blank(put):
    path = put("case_id,patient_id,pathology,seg,treatment,idh\na,NA,nan,NA,none,NA\nb,None,hgg,,None,mut\n")
    table = read_table(path)
    assert [(line.patient_id, line.pathology, line.targets) for line in table.lines] == [
        ("a", None, {}),
        ("b", "hgg", {}),
    ]
    assert [dict(line.attributes) for line in table.lines] == [
        {"treatment": "none"},
        {"treatment": "None", "idh": "mut"},
    ]
    assert "1 cell of column 'patient_id' says 'NA': read as blank" in table.notes


def test_sides_may_be_written_in_capitals(put):
    assert [line.split for line in read_table(put("case_id,split\na,Train\nb,TEST\n")).lines] == ["train", "test"]
    assert read_table(put("case_id,split\na,validation\n")).lines[0].faults


def test_one_patient_written_in_two_ways_is_said(put):
    path = put("case_id,patient_id,pathology\na,P-01,hgg\nb,p_01,HGG\nc,P-02,hgg\n")
    patients, pathologies = read_table(path).warnings
    assert patients.startswith("column 'patient_id' says 'P-01' and 'p_01', which count as different")
    assert pathologies.startswith("column 'pathology' says 'HGG' and 'hgg'")


def test_keys_and_edits_by_hand():
    assert column_key("\ufeffT1c+ ") == "t1c+"  # T1+ is no T1
    assert near_misses(["sp", "splt", "slpit", "splitss", "xsplit"], ["split"]) == dict.fromkeys(
        ("splt", "slpit", "xsplit"), "split"
    )


def test_tables_of_scores_follow_the_same_rules(put):
    path = put("Arm, Value,Split,patientid\nsingle,0.7,1,p\n", "scores.csv")
    with pytest.warns(InputWarning, match="column 'patientid' is none that is read; did you mean 'patient_id'"):
        scores = Scores.read(path, needed=("arm",))
    assert scores.frame[["arm", "value", "split"]].values.tolist() == [["single", 0.7, "1"]]
    for content, message in (
        ("arm;value\na;0,7\n", "separated by semicolons"),
        ("arm,value,Value\na,1,2\n", "columns 'value' and 'Value' are both 'value'"),
        ("arm,value,split\na,1\n", "line 2 ends after 2 of 3 cells"),
    ):
        with pytest.raises(InputError, match=message):
            Scores.read(put(content, "scores.csv"))


@pytest.mark.parametrize(
    ("written", "sequence"),
    [
        ("T1-CE", "t1c"),
        ("t1_gd", "t1c"),
        ("T1 post", "t1c"),
        ("T2-FLAIR", "t2f"),
        ("t1\u200bc", "t1c"),
        ("T2-w", "t2w"),
    ],
)
def test_sequences_are_known_however_they_are_written(put, written, sequence):
    assert set(read_manifest(put(f"case_id,{written}\na,a.nii.gz\n")).cases[0].images) == {sequence}


@pytest.mark.parametrize("column", ["mask", "Mask", "label", "tumor", "gtv"])
def test_a_mask_of_the_tumour_is_not_taken_for_the_brain(put, column):
    (fault,) = read_table(put(f"case_id,t1c,{column}\na,a.nii.gz,b.nii.gz\n")).faults
    assert fault.endswith("call a mask of the tumour 'seg' (others seg_...), and one of the brain 'brainmask'")


def test_sides_in_a_column_of_another_name_are_said(put):
    rows = "a,a.nii.gz,Train\nb,b.nii.gz,validation\nc,c.nii.gz,\n"
    with pytest.warns(InputWarning, match=r"column 'fold' says train, validation, but only a column 'split' decides"):
        read_manifest(put("case_id,t1c,fold\n" + rows))
    assert read_table(put("case_id,t1c,one,two\na,a.nii.gz,train,test\nb,b.nii.gz,test,train\n")).warnings == ()
    assert read_table(put("case_id,t1c,genotype\na,a.nii.gz,test\nb,b.nii.gz,wildtype\n")).warnings == ()
    assert read_table(put("case_id,t1c,fold,split\na,a.nii.gz,test,train\nb,b.nii.gz,train,test\n")).warnings == ()


@pytest.mark.parametrize("above", ["# made by us", "# made by us, with R", "sep=,", "Table 1,,"])
def test_what_stands_above_the_header_is_said(put, above):
    with pytest.raises(InputError, match=r"has its header in line 2; expected it in the first: take out what stands"):
        read_table(put(f"{above}\ncase_id,t1c\na,a.nii.gz\n"))


def test_the_separator_that_a_spreadsheet_names_is_no_header(put):
    with pytest.raises(InputError, match="separated by semicolons"):
        read_table(put("sep=;\ncase_id;t1c\na;a.nii.gz\n"))


def test_a_table_of_scores_with_semicolons_is_named(put):
    with pytest.raises(InputError, match="separated by semicolons"):
        Scores.read(put("case_id;task;structure;metric;value;note\na;glioma;WT;dice;0,5;\n"))
