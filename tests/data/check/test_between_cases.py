"""Faults of the table and between cases, each planted in a clean cohort; and the check of many cases at once."""

import random
from dataclasses import replace

import numpy as np

from braintumornet.core.cohort.cohort_table import read_table
from braintumornet.data.check.check_table import check_table, plan_check
from braintumornet.data.check.findings import Kind


def test_duplicate_ids(planted):
    planted.rows[1]["case_id"] = "phantom-0000"
    found = planted.check().findings
    assert [(f.kind, f.severity, f.line) for f in found] == [("duplicate-id", "error", n) for n in (2, 3)]


def test_a_line_without_id(planted):
    planted.rows[1]["case_id"] = ""
    assert [(f.kind, f.severity, f.line) for f in planted.check().findings] == [("table", "error", 3)]


def test_no_image(planted):
    for column in ("t1n", "t1c", "t2w", "t2f"):
        planted.rows[1][column] = ""
    assert planted.found() == [("no-image", "error", "0001")]


def test_a_missing_sequence_is_no_fault(planted):
    planted.rows[1]["t1n"] = ""
    assert planted.found() == []
    assert planted.check().has["t1n"] == 4


def test_a_file_that_is_no_nifti(planted):
    planted.rows[1]["t1n"] = "a.mha"
    assert planted.found() == [("table", "error", "0001")]


def test_a_column_that_nobody_knows(planted):
    for row in planted.rows:
        row["tic"] = row["t1c"]
    (finding,) = planted.check().findings
    assert (finding.kind, finding.line, finding.case_id) == (Kind.TABLE, 1, "")
    assert "did you mean 't1c'" in finding.text


def test_a_column_that_is_probably_another(planted):
    for row in planted.rows:
        row["spilt"] = "train"
    planted.rows[1]["patient_id"] = "NA"
    warning, note = planted.check().findings
    assert (warning.kind, warning.severity, warning.line) == (Kind.COLUMN, "warning", 1)
    assert "column 'spilt' is none that is read; did you mean 'split'?" in warning.text
    assert (note.kind, note.severity) == (Kind.COLUMN, "note")
    assert note.text == "1 cell of column 'patient_id' says 'NA': read as blank"


def test_a_patient_with_two_pathologies(planted):
    planted.rows[1] |= {"patient_id": "phantom-0000", "pathology": "mets"}
    assert planted.found() == [("patient", "warning", "0000"), ("patient", "warning", "0001")]


def test_visits_of_a_patient_who_is_said_to_be_two(planted):
    planted.rows[0]["case_id"], planted.rows[1]["case_id"] = "sub-01_ses-01", "sub-01_ses-02"
    first, second = planted.check().findings
    assert [(f.kind, f.severity, f.case_id) for f in (first, second)] == [
        ("patient", "warning", "sub-01_ses-01"),
        ("patient", "warning", "sub-01_ses-02"),
    ]
    assert first.text.startswith("looks like a visit of patient sub-01, as sub-01_ses-02 does, but their patient_id d")
    planted.rows[0]["patient_id"] = planted.rows[1]["patient_id"] = "sub-01"
    assert planted.check().findings == ()


def test_a_patient_on_two_sides_of_the_split(planted):
    for row in planted.rows:
        row["split"] = "train"
    planted.rows[1] |= {"patient_id": "phantom-0000", "split": "test"}
    assert planted.found() == [("split", "error", "0000"), ("split", "error", "0001")]
    assert "phantom-0001 of the same patient is in test" in planted.check().findings[0].text


def test_a_split_for_some_only(planted):
    planted.rows[0]["split"] = planted.rows[2]["split"] = "train"
    assert planted.found() == [("split", "error", case) for case in ("0001", "0003", "0004")]


def test_an_unknown_split(planted):
    for row in planted.rows:
        row["split"] = "train"
    planted.rows[1]["split"] = "training"
    assert planted.found() == [("table", "error", "0001")]


# --- unlike the others ---


def test_another_voxel_size_than_the_cohort(planted):
    for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
        planted.change(1, column, lambda array, affine: (array, affine @ np.diag([1, 1, 0.5, 1])))
    assert planted.found() == [("spacing", "warning", "0001")]
    assert "has voxels of 5 x 5 x 2.5 mm, the cohort mostly of 5 x 5 x 5 mm" in planted.check().findings[0].text


def test_voxel_sizes_that_vary_anyway_have_no_outlier(planted):
    for case, factor in enumerate((1, 1.2, 1.4, 1.7, 2)):
        for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
            planted.change(case, column, lambda array, affine, f=factor: (array, affine @ np.diag([1, 1, f, 1])))
    assert planted.found() == [("spacing", "warning", "")]
    assert "voxels are of 5 x 5 x (5 to 10) mm" in planted.check().findings[0].text
    assert "set data.spacing_mm" in planted.check().findings[0].text


def test_two_voxel_sizes_in_few_cases(planted):
    del planted.rows[2:]
    for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
        planted.change(1, column, lambda array, affine: (array, affine @ np.diag([1, 1, 1.15, 1])))
    assert planted.found() == [("spacing", "warning", "")]


def test_voxel_sizes_within_a_tenth_are_one(planted):
    for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
        planted.change(1, column, lambda array, affine: (array, affine @ np.diag([1, 1, 1.09, 1])))
    assert planted.found() == []


def test_what_counts_as_brain_is_too_large_in_one_case(planted):
    planted.rows[1]["brainmask"] = ""
    for column in ("t1n", "t1c", "t2w", "t2f", "seg"):
        planted.change(1, column, lambda array, affine: (array, affine @ np.diag([1.6, 1.6, 1.6, 1])))
    found = [finding for finding in planted.check().findings if finding.kind == "brain-size"]
    assert [finding.case_id for finding in found] == ["phantom-0001"]
    assert "more than a brain has (up to 2200 ml): strip the skull, or give a brain mask, or check" in found[0].text


def test_what_is_true_of_most_brains_is_said_once(planted):
    for case in range(5):
        for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
            planted.change(case, column, lambda array, affine: (array, affine @ np.diag([0.5, 0.5, 0.5, 1])))
    assert planted.found() == [("brain-size", "warning", "")]
    text = planted.check().findings[0].text
    assert "what counts as brain has not the size of one in 5 of 5 cases" in text


def test_another_orientation_than_the_cohort(planted, turn_to_las):
    for column in ("t1n", "t1c", "t2w", "t2f", "seg", "brainmask"):
        planted.change(1, column, turn_to_las)
    assert planted.found() == [("orientation", "note", "0001")]
    assert "lies in the file as LAS, the cohort as RAS" in planted.check().findings[0].text


def test_a_pathology_for_each_site(planted):
    for row, site, pathology in zip(planted.rows, "NNNSS", ("hgg", "hgg", "hgg", "mets", "mets"), strict=True):
        row |= {"site": site, "pathology": pathology}
    assert planted.found() == [("confounded", "warning", "")]
    assert "every site has one pathology only (N: hgg, S: mets)" in planted.check().findings[0].text
    planted.rows[0]["pathology"] = "mets"
    assert planted.found() == []


# --- all together ---


def plant_many(planted):
    planted.put(0, "t1c", "nowhere.nii.gz")
    planted.rows[1]["t2w"] = planted.rows[4]["t2w"]
    planted.rows[2]["coding"] = ""
    planted.rows[3] |= {"patient_id": "phantom-0000", "pathology": "mets"}


def test_the_order_of_the_cases_does_not_matter(planted):
    plant_many(planted)
    before = {replace(finding, line=0) for finding in planted.check().findings}
    random.Random(5).shuffle(planted.rows)
    assert {replace(finding, line=0) for finding in planted.check().findings} == before
    assert len(before) > 6


def test_the_number_of_jobs_does_not_matter(planted):
    plant_many(planted)
    assert planted.check(jobs=3).findings == planted.check(jobs=1).findings


def test_jobs_are_lowered_to_what_fits_into_memory(planted, monkeypatch):
    table = read_table(planted.write())
    each = plan_check(table, 1).bytes_each
    assert each > 6 * 4 * 32**3
    monkeypatch.setattr("braintumornet.core.workers.parallel.free_memory", lambda: int(2.5 * each))
    workers = plan_check(table, 4)
    assert workers.jobs == 2
    assert str(workers).startswith("2 of 4 jobs, because 0.5 GiB are free")
    assert check_table(table, workers).findings == ()
