"""The values of an arm beside those of the baseline, for the same splits, seeds and patients."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from braintumornet.core.text.errors import InputError
from braintumornet.statistics.arm_scores import Row
from braintumornet.statistics.rounding import (
    coarser_step,
    decimal_step,
    exceeds_rounding,
    explain_no_spread,
    is_within_rounding,
)

Place = tuple[str, str, str, str]  # split, seed, patient, case

DECIMALS = 12  # 0.80 - 0.76 and 0.77 - 0.73 are the same difference


@dataclass(frozen=True)
class Pairs:
    """Two arms on the same patients.

    Args:
        values, baseline_values: (splits, seeds, patients), the mean over a patient's cases, NaN where not tested.
        splits, patients: names along the first and the last axis.
        undefined: how many pairs were left out because a value is NaN.
        missing: how many because one arm has no row.
        lost_splits: those of which no pair is left.
        decimal_step: that all values are multiples of, such as 0.01.
        split_step: in which the difference of a split can move: that, over the values that it is a mean of.
        coarse_step: that all values of the arm that is told less finely are multiples of.
        coarse_split_step: that, over the values that the difference of a split is a mean of.
    """

    values: np.ndarray
    baseline_values: np.ndarray
    splits: tuple[str, ...]
    patients: tuple[str, ...]
    undefined: int
    missing: int
    lost_splits: tuple[str, ...]
    decimal_step: float
    split_step: float
    coarse_step: float
    coarse_split_step: float

    @property
    def differences(self) -> np.ndarray:
        """Arm minus baseline, (splits, seeds, patients); NaN where not tested."""
        differences: np.ndarray = self.values - self.baseline_values
        return differences

    @property
    def run_differences(self) -> np.ndarray:
        """Means over the patients of a split, (splits, seeds); NaN where a seed was not run."""
        return np.round(mean_known(self.differences, axis=2), DECIMALS)

    @property
    def split_differences(self) -> np.ndarray:
        """Means over patients and seeds, (splits,)."""
        return np.round(mean_known(self.run_differences, axis=1), DECIMALS)

    @property
    def explain_rounding(self) -> str:
        """Why the differences of several splits may come from rounding and tell nothing; "" where they do tell."""
        if not exceeds_rounding(self.split_differences, self.split_step):
            return explain_no_spread(self.split_differences, self.decimal_step)
        if is_within_rounding(self.split_differences, self.coarse_split_step):
            return explain_no_spread(self.split_differences, self.coarse_step)
        return ""

    @property
    def tested_once(self) -> bool:
        """Whether each patient is in one split only, as in a cross-validation."""
        tested = np.isfinite(self.differences).any(axis=1)  # (splits, patients)
        return len(self.splits) > 1 and len(self.patients) > 1 and bool((tested.sum(axis=0) == 1).all())


def mean_known(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of what is not NaN; NaN where nothing is known."""
    known = np.isfinite(values)
    counts = known.sum(axis=axis)
    sums = np.where(known, values, 0).sum(axis=axis)
    means: np.ndarray = np.divide(sums, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    return means


def pair_rows(rows: Iterable[Row], baseline_rows: Iterable[Row], about: str) -> Pairs:
    """Pair the rows of two arms by split, seed, patient and case.

    Args:
        rows: of one arm, task, structure and metric.
        baseline_rows: those of the baseline.
        about: what an error says it is about, such as "tumour WT".

    Raises:
        InputError: the arms were tested on different splits or patients, or no pair is left.
    """
    ours, theirs = ({_place(row): row for row in each} for each in (rows, baseline_rows))
    names = tuple(next(iter(each.values())).arm for each in (ours, theirs))
    _require_same(ours, theirs, names, about)
    places = sorted(ours.keys() & theirs.keys())
    defined = [place for place in places if not isnan(ours[place].value) and not isnan(theirs[place].value)]
    if not defined:
        msg = f"{about}: {names[0]!r} and {names[1]!r} have no value to compare; every pair is missing or NaN"
        raise InputError(msg)
    splits, seeds, patients = (tuple(sorted({place[axis] for place in defined})) for axis in range(3))
    axes = (splits, seeds, patients)
    told = [[each[place].value for place in defined] for each in (ours, theirs)]
    step, coarse_step = decimal_step([*told[0], *told[1]]), coarser_step(*told)
    fewest = min(Counter(place[0] for place in defined).values())
    return Pairs(
        values=_fill(defined, [ours[place].value for place in defined], axes),
        baseline_values=_fill(defined, [theirs[place].value for place in defined], axes),
        splits=splits,
        patients=patients,
        undefined=len(places) - len(defined),
        missing=len(ours.keys() ^ theirs.keys()),
        lost_splits=tuple(sorted({place[0] for place in ours} - set(splits))),
        decimal_step=step,
        split_step=step / fewest,
        coarse_step=coarse_step,
        coarse_split_step=coarse_step / fewest,
    )


def _place(row: Row) -> Place:
    return row.split, row.seed, row.patient, row.case


def _require_same(ours: dict[Place, Row], theirs: dict[Place, Row], arms: Sequence[str], about: str) -> None:
    splits = [{split for split, *_ in each} for each in (ours, theirs)]
    _require_equal(splits[0], splits[1], arms, f"{about}: expected both arms on the same splits")
    for split in sorted(splits[0]):
        tested = [{patient for where, _, patient, _ in each if where == split} for each in (ours, theirs)]
        where = f"{about}, split {split}" if split else about
        _require_equal(tested[0], tested[1], arms, f"{where}: expected both arms on the same patients")


def _require_equal(ours: set[str], theirs: set[str], arms: Sequence[str], expected: str) -> None:
    extra = [(arm, sorted(only)) for arm, only in zip(arms, (ours - theirs, theirs - ours), strict=True) if only]
    if extra:
        found = "; ".join(f"only {arm!r} has {_name_some(only)}" for arm, only in extra)
        msg = f"{expected}; {found}; test both on all, or remove these rows"
        raise InputError(msg)


def _name_some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(name or "a row without a name" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _fill(places: Sequence[Place], values: Sequence[float], axes: Sequence[Sequence[str]]) -> np.ndarray:
    """Return the mean over a patient's cases in (splits, seeds, patients)."""
    numbers = [{name: index for index, name in enumerate(names)} for names in axes]
    cells = tuple(np.array([number[place[axis]] for place in places]) for axis, number in enumerate(numbers))
    shape = tuple(len(names) for names in axes)
    totals, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(totals, cells, values)
    np.add.at(counts, cells, 1)
    means: np.ndarray = np.divide(totals, counts, out=np.full(shape, np.nan), where=counts > 0)
    return means
