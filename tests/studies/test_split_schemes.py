"""Splits of a study: what holds for every kind, and what is refused."""

from dataclasses import replace

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import InputError
from braintumornet.studies.split_schemes import (
    KFold,
    LeaveOneGroupOut,
    PredefinedSplits,
    RepeatedHoldout,
    make_splits,
    require_strata,
)

STRATA = ("pathology", "genotype")


def cohort(patients: int = 20) -> Cohort:
    """Two examinations of each patient, two genotypes, three sites."""
    return Cohort(
        "children",
        tuple(
            Case(
                f"{number}{visit}",
                f"p{number}",
                "children",
                {},
                pathology="plgg",
                attributes={"genotype": "ab"[number % 2], "site": "xyz"[number % 3], "round": "train"},
            )
            for number in range(patients)
            for visit in "ab"
        ),
    )


@pytest.mark.parametrize(
    "scheme", [RepeatedHoldout(repeats=4), KFold(folds=4), LeaveOneGroupOut()], ids=lambda one: one.kind
)
def test_no_patient_is_on_two_sides_and_no_case_is_lost(scheme: RepeatedHoldout | KFold | LeaveOneGroupOut) -> None:
    cases = cohort()
    patient = {case.id: case.patient_id for case in cases}
    for split in make_splits(cases, scheme, STRATA).values():
        sides = [{patient[i] for i in split.ids(side)} for side in ("train", "val", "test")]
        assert sum(map(len, sides)) == len(set().union(*sides)) == 20
        assert sum(len(split.ids(side)) for side in ("train", "val", "test")) == len(cases)


def test_repeats_differ_and_come_again() -> None:
    first, again = (make_splits(cohort(), RepeatedHoldout(repeats=3), STRATA) for _ in range(2))
    assert first == again
    assert len({split.test for split in first.values()}) == 3


def test_each_patient_is_tested_once_by_folds() -> None:
    splits = make_splits(cohort(), KFold(folds=5), STRATA)
    tested = [case for split in splits.values() for case in split.test]
    assert sorted(tested) == sorted(case.id for case in cohort())


def of_classes(*sizes: int) -> Cohort:
    """Return one case a patient, so many of each class."""
    names = [name for name, size in zip("abcdefghijkl", sizes, strict=False) for _ in range(size)]
    return Cohort(
        "children",
        tuple(Case(f"c{n}", f"p{n}", "children", {}, attributes={"genotype": name}) for n, name in enumerate(names)),
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sizes", [(20, 3, 4), (2,) * 10, (1,) * 12, (9, 3, 2)])
@pytest.mark.parametrize("seed", range(5))
def test_folds_are_of_one_size_and_so_are_their_classes(sizes: tuple[int, ...], seed: int) -> None:
    cases = of_classes(*sizes)
    tested = [set(split.test) for split in make_splits(cases, KFold(folds=5, seed=seed), STRATA).values()]
    assert max(map(len, tested)) - min(map(len, tested)) <= 1
    for name in {case.value("genotype") for case in cases}:
        counts = [sum(case.value("genotype") == name for case in cases.with_ids(sorted(test))) for test in tested]
        assert max(counts) - min(counts) <= 1


def test_repeats_done_in_parts_are_those_of_the_whole() -> None:
    whole = make_splits(cohort(), RepeatedHoldout(repeats=4), STRATA)
    part = make_splits(cohort(), RepeatedHoldout(repeats=2, first=3), STRATA)
    assert part == {number: whole[number] for number in ("3", "4")}


@pytest.mark.parametrize("rare", [2, 3, 4, 6])
def test_repeats_are_drawn_again_until_every_class_is_trained_on_and_tested(rare: int) -> None:
    cases = of_classes(30, rare, 25)
    for seed in range(5):
        scheme = RepeatedHoldout(repeats=6, seed=seed)
        splits = make_splits(cases, scheme, STRATA)
        require_strata(cases, splits, STRATA)
        assert len({split.test for split in splits.values()}) == 6
        assert len({len(split.test) for split in splits.values()}) == 1


def test_one_site_is_left_out_at_a_time() -> None:
    cases = cohort()
    splits = make_splits(cases, LeaveOneGroupOut(by="site"), STRATA)
    assert list(splits) == ["x", "y", "z"]
    for site, split in splits.items():
        assert {case.value("site") for case in cases.with_ids(list(split.test))} == {site}
        assert site not in {case.value("site") for case in cases.with_ids([*split.train, *split.val])}


def test_the_tables_own_columns_are_splits() -> None:
    cases = cohort(6)
    sides = ("train", "train", "train", "val", "test", "test")
    told = Cohort(
        "children",
        tuple(replace(case, attributes={**case.attributes, "round": sides[int(case.id[:-1])]}) for case in cases),
    )
    split = make_splits(told, PredefinedSplits(columns=("round",)), STRATA)["round"]
    assert split.test == ("4a", "4b", "5a", "5b")
    assert split.val == ("3a", "3b")


def test_a_column_that_leaks_a_patient_is_refused() -> None:
    first, second, *others = cohort(6).cases
    leaky = Cohort("children", (replace(first, split="train"), replace(second, split="test"),
                                *(replace(case, split="train") for case in others)))  # fmt: skip
    with pytest.raises(InputError, match=r"patient p0 is in train and in test \(case 0b\); put all cases of a patient"):
        make_splits(leaky, PredefinedSplits(), STRATA)


def test_a_column_with_another_word_is_refused() -> None:
    with pytest.raises(InputError, match="case 0a: site is 'x'; expected train, val or test"):
        make_splits(cohort(4), PredefinedSplits(columns=("site",)), STRATA)


def test_a_patient_of_two_sites_cannot_be_left_out() -> None:
    first, second, *others = cohort(6).cases
    moved = replace(second, attributes={**second.attributes, "site": "z"})
    with pytest.raises(InputError, match=r"patient p0 has more than one site \(x, z\)"):
        make_splits(Cohort("children", (first, moved, *others)), LeaveOneGroupOut(), STRATA)


def test_a_class_of_too_few_patients_is_refused() -> None:
    cases = cohort(12)
    rare = Cohort(
        "children",
        tuple(replace(c, attributes={**c.attributes, "genotype": "b" if c.patient_id == "p0" else "a"}) for c in cases),
    )
    splits = make_splits(rare, RepeatedHoldout(repeats=2), STRATA)
    with pytest.raises(InputError, match=r"split 1: no patient with genotype 'b' is in the \w+ set; the cohort has 1"):
        require_strata(rare, splits, STRATA)


def test_more_folds_than_patients_are_refused() -> None:
    with pytest.raises(InputError, match="5 folds need as many patients; cohort children has 4"):
        make_splits(cohort(4), KFold(folds=5), STRATA)
