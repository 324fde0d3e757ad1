"""Training, validation and test: no patient in two sets, every stratum in each by its share."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import InputError, require
from braintumornet.data.data_settings import SplitSettings

T = TypeVar("T")


@dataclass(frozen=True)
class Split:
    """Case ids of each side."""

    train: tuple[str, ...]
    val: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    def ids(self, side: str) -> tuple[str, ...]:
        """Return the ids of one side by its name."""
        return tuple(asdict(self)[side])


def make_split(cohort: Cohort, shares: SplitSettings | None, seed: int, strata: Sequence[str] = ()) -> Split:
    """Split a cohort by its `split` column, else by shares of the patients, else take all for training.

    Args:
        cohort: the cases.
        shares: of the patients, where the cohort has no `split` column.
        seed: of the random order.
        strata: columns (`genotype`, `pathology`) whose mix every side should have.

    Raises:
        InputError: the column is filled for some cases only, or puts a patient in two sets.
    """
    fixed = [case for case in cohort if case.split is not None]
    if fixed:
        return _from_column(cohort, fixed)
    if shares is None:
        return Split(train=tuple(case.id for case in cohort))
    side_of = _draw_sides(cohort, shares, seed, strata)
    return _collect(cohort, {case.id: side_of[case.patient_id] for case in cohort})


def _from_column(cohort: Cohort, fixed: Sequence[Case]) -> Split:
    if len(fixed) < len(cohort):
        blank = next(case for case in cohort if case.split is None)
        msg = (
            f"cohort {cohort.name}: case {blank.id} has no split although others have; fill the column for all or none"
        )
        raise InputError(msg)
    side_of: dict[str, str] = {}
    for case in cohort:
        require(
            side_of.setdefault(case.patient_id, str(case.split)) == case.split,
            f"patient {case.patient_id} is in {side_of[case.patient_id]} and in {case.split} (case {case.id}); "
            "put all cases of a patient in one set",
        )
    return _collect(cohort, {case.id: str(case.split) for case in cohort})


def shuffle_strata(cohort: Cohort, strata: Sequence[str], rng: np.random.Generator) -> list[list[str]]:
    """Return the patients of each stratum, both in random order.

    A patient belongs to the stratum of all that its cases say: one who is a fusion in one visit and blank in another is
    a fusion.

    Args:
        cohort: the cases, in whatever order.
        strata: columns.
        rng: of the orders.
    """
    told: dict[str, list[set[str]]] = {}
    for case in cohort:
        values = told.setdefault(case.patient_id, [set() for _ in strata])
        for known, column in zip(values, strata, strict=True):
            known |= {value for value in [case.value(column)] if value is not None}
    members: dict[tuple[tuple[str, ...], ...], list[str]] = defaultdict(list)
    for patient in sorted(told):
        members[tuple(tuple(sorted(values)) for values in told[patient])].append(patient)
    groups = [_shuffled(members[key], rng) for key in sorted(members)]
    return _shuffled(groups, rng)


def _shuffled(items: Sequence[T], rng: np.random.Generator) -> list[T]:
    return [items[index] for index in rng.permutation(len(items))]


def _draw_sides(cohort: Cohort, shares: SplitSettings, seed: int, strata: Sequence[str]) -> dict[str, str]:
    rng = np.random.default_rng([seed, 0])
    groups = shuffle_strata(cohort, strata, rng)
    patients = sum(map(len, groups))
    train, val, test = _whole_numbers(np.array([shares.train, shares.val, shares.test]) * patients, patients)
    sides: dict[str, str] = {}
    for side, size in (("test", test), ("val", val), ("train", train)):
        for group, count in zip(groups, _share_out(int(size), [len(group) for group in groups], rng), strict=True):
            sides |= {group.pop(): side for _ in range(count)}
    return sides


def _share_out(size: int, members: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Return how many of a side come from each stratum: its share, rounded up as often as its fraction says.

    Systematic sampling with a random start: the numbers sum to `size`, none is a whole patient off, and over many seeds
    each stratum has exactly its share. A fixed rounding would keep a class of few patients off a small side for good.

    Args:
        size: patients of the side, at most all.
        members: patients that each stratum still has.
        rng: of the start.
    """
    total = max(1, sum(members))
    ends = (np.cumsum([0, *members]) * size + rng.integers(total)) // total
    return [int(count) for count in np.diff(ends)]


def _whole_numbers(wanted: np.ndarray, total: int) -> np.ndarray:
    """Round non-negative shares to whole numbers with a given sum, by the largest remainders."""
    counts: np.ndarray = np.floor(wanted).astype(int)
    while counts.sum() < total:
        counts[np.argmax(wanted - counts)] += 1
    return counts


def _collect(cohort: Cohort, side_of: dict[str, str]) -> Split:
    sides = {name: tuple(case.id for case in cohort if side_of[case.id] == name) for name in ("train", "val", "test")}
    return Split(**sides)
