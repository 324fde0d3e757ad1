"""Visits of one patient, as the ids of well-known collections tell them."""

import re
from collections import defaultdict
from collections.abc import Iterable

_WORDS = (
    "session|ses|timepoint|tp|visit|scan|exam|day|week|wk|month|followup|follow-up|fu|baseline|"
    "pre[-_]?op|post[-_]?op|pre|post"
)
# a number of something else
_NO_PATIENT = r"(?!(?:site|cent(?:er|re)|hospital|clinic|cohort|dataset|batch|fold)[-_ ]?\d)"

_VISITS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<patient>sub-[a-z0-9]+)_(?:ses-|(?=[a-z]+-))(?P<session>[a-z0-9-]+(?:_[a-z]+-[a-z0-9]+)*)",  # BIDS
        r"(?P<patient>patient-[0-9a-f]{8})-(?P<session>\d+)",  # our pseudonyms of DICOM patients
        r"(?P<patient>BraTS-[a-z-]+-\d+)-(?P<session>\d+)",  # BraTS-GLI-00001-001, BraTS-MEN-RT-0001-1
        # UPENN-GBM-00001_11, RHUH-0001_0
        rf"{_NO_PATIENT}(?P<patient>[a-z]{{2,}}(?:-[a-z]{{2,}})*-\d{{3,}})_(?P<session>\d{{1,2}})",
        # PatientID_0003_Timepoint_1, Patient-001_week-044, UCSF-PDGM-0429_FU001d, P07_preop
        rf"{_NO_PATIENT}(?P<patient>.*\d.*?)[-_ ](?P<session>(?:{_WORDS})(?:[-_ ]?\d+[-_\d]*[a-z]?)?|v\d{{1,2}})",
        r"(?P<patient>.*\d.*?)[-_](?P<session>(?:19|20)\d\d[-.]?[01]\d[-.]?[0-3]\d)",  # P07_20190131
        r"(?P<patient>.*\d.*?)[-_](?P<session>[0-3]\d[-.][0-3]\d[-.](?:19|20)\d\d)",  # PGBM-001_10-21-1995
    )
)


def split_visit(case_id: str) -> tuple[str, str | None]:
    """Return the patient of a case and which visit it is, as far as its id tells; else the id itself and None.

    Example:
        >>> split_visit("sub-01_ses-02"), split_visit("UPENN-GBM-00001_11")
        (('sub-01', '02'), ('UPENN-GBM-00001', '11'))
        >>> split_visit("BraTS2021_00001"), split_visit("case_1")
        (('BraTS2021_00001', None), ('case_1', None))
    """
    for pattern in _VISITS:
        match = pattern.fullmatch(case_id)
        if match:
            return match["patient"], _number_of(match["session"])
    return case_id, None


def _number_of(session: str) -> str:
    """Return `1` of `Timepoint_1`, and everything else as it is: `preop`, `week-044`, `20190131`."""
    match = re.fullmatch(r"(?:session|ses|timepoint|tp|visit)[-_ ]?(\d+)", session, re.IGNORECASE)
    return match[1] if match else session


def find_split_patients(cases: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return patient, as the ids tell -> ids of its visits, where these are said to be of several patients.

    Args:
        cases: id and patient_id of each.

    Example:
        >>> find_split_patients([("sub-1_ses-1", "sub-1_ses-1"), ("sub-1_ses-2", "sub-1_ses-2"), ("sub-2_ses-1", "x")])
        {'sub-1': ['sub-1_ses-1', 'sub-1_ses-2']}
    """
    ids, patients = defaultdict(list), defaultdict(set)
    visits = set()
    for case_id, patient in cases:
        meant, session = split_visit(case_id)  # UCSF-PDGM-0429 is a visit where UCSF-PDGM-0429_FU001d is another
        ids[meant].append(case_id)
        patients[meant].add(patient)
        visits |= set() if session is None else {meant}
    return {meant: ids[meant] for meant, said in patients.items() if len(said) > 1 and meant in visits}
