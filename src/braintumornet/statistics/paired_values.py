"""The values of an arm beside those of the baseline, for the same splits, seeds and patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from braintumornet.core.frames import groups_of
from braintumornet.core.text.errors import InputError
from braintumornet.statistics.rounding import (
    coarser_step,
    decimal_step,
    exceeds_rounding,
    explain_no_spread,
    is_within_rounding,
)

if TYPE_CHECKING:
    import pandas as pd

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
    """Return the mean over what is not NaN; NaN where nothing is."""
    known = np.isfinite(values)
    totals, counts = np.where(known, values, 0).sum(axis=axis), known.sum(axis=axis)
    means: np.ndarray = np.divide(totals, counts, out=np.full(totals.shape, np.nan), where=counts > 0)
    return means


@dataclass(frozen=True)
class ArmValues:
    """The values of all arms in one task and structure beside each other, as arrays over what was tested.

    Args:
        splits, patients: names, (n,).
        runs: number of the replicate and seed, (n,).
        values: arm -> (n,), NaN where not defined or not tested.
        tested: arm -> bool (n,).
    """

    splits: np.ndarray
    runs: np.ndarray
    patients: np.ndarray
    values: Mapping[str, np.ndarray]
    tested: Mapping[str, np.ndarray]


def spread_arms(rows: "pd.DataFrame", about: str) -> ArmValues:
    """Return the values of each arm side by side, in the order of split, replicate, seed, patient and case.

    A replicate is an independent repetition of a run, as another seed is.

    Args:
        rows: of the frame of `Scores`, of one task, structure and metric.
        about: what an error says it is about, such as "tumour WT".

    Raises:
        InputError: two rows of an arm are about the same case, split, replicate and seed.
    """
    key = ["arm", *UNIT]
    for _, twice in groups_of(rows[rows.duplicated(key, keep=False)], *key):
        differ = [column for column in ("study", "cohort", "sequences") if twice[column].nunique() > 1]
        why = f", which differ in {' and '.join(differ)}" if differ else ""
        place = ", ".join(filter(None, dict.fromkeys(twice[key].iloc[0])))
        msg = f"{about}: {place} has {len(twice)} values{why}; select one for each case, split and seed"
        raise InputError(msg)
    numbers = rows[UNIT].assign(arm=rows["arm"], number=np.arange(len(rows))).set_index([*UNIT, "arm"])["number"]
    table = numbers.unstack("arm", fill_value=-1).sort_index()
    units = {name: table.index.get_level_values(name).to_numpy() for name in UNIT}
    found = rows["value"].to_numpy()
    number = {arm: table[arm].to_numpy() for arm in table.columns}
    return ArmValues(
        splits=units["split"],
        runs=_number([*zip(units["replicate"], units["seed"], strict=True)]),
        patients=units["patient_id"],
        values={arm: np.where(at >= 0, found[at], np.nan) for arm, at in number.items()},
        tested={arm: at >= 0 for arm, at in number.items()},
    )


def _number(names: Sequence[Any]) -> np.ndarray:
    order = {name: number for number, name in enumerate(sorted(set(names)))}
    return np.array([order[name] for name in names])


def pair_values(arms: ArmValues, arm: str, baseline: str, about: str) -> Pairs:
    """Pair the values of an arm with those of the baseline by split, run, patient and case.

    Raises:
        InputError: the arms were tested on different splits or patients, or no pair is left.
    """
    tested = arms.tested[arm], arms.tested[baseline]
    _require_same(arms, tested, (arm, baseline), about)
    both, values = tested[0] & tested[1], np.stack([arms.values[arm], arms.values[baseline]])
    defined = both & ~np.isnan(values).any(axis=0)
    if not defined.any():
        msg = f"{about}: {arm!r} and {baseline!r} have no value to compare; every pair is missing or NaN"
        raise InputError(msg)
    splits, at, counts = np.unique(arms.splits[defined], return_inverse=True, return_counts=True)
    patients, whose = np.unique(arms.patients[defined], return_inverse=True)
    cells = at, np.unique(arms.runs[defined], return_inverse=True)[1], whose
    ours, theirs = values[:, defined]
    step, coarse_step = decimal_step(values[:, defined]), coarser_step(ours, theirs)
    return Pairs(
        values=_average(cells, ours),
        baseline_values=_average(cells, theirs),
        splits=tuple(splits),
        patients=tuple(patients),
        undefined=int((both & ~defined).sum()),
        missing=int((tested[0] ^ tested[1]).sum()),
        lost_splits=tuple(sorted({*arms.splits[tested[0]]} - {*splits})),
        decimal_step=step,
        split_step=step / int(counts.min()),
        coarse_step=coarse_step,
        coarse_split_step=coarse_step / int(counts.min()),
    )


def _average(cells: tuple[np.ndarray, ...], values: np.ndarray) -> np.ndarray:
    """Return the mean over a patient's cases, (splits, seeds, patients)."""
    shape = tuple(int(axis.max()) + 1 for axis in cells)
    totals, counts = np.zeros(shape), np.zeros(shape)
    np.add.at(totals, cells, values)
    np.add.at(counts, cells, 1)
    means: np.ndarray = np.divide(totals, counts, out=np.full(shape, np.nan), where=counts > 0)
    return means


def _require_same(arms: ArmValues, tested: Sequence[np.ndarray], names: Sequence[str], about: str) -> None:
    splits = [{*arms.splits[there]} for there in tested]
    _require_equal(splits[0], splits[1], names, f"{about}: expected both arms on the same splits")
    for split in sorted(splits[0]):
        patients = [{*arms.patients[there & (arms.splits == split)]} for there in tested]
        where = f"{about}, split {split}" if split else about
        _require_equal(patients[0], patients[1], names, f"{where}: expected both arms on the same patients")


def _require_equal(ours: set[str], theirs: set[str], arms: Sequence[str], expected: str) -> None:
    extra = [(arm, sorted(only)) for arm, only in zip(arms, (ours - theirs, theirs - ours), strict=True) if only]
    if extra:
        found = "; ".join(f"only {arm!r} has {_name_some(only)}" for arm, only in extra)
        msg = f"{expected}; {found}; test both on all, or remove these rows"
        raise InputError(msg)


def _name_some(names: Sequence[str], most: int = 5) -> str:
    shown = ", ".join(name or "a row without a name" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
