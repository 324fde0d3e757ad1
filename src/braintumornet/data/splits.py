"""Training, validation and test: no patient on two sides, every stratum on all of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from braintumornet.core.case import Case, Cohort
from braintumornet.core.errors import InputError
from braintumornet.data.settings import SplitSettings


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
        InputError: the column is filled for some cases only, or puts a patient on two sides.
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
        if side_of.setdefault(case.patient_id, str(case.split)) != case.split:
            msg = (
                f"patient {case.patient_id} is in {side_of[case.patient_id]} and in {case.split} (case {case.id}); "
                "put all cases of a patient on one side"
            )
            raise InputError(msg)
    return _collect(cohort, {case.id: str(case.split) for case in cohort})


def _draw_sides(cohort: Cohort, shares: SplitSettings, seed: int, strata: Sequence[str]) -> dict[str, str]:
    groups: dict[tuple[str | None, ...], list[str]] = defaultdict(list)
    for patient, case in {case.patient_id: case for case in reversed(cohort.cases)}.items():
        groups[tuple(case.value(column) for column in strata)].append(patient)
    rng = np.random.default_rng([seed, 0])
    sides: dict[str, str] = {}
    carried = np.zeros(3)  # what rounding took from a side in one stratum is given back in the next
    for key in sorted(groups, key=str):
        patients = sorted(groups[key])
        rng.shuffle(patients)
        wanted = np.array([shares.train, shares.val, shares.test]) * len(patients) + carried
        counts = _whole_numbers(wanted, len(patients))
        carried = wanted - counts
        names = np.repeat(["train", "val", "test"], counts)
        sides |= {patient: str(name) for patient, name in zip(patients, names, strict=True)}
    return sides


def _whole_numbers(wanted: np.ndarray, total: int) -> np.ndarray:
    """Round non-negative shares to whole numbers with a given sum, by the largest remainders."""
    counts: np.ndarray = np.maximum(0, np.floor(wanted)).astype(int)
    while counts.sum() < total:
        counts[np.argmax(wanted - counts)] += 1
    while counts.sum() > total:
        counts[np.argmin(np.where(counts > 0, wanted - counts, np.inf))] -= 1
    return counts


def _collect(cohort: Cohort, side_of: dict[str, str]) -> Split:
    sides = {name: tuple(case.id for case in cohort if side_of[case.id] == name) for name in ("train", "val", "test")}
    return Split(**sides)
