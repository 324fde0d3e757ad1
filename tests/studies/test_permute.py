"""A marker whose values are dealt out anew: the negative control of a study with one."""

from collections import Counter
from pathlib import Path

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import UsageError
from braintumornet.studies.study_cohorts import permute
from braintumornet.studies.study_file import Permutation

from .test_plan import children, plan


def patients() -> Cohort:
    """Two sites, two visits each; the sites have different classes, and some patients none."""
    cases = []
    for number in range(30):
        site = "ab"[number % 2]
        marker = {} if number % 7 == 0 else {"marker": f"{site}{number % 3}"}
        cases += [
            Case(f"{number}{visit}", f"p{number}", "c", {"t2f": Path("x")}, attributes={"site": site, **marker})
            for visit in "xy"
        ]
    return Cohort("c", tuple(cases))


def test_values_change_places_among_patients_of_a_site() -> None:
    before = patients()
    after = permute(before, Permutation(column="marker", within="site"), "1")
    for site in "ab":
        both = ([case for case in each if case.value("site") == site] for each in (before, after))
        first, second = (Counter(case.value("marker") for case in own) for own in both)
        assert first == second
    assert [case.value("marker") is None for case in before] == [case.value("marker") is None for case in after]
    assert len({(case.patient_id, case.value("marker")) for case in after}) == 30
    moved = sum(one.value("marker") != other.value("marker") for one, other in zip(before, after, strict=True))
    assert moved > 10
    assert permute(before, Permutation(column="marker", within="site"), "1") == after
    assert permute(before, Permutation(column="marker", within="site"), "2") != after
    anywhere = permute(before, Permutation(column="marker"), "1")
    assert any(str(case.value("marker"))[0] != case.value("site") for case in anywhere if case.value("marker"))


def test_a_study_deals_anew_for_each_split_and_to_every_set() -> None:
    planned, usual = plan(permute={"column": "genotype"}, cohort=children()), plan(cohort=children())
    true = {case.id: case.value("genotype") for case in children()}
    dealt = [
        {case.id: case.value("genotype") for part in (job.cohort, job.parts["test"]) for case in part}
        for job in planned.jobs.values()
        if job.arm == "multi"
    ]
    assert dealt[0] != dealt[1]
    assert all(sum(one[case] != true[case] for case in one) > 10 for one in dealt)
    assert planned.splits == usual.splits  # the same patients, so that both studies can be compared
    assert planned.study.fingerprint() != usual.study.fingerprint()
    assert not {job.fingerprint for job in planned.jobs.values()} & {job.fingerprint for job in usual.jobs.values()}


def test_a_column_that_no_case_has_is_refused() -> None:
    with pytest.raises(UsageError, match="genotpe"):
        plan(permute={"column": "genotpe"})


def test_what_tells_cases_apart_is_not_dealt_out() -> None:
    with pytest.raises(ValueError, match="'pathology' tells cases apart, and cannot be dealt out"):
        Permutation(column="pathology")
