"""Who trains, validates and tests: one split, or many."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.plugin import Settings
from braintumornet.core.text.errors import InputError, require
from braintumornet.data.data_settings import SplitSettings
from braintumornet.data.splits import Split, make_split, shuffle_strata

MOST_DRAWS = 50
SIDES = ("train", "val", "test")
REPLICATE = "replicate"
"""Column that says to which replicate a phantom belongs."""


class RepeatedHoldout(SplitSettings):
    """The patients are drawn anew for each split, in shares; again where a class would be missing.

    Args:
        repeats: how often.
        first: number of the first split, so that a study can be done in parts; a split of a number is always the same.
        seed: of the draw.
    """

    kind: Literal["repeated_holdout"] = "repeated_holdout"
    repeats: int = Field(6, ge=1)
    first: int = Field(1, ge=1)
    seed: int = Field(0, ge=0)


class KFold(Settings):
    """A cross-validation: each patient is tested once.

    Args:
        folds: how many.
        val: share of the other patients that validates.
        seed: of the draw.
    """

    kind: Literal["k_fold"] = "k_fold"
    folds: int = Field(5, ge=2)
    val: float = Field(0.15, ge=0, lt=1)
    seed: int = Field(0, ge=0)


class LeaveOneGroupOut(Settings):
    """Each value of a column is tested once, such as each site.

    Args:
        by: the column.
        val: share of the other patients that validates.
        seed: of the draw.
    """

    kind: Literal["leave_one_group_out"] = "leave_one_group_out"
    by: str = "site"
    val: float = Field(0.15, ge=0, lt=1)
    seed: int = Field(0, ge=0)


class PredefinedSplits(Settings):
    """The cohort table says it.

    Args:
        columns: each is a split: train, val or test for each case.
    """

    kind: Literal["predefined"] = "predefined"
    columns: tuple[str, ...] = Field(("split",), min_length=1)


class IndependentReplicates(Settings):
    """Each replicate has phantoms of its own to learn from and to be tested on, and first weights of its own.

    Replicates share nothing, so that they are independent.

    Args:
        replicates: how many; each is a split.
        first: number of the first one, so that a study can be done in parts.
    """

    kind: Literal["independent_replicates"] = "independent_replicates"
    replicates: int = Field(8, ge=1)
    first: int = Field(1, ge=1)

    @property
    def numbers(self) -> range:
        """Numbers of the replicates, each of which always has the same phantoms."""
        return range(self.first, self.first + self.replicates)

    def seed_of(self, replicate: str, seed: int) -> int:
        """Return the seed of a replicate's own phantoms or networks, which does not depend on the other replicates."""
        return int(np.random.SeedSequence([seed, int(replicate)]).generate_state(1)[0])


SplitScheme = RepeatedHoldout | KFold | LeaveOneGroupOut | PredefinedSplits | IndependentReplicates


def _with_kind(given: Any) -> Any:
    return {"kind": "repeated_holdout", **given} if isinstance(given, dict) else given


AnySplitScheme = Annotated[SplitScheme, Field(discriminator="kind"), BeforeValidator(_with_kind)]


def make_splits(cohort: Cohort, scheme: SplitScheme, strata: Sequence[str]) -> dict[str, Split]:
    """Return name -> split; no patient is ever in two sets of one.

    Args:
        cohort: all cases of the study.
        scheme: how they are split.
        strata: columns whose mix every side should have.

    Raises:
        InputError: a column puts a patient in two sets, lacks values, or there are too few patients.
    """
    match scheme:
        case RepeatedHoldout():
            splits = _repeat(cohort, scheme, strata)
        case KFold():
            splits = _fold(cohort, scheme, strata)
        case LeaveOneGroupOut():
            splits = _leave_out(cohort, scheme, strata)
        case PredefinedSplits():
            splits = {column: _read_column(cohort, column) for column in scheme.columns}
        case IndependentReplicates():
            splits = {str(number): _sides_of_replicate(cohort, str(number)) for number in scheme.numbers}
    for name, split in splits.items():
        if not split.train or not split.test:
            side = "test" if split.train else "training"
            msg = f"split {name}: the {side} set is empty; the cohort has {len(cohort)} cases"
            raise InputError(msg)
    return splits


def require_strata(cohort: Cohort, splits: Mapping[str, Split], strata: Sequence[str]) -> None:
    """Refuse splits in which a class or pathology is missing where networks learn or are tested.

    Args:
        cohort: the cases that the study is about.
        splits: of them.
        strata: columns to look at.

    Raises:
        InputError: names the value, the split, and how many patients there are.
    """
    for name, split in splits.items():
        for column, value, side, patients in _missing(cohort, split, strata):
            msg = (
                f"split {name}: no patient with {column} {value!r} is in the {side} set; the cohort has {patients} "
                "such patients, too few for this split: take fewer or larger parts, leave them out with `where`, or "
                "add patients"
            )
            raise InputError(msg)


def _missing(cohort: Cohort, split: Split, strata: Sequence[str]) -> Iterator[tuple[str, str, str, int]]:
    """Yield each column and value that nobody has on a side where networks learn or are tested, and who has it."""
    side_of = {case_id: side for side in ("train", "test") for case_id in split.ids(side)}
    for column in strata:
        patients: dict[str, set[str]] = {}
        there = set()
        for case in cohort:
            if (value := case.value(column)) is not None:
                patients.setdefault(value, set()).add(case.patient_id)
                there.add((value, side_of.get(case.id)))
        for value, who in patients.items():
            yield from ((column, value, side, len(who)) for side in ("train", "test") if (value, side) not in there)


def _repeat(cohort: Cohort, scheme: RepeatedHoldout, strata: Sequence[str]) -> dict[str, Split]:
    shares = SplitSettings(train=scheme.train, val=scheme.val, test=scheme.test)
    free = _without_column(cohort)
    numbers = range(scheme.first, scheme.first + scheme.repeats)
    return {str(number): _draw(free, shares, (scheme.seed, number - 1), strata) for number in numbers}


def _draw(cohort: Cohort, shares: SplitSettings, seed: tuple[int, int], strata: Sequence[str]) -> Split:
    """Return the first of `MOST_DRAWS` splits that lacks no class of two or more patients, or the one that lacks least.

    Chance alone keeps a class of three off a test set of 15 % every second time.
    """
    drawn = []
    for attempt in range(MOST_DRAWS):
        split = make_split(cohort, shares, _seed(*seed, *([attempt] if attempt else [])), strata)
        drawn.append((sum(patients > 1 for *_, patients in _missing(cohort, split, strata)), split))
        if drawn[-1][0] == 0:
            break
    return min(drawn, key=lambda lacks_and_split: lacks_and_split[0])[1]


def _fold(cohort: Cohort, scheme: KFold, strata: Sequence[str]) -> dict[str, Split]:
    groups = shuffle_strata(cohort, strata, np.random.default_rng([scheme.seed, 1]))
    patients = [patient for group in groups for patient in group]
    require(
        len(patients) >= scheme.folds,
        f"{scheme.folds} folds need as many patients; cohort {cohort.name} has {len(patients)}",
    )
    # dealt like cards, stratum by stratum: folds differ by one patient at most, and so does each stratum over them
    dealt = {patient: number % scheme.folds for number, patient in enumerate(patients)}
    return {
        str(fold + 1): _test_these(
            cohort, {case.id for case in cohort if dealt[case.patient_id] == fold}, scheme.val, scheme.seed, strata
        )
        for fold in range(scheme.folds)
    }


def _leave_out(cohort: Cohort, scheme: LeaveOneGroupOut, strata: Sequence[str]) -> dict[str, Split]:
    _require_filled(cohort, scheme.by, "for all cases to leave one value out at a time")
    places: dict[str, set[str]] = {}
    for case in cohort:
        places.setdefault(case.patient_id, set()).add(str(case.value(scheme.by)))
    for patient, names in places.items():
        require(
            len(names) <= 1,
            f"patient {patient} has more than one {scheme.by} ({', '.join(sorted(names))}), so that leaving one "
            "out would leave the patient in both sets",
        )
    values = sorted({str(case.value(scheme.by)) for case in cohort})
    own = {value: {case.id for case in cohort if case.value(scheme.by) == value} for value in values}
    return {value: _test_these(cohort, own[value], scheme.val, scheme.seed, strata) for value in values}


def _test_these(cohort: Cohort, tested: set[str], val: float, seed: int, strata: Sequence[str]) -> Split:
    others = _without_column(cohort.select(lambda case: case.id not in tested))
    rest = make_split(others, SplitSettings(train=1 - val, val=val, test=0), seed, strata)
    return replace(rest, test=tuple(case.id for case in cohort if case.id in tested))


def _read_column(cohort: Cohort, column: str) -> Split:
    _require_filled(cohort, column, "with train, val or test for all cases")
    cases = tuple(replace(case, split=case.value(column)) for case in cohort)
    for case in cases:
        require(
            case.split in ("train", "val", "test"),
            f"case {case.id}: {column} is {case.split!r}; expected train, val or test",
        )
    return make_split(Cohort(cohort.name, cases), None, 0)


def _sides_of_replicate(cohort: Cohort, number: str) -> Split:
    own = [case for case in cohort if case.value(REPLICATE) == number]
    return Split(*(tuple(case.id for case in own if case.split == side) for side in SIDES))


def _require_filled(cohort: Cohort, column: str, how: str) -> None:
    for case in cohort:
        require(case.value(column) is not None, f"case {case.id} has no {column!r}; fill the column {how}")


def _without_column(cohort: Cohort) -> Cohort:
    return Cohort(cohort.name, tuple(replace(case, split=None) for case in cohort))


def _seed(*numbers: int) -> int:
    """Return a seed of its own for each repeat and draw, also where the seeds of two studies follow each other."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
