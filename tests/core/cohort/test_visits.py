"""Which ids are visits of one patient, and which only look so."""

import pytest

from braintumornet.core.cohort.visits import find_split_patients, split_visit


@pytest.mark.parametrize(
    ("case_id", "patient", "session"),
    [
        ("sub-01_ses-01", "sub-01", "01"),
        ("sub-A7_ses-preop", "sub-A7", "preop"),
        ("BraTS-GLI-00001-001", "BraTS-GLI-00001", "001"),
        ("BraTS-MET-00110-000", "BraTS-MET-00110", "000"),
        ("BraTS-MEN-RT-0001-1", "BraTS-MEN-RT-0001", "1"),
        ("UPENN-GBM-00001_11", "UPENN-GBM-00001", "11"),
        ("RHUH-0001_0", "RHUH-0001", "0"),
        ("PatientID_0003_Timepoint_1", "PatientID_0003", "1"),
        ("PatientID_0003_timepoint_12", "PatientID_0003", "12"),
        ("Patient-001_week-044", "Patient-001", "week-044"),
        ("Patient-001_week-000-2", "Patient-001", "week-000-2"),
        ("UCSF-PDGM-0429_FU001d", "UCSF-PDGM-0429", "FU001d"),
        ("P07_preop", "P07", "preop"),
        ("P07-baseline", "P07", "baseline"),
        ("0007_visit2", "0007", "2"),
        ("P07_tp1", "P07", "1"),
        ("P07_20190131", "P07", "20190131"),
        ("TCGA-02-0006_1997-08-23", "TCGA-02-0006", "1997-08-23"),
        ("TCGA-02-0006-1997.08.23", "TCGA-02-0006", "1997.08.23"),
        ("PGBM-001_10-21-1995", "PGBM-001", "10-21-1995"),
        ("sub-01_ses-02_run-1", "sub-01", "02_run-1"),
        ("sub-01_acq-high", "sub-01", "acq-high"),
        ("patient1_scan2", "patient1", "scan2"),
        ("P01_V2", "P01", "V2"),
        ("001_post-op", "001", "post-op"),
    ],
)
def test_visits(case_id, patient, session):
    assert split_visit(case_id) == (patient, session)


@pytest.mark.parametrize(
    "case_id",
    [
        "BraTS2021_00001",
        "BraTS20_Training_001",
        "Brats18_CBICA_AAB_1",
        "Brats17_2013_10_1",
        "brats2013_pat0003",
        "case_1",
        "case_10",
        "pat0003",
        "TCGA-CS-4942",
        "TCGA_CS_4941",
        "UPENN-GBM-00001",
        "UCSF-PDGM-0004",
        "EGD-0001",
        "phantom-0001",
        "visit_1",
        "week-3",
        "session_01",
        "sub-01",
        "a",
        "site1_12",
        "site-001_12",
        "center1_pre",
        "P001_T2",
        "sub-01_T1",
        "case_1_2",
        "TCGA-CS-4942_T2",
        "post-0003",
        "glioma_fu",
        "scan_20190131",
        "20190131",
        "P07_20199999",
        "0012345",
    ],
)
def test_other_ids(case_id):
    assert split_visit(case_id) == (case_id, None)


def test_visits_of_several_patients_are_found():
    cases = [(f"sub-0{n}_ses-0{m}", f"sub-0{n}_ses-0{m}" if n == 1 else f"sub-0{n}") for n in (1, 2) for m in (1, 2)]
    assert find_split_patients(cases) == {"sub-01": ["sub-01_ses-01", "sub-01_ses-02"]}
    assert find_split_patients([("case_1", "a"), ("case_2", "b")]) == {}
    first, later = "UCSF-PDGM-0429", "UCSF-PDGM-0429_FU001d"
    assert find_split_patients([(first, first), (later, later)]) == {first: [first, later]}
    assert find_split_patients([(first, first), (later, first)]) == {}
