"""Who trains, who validates, who tests."""

from dataclasses import replace
from pathlib import Path

import pytest

from braintumornet.core.case import Case, Cohort
from braintumornet.core.errors import InputError
from braintumornet.data.settings import SplitSettings
from braintumornet.data.splits import make_split

SHARES = SplitSettings(train=0.7, val=0.15, test=0.15)


def cohort(patients: int, sessions: int = 2) -> Cohort:
    """Return a cohort with several examinations of each patient and two genotypes, 1 in 4 rare."""
    cases = [
        Case(
            f"p{patient}-s{session}",
            f"p{patient}",
            "x",
            {"t1c": Path("a.nii.gz")},
            attributes={"genotype": "rare" if patient % 4 == 0 else "usual"},
        )
        for patient in range(patients)
        for session in range(sessions)
    ]
    return Cohort("x", tuple(cases))


@pytest.mark.parametrize("seed", range(5))
def test_no_patient_is_on_two_sides_and_every_case_is_on_one(seed: int) -> None:
    split = make_split(cohort(23), SHARES, seed)
    sides = [{case_id.split("-")[0] for case_id in ids} for ids in (split.train, split.val, split.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 23
    assert len(split.train) + len(split.val) + len(split.test) == 46


@pytest.mark.parametrize("seed", range(5))
def test_every_side_has_the_cohorts_mix(seed: int) -> None:
    everyone = cohort(80, sessions=1)
    split = make_split(everyone, SHARES, seed, ["genotype"])
    assert (len(split.train), len(split.val), len(split.test)) == (56, 12, 12)
    for ids in (split.train, split.val, split.test):
        rare = sum(case.value("genotype") == "rare" for case in everyone.with_ids(list(ids)))
        assert rare == len(ids) // 4


def test_the_order_of_the_cases_does_not_matter() -> None:
    forward = cohort(20)
    backward = Cohort("x", tuple(reversed(forward.cases)))
    assert set(make_split(forward, SHARES, 1).test) == set(make_split(backward, SHARES, 1).test)


def test_seeds_differ() -> None:
    assert make_split(cohort(20), SHARES, 1) != make_split(cohort(20), SHARES, 2)


def test_the_column_wins() -> None:
    cases = [replace(case, split="test" if case.patient_id == "p0" else "train") for case in cohort(5)]
    assert make_split(Cohort("x", tuple(cases)), SHARES, 0).test == ("p0-s0", "p0-s1")


def test_without_shares_everyone_trains() -> None:
    assert len(make_split(cohort(5), None, 0).train) == 10


def test_a_column_that_divides_a_patient_is_refused() -> None:
    first, second, *_ = cohort(1)
    divided = Cohort("x", (replace(first, split="train"), replace(second, split="test")))
    with pytest.raises(InputError, match="patient p0 is in train and in test .*put all cases of a patient on one side"):
        make_split(divided, None, 0)


def test_a_half_filled_column_is_refused() -> None:
    first, second = cohort(2, sessions=1)
    with pytest.raises(InputError, match="case p1-s0 has no split although others have"):
        make_split(Cohort("x", (replace(first, split="train"), second)), None, 0)
