"""The values of an arm beside those of the baseline, for the same splits, seeds and patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from braintumornet.core.frames import groups_of
from braintumornet.core.text.errors import InputError
from braintumornet.statistics.known_values import mean_known, ratio_known
from braintumornet.statistics.rounding import (
    coarser_step,
    decimal_step,
    exceeds_rounding,
    explain_no_spread,
    is_within_rounding,
)

UNIT = ["split", "replicate", "seed", "patient_id", "case_id"]
"""What an arm is tested on once, in this order."""
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
        coarse_step: that all values of the arm with fewer decimals are multiples of.
        fewest: values that the difference of a split is a mean of, at least; it moves in steps as much finer.
        independent: each split is a replicate with cases of its own, to learn from and to be tested on.
    """

    values: np.ndarray
    baseline_values: np.ndarray
    splits: tuple[str, ...]
    patients: tuple[str, ...]
    undefined: int
    missing: int
    lost_splits: tuple[str, ...]
    decimal_step: float
    coarse_step: float
    fewest: int
    independent: bool = False

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
        if not exceeds_rounding(self.split_differences, self.decimal_step / self.fewest):
            return explain_no_spread(self.split_differences, self.decimal_step)
        if is_within_rounding(self.split_differences, self.coarse_step / self.fewest):
            return explain_no_spread(self.split_differences, self.coarse_step)
        return ""

    @property
    def tested_once(self) -> bool:
        """Whether each patient is in one split only, as in a cross-validation."""
        tested = np.isfinite(self.differences).any(axis=1)  # (splits, patients)
        return len(self.splits) > 1 and len(self.patients) > 1 and bool((tested.sum(axis=0) == 1).all())


def pair_arms(rows: pd.DataFrame, baseline: str, about: str) -> dict[str, Pairs]:
    """Pair the values of each arm with those of the baseline, by split, replicate, seed, patient and case.

    A replicate is an independent repetition of a run, as another seed is; where each split is another replicate, splits
    share no case.

    Args:
        rows: of the frame of `Scores`, of one task, structure and metric.
        baseline: the arm that the others are compared with.
        about: what an error says it is about, such as "tumour WT".

    Returns:
        arm -> pairs; of a baseline that has no row, none.

    Raises:
        InputError: arms were tested on different splits or patients, no pair is left, or an arm has two values of a
            case in the same split and run.
    """
    key = ["arm", *UNIT]
    if (again := rows.duplicated(key, keep=False)).any():
        place, twice = next(groups_of(rows[again], *key))
        differ = [column for column in ("study", "cohort", "sequences") if twice[column].nunique() > 1]
        why = f", which differ in {' and '.join(differ)}" if differ else ""
        what = ", ".join(filter(None, dict.fromkeys(place)))
        msg = f"{about}: {what} has {len(twice)} values{why}; select one for each case, split and seed"
        raise InputError(msg)
    # numbers of rows, because a row whose value is NaN is not a row that is missing
    numbers = (
        rows[key].assign(row=np.arange(len(rows))).set_index(key)["row"].unstack("arm", fill_value=-1).sort_index()
    )
    units = numbers.index.to_frame(index=False)
    axes = tuple(
        each.to_numpy() for each in (units["split"], units["replicate"] + " " + units["seed"], units["patient_id"])
    )
    independent = _has_own_replicates(units["split"], units["replicate"])
    values = np.append(rows["value"], np.nan)  # the last stands for a row that is missing
    arms = [arm for arm in rows["arm"].unique() if arm != baseline] if baseline in numbers else []
    found = {arm: _pair(axes, values, numbers[[arm, baseline]], about) for arm in arms}
    return {arm: replace(pairs, independent=independent) for arm, pairs in found.items()}


def _has_own_replicates(splits: "pd.Series[Any]", replicates: "pd.Series[Any]") -> bool:
    """Say whether every split is a replicate of its own, which the table names."""
    pairs = set(zip(splits, replicates, strict=True))
    named = {replicate for _, replicate in pairs} - {""}
    return len(pairs) == len(named) == splits.nunique() > 1


def _pair(axes: tuple[np.ndarray, ...], values: np.ndarray, rows: pd.DataFrame, about: str) -> Pairs:
    """Pair two arms from the number of the row that each has for a unit, -1 where it has none."""
    tested = rows.to_numpy().T >= 0
    _require_same(axes, dict(zip(rows.columns, tested, strict=True)), about)
    both, found = tested.all(axis=0), values[rows.to_numpy().T]
    defined = ~np.isnan(found).any(axis=0)
    if not defined.any():
        arms = " and ".join(map(repr, rows.columns))
        msg = f"{about}: {arms} have no value to compare; every pair is missing or NaN"
        raise InputError(msg)
    names, cells = zip(*(np.unique(axis[defined], return_inverse=True) for axis in axes), strict=True)
    ours, theirs = found[:, defined]
    return Pairs(
        values=_average(cells, ours),
        baseline_values=_average(cells, theirs),
        splits=tuple(names[0]),
        patients=tuple(names[2]),
        undefined=int((both & ~defined).sum()),
        missing=int((tested[0] ^ tested[1]).sum()),
        lost_splits=tuple(sorted({*axes[0][tested[0]]} - {*names[0]})),
        decimal_step=decimal_step([*ours, *theirs]),
        coarse_step=coarser_step(ours, theirs),
        fewest=int(np.bincount(cells[0]).min()),
    )


def _average(cells: tuple[np.ndarray, ...], values: np.ndarray) -> np.ndarray:
    """Return the mean over a patient's cases, (splits, seeds, patients)."""
    shape = tuple(int(axis.max()) + 1 for axis in cells)
    places = np.ravel_multi_index(cells, shape)
    totals, counts = (np.bincount(places, weights, np.prod(shape)).reshape(shape) for weights in (values, None))
    return ratio_known(totals, counts)


def _require_same(axes: tuple[np.ndarray, ...], tested: Mapping[str, np.ndarray], about: str) -> None:
    splits, _, patients = axes
    _require_equal(
        {arm: {*splits[there]} for arm, there in tested.items()}, f"{about}: expected both arms on the same splits"
    )
    for split in np.unique(splits[next(iter(tested.values()))]):
        whose = {arm: {*patients[there & (splits == split)]} for arm, there in tested.items()}
        where = f"{about}, split {split}" if split else about
        _require_equal(whose, f"{where}: expected both arms on the same patients")


def _require_equal(names: Mapping[str, set[str]], expected: str) -> None:
    both = set.intersection(*names.values())
    if extra := {arm: sorted(own - both) for arm, own in names.items() if own - both}:
        found = "; ".join(f"only {arm!r} has {_name_some(only)}" for arm, only in extra.items())
        msg = f"{expected}; {found}; test both on all, or remove these rows"
        raise InputError(msg)


def _name_some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(name or "a row without a name" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
