"""Who trains, who validates, who tests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import InputError
from braintumornet.data.data_settings import SplitSettings
from braintumornet.data.splits import Split, make_split

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


def of_classes(classes: Sequence[str | None], column: str = "genotype") -> Cohort:
    """Return a patient of each class, in this order; None for a blank."""
    return Cohort(
        "x",
        tuple(
            Case(f"c{number}", f"p{number}", "x", {}, attributes={} if name is None else {column: name})
            for number, name in enumerate(classes)
        ),
    )


def count_classes(cohort: Cohort, split: Split) -> dict[str, Counter[str | None]]:
    value = {case.id: case.value("genotype") for case in cohort}
    return {side: Counter(value[case_id] for case_id in split.ids(side)) for side in ("train", "val", "test")}


@pytest.mark.parametrize("rare", [2, 3, 4, 5])
@pytest.mark.parametrize("others", [("a",), ("a", "z"), ("a", None, "z")])
def test_a_small_class_is_on_every_side_sometimes(rare: int, others: tuple[str | None, ...]) -> None:
    everyone = of_classes(["m"] * rare + [name for name in others for _ in range(20)])
    counts = [count_classes(everyone, make_split(everyone, SHARES, seed, ["genotype"])) for seed in range(200)]
    for side, share in (("train", 0.7), ("val", 0.15), ("test", 0.15)):
        there = np.array([count[side]["m"] for count in counts])
        assert there.any()
        assert there.mean() == pytest.approx(share * rare, abs=0.15)  # neither favoured nor kept away
        assert set(there) <= set(range(int(share * rare) - 1, int(share * rare) + 3))


@pytest.mark.parametrize("seed", range(40))
def test_sides_keep_their_sizes_whatever_the_strata(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patients = int(rng.integers(1, 70))
    classes = [(*"abcdef", None)[index] for index in rng.integers(0, rng.integers(1, 8), patients)]
    shares = SplitSettings(train=0.6, val=0.25, test=0.15)
    plain, stratified = (make_split(of_classes(classes), shares, seed, strata) for strata in ([], ["genotype"]))
    sizes = [len(plain.ids(side)) for side in ("train", "val", "test")]
    assert [len(stratified.ids(side)) for side in ("train", "val", "test")] == sizes
    assert np.abs(np.array(sizes) - np.array([0.6, 0.25, 0.15]) * patients).max() < 1


def test_nobody_and_one_patient_can_be_split() -> None:
    assert make_split(of_classes([]), SHARES, 0, ["genotype"]) == Split(())
    assert make_split(of_classes(["m"]), SHARES, 0, ["genotype"]) == Split(("c0",))


def test_a_class_that_stands_in_one_visit_only_is_the_patient_s() -> None:
    """Six patients whose first visit is blank: by the first visits alone they would be one stratum with the blanks."""
    visits = [
        Case(f"p{n}-{visit}", f"p{n}", "x", {}, attributes={"genotype": "m"} if n < 6 and visit == "b" else {})
        for n in range(18)
        for visit in "ab"
    ]
    thirds = SplitSettings(train=1 / 3, val=1 / 3, test=1 / 3)
    for seed in range(20):
        split = make_split(Cohort("x", tuple(visits)), thirds, seed, ["genotype"])
        assert [sum(int(i[1:-2]) < 6 for i in split.ids(side)) for side in ("train", "val", "test")] == [4, 4, 4]


@pytest.mark.parametrize("strata", [[], ["genotype"]])
def test_the_order_of_the_cases_does_not_matter(strata: list[str]) -> None:
    forward = cohort(20)
    backward = Cohort("x", tuple(reversed(forward.cases)))
    first, second = (make_split(each, SHARES, 1, strata) for each in (forward, backward))
    for side in ("train", "val", "test"):
        assert set(first.ids(side)) == set(second.ids(side))


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
    with pytest.raises(InputError, match="patient p0 is in train and in test .*put all cases of a patient in one set"):
        make_split(divided, None, 0)


def test_a_half_filled_column_is_refused() -> None:
    first, second = cohort(2, sessions=1)
    with pytest.raises(InputError, match="case p1-s0 has no split although others have"):
        make_split(Cohort("x", (replace(first, split="train"), second)), None, 0)
