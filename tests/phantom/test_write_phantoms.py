import numpy as np
import pytest

from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.text.errors import UsageError
from braintumornet.phantom.phantom_case import make_phantom
from braintumornet.phantom.phantom_settings import Mix
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.volumes.nifti import read_labels, read_volume


def test_a_written_cohort_reads_back_equal(tmp_path, small):
    written = write_phantoms(tmp_path / "phantom", small, cases=3, seed=4)
    assert read_manifest(tmp_path / "phantom" / "cohort.csv") == written


def test_the_files_hold_the_phantom(tmp_path, small):
    (case,) = write_phantoms(tmp_path, small, cases=1, seed=4)
    phantom = make_phantom(4, small, 0)
    labels = read_labels(case.targets["seg"])
    assert labels.space == phantom.space
    np.testing.assert_array_equal(labels.array, phantom.labels)
    np.testing.assert_array_equal(read_volume(case.images["t2f"]).array, phantom.images["t2f"])


def test_more_cases_do_not_change_the_first_ones(tmp_path, small):
    few = write_phantoms(tmp_path / "few", small, cases=2, seed=4)
    more = write_phantoms(tmp_path / "more", small, cases=4, seed=4)
    for first, second in zip(few, more, strict=False):
        assert first.attributes == second.attributes
        assert first.images["t1c"].read_bytes() == second.images["t1c"].read_bytes()


def test_every_case_is_a_patient_with_its_records(tmp_path, small):
    cohort = write_phantoms(tmp_path, small, cases=3, seed=4, name="children")
    assert [case.patient_id for case in cohort] == ["children-0000", "children-0001", "children-0002"]
    assert all(case.value("cohort") == "children" and case.value("pathology") == "plgg" for case in cohort)
    assert all({"genotype", "age", "sex", "site", "generator"} == set(case.attributes) for case in cohort)


def test_other_phantoms_come_with_another_version_of_the_generator(tmp_path, small):
    """Where this fails, a seed gives other phantoms than before: raise the version, and write down the numbers."""
    mixed = small.model_copy(update={"mix": Mix(hgg=0.4, mets=0.3, plgg=0.3)})
    cohort = write_phantoms(tmp_path, mixed, cases=4, seed=7)
    assert {case.value("generator") for case in cohort} == {"1"}
    assert [(case.pathology, case.value("age")) for case in cohort] == [
        ("plgg", "15.8"), ("mets", "42"), ("plgg", "9.9"), ("hgg", "78.1"),
    ]  # fmt: skip
    grey = [read_volume(case.images["t2f"]).array.mean() for case in cohort]
    assert grey == pytest.approx([44.374, 95.046, 49.968, 118.660], rel=1e-3)
    tumour = [np.count_nonzero(read_labels(case.targets["seg"]).array) for case in cohort]
    assert tumour == pytest.approx([35, 65, 108, 272], abs=2)


def test_an_untested_genotype_is_left_blank(tmp_path, small):
    untested = small.model_copy(update={"unlabelled_genotype_fraction": 1.0})
    (case,) = write_phantoms(tmp_path, untested, cases=1, seed=4)
    assert case.value("genotype") is None
    assert read_labels(case.targets["seg"]).array.any()


def test_a_healthy_head_is_written_with_an_empty_mask_and_no_pathology(tmp_path, healthy):
    (case,) = write_phantoms(tmp_path, healthy, cases=1, seed=4)
    assert case.value("genotype") is None
    assert case.pathology is None
    assert not read_labels(case.targets["seg"]).array.any()


def test_a_cohort_without_cases_is_refused(tmp_path, small):
    with pytest.raises(UsageError, match="at least 1 case, found 0"):
        write_phantoms(tmp_path, small, cases=0, seed=4)
