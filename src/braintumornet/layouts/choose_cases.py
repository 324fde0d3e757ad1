"""Which cases: several tables as one cohort, cases left out, one side of a split, a shard."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import read_manifest
from braintumornet.core.cohort.visits import find_split_patients
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, InputWarning, UsageError, require

Item = TypeVar("Item")

SIDES = ("train", "val", "test")

NO_COHORT = "there is no cohort to train on; give one with --cohort cohort.csv or in the configuration's `cohorts`"


def load_cohorts(paths: Sequence[Path]) -> Cohort:
    """Read one or several tables as one cohort.

    Raises:
        UsageError: none is given.
        InputError: a table cannot be used, or two share a case id.

    Warns:
        InputWarning: ids look like visits of one patient under different `patient_id`.
    """
    require(paths, NO_COHORT, UsageError)
    cohorts = [read_manifest(path) for path in paths]
    table_of: dict[str, Path] = {}
    for path, cohort in zip(paths, cohorts, strict=True):
        for case in cohort:
            if table_of.setdefault(case.id, path) != path:
                msg = f"{table_of[case.id]} and {path} both have a case {case.id!r}; rename it in one of them"
                raise InputError(msg)
    joined = Cohort("+".join(cohort.name for cohort in cohorts), tuple(case for cohort in cohorts for case in cohort))
    _warn_of_visits(joined)
    return joined


def _warn_of_visits(cohort: Cohort) -> None:
    split = find_split_patients((case.id, case.patient_id) for case in cohort)
    if split:
        patient, ids = next(iter(split.items()))
        more = f" and {len(split) - 1} more" if len(split) > 1 else ""
        text = (
            f"cohort {cohort.name}: {' and '.join(ids[:2])} look like visits of one patient, {patient}{more}, but "
            "their patient_id differ, so that a patient may train and test; give visits one patient_id"
        )
        warnings.warn(text, InputWarning, stacklevel=3)


def leave_cases_out(cohort: Cohort, ids: Sequence[str]) -> Cohort:
    """Put the cases with these ids, and all others of their patients, on the test set and the rest into training.

    Raises:
        UsageError: an id is not in the cohort.
    """
    patients = {case.patient_id for case in cohort.with_ids(list(ids))}
    cases = (replace(case, split="test" if case.patient_id in patients else "train") for case in cohort)
    return Cohort(cohort.name, tuple(cases))


def choose_cases(cohort: Cohort, split: str | None, ids: Sequence[str] | None) -> Cohort:
    """Return the cases of one side of the table's split, with certain ids, or all.

    Raises:
        UsageError: nothing is left, an id is not in the cohort, or one that is named is not of the side.
    """
    chosen = cohort.with_ids(list(dict.fromkeys(ids))) if ids else cohort
    if split is None:
        return chosen
    side = _side(split)
    others = [case for case in chosen if case.split != side]
    if ids and others:
        found = f"in {others[0].split}" if others[0].split else "in no split"
        msg = f"--case {others[0].id} is {found} in the table, and --split asks for {side}; leave one of them out"
        raise UsageError(msg)
    if len(others) == len(chosen):
        msg = f"cohort {cohort.name} has no case with split {split!r}"
        raise UsageError(msg)
    return chosen.select(lambda case: case.split == side)


def only_side(cohort: Cohort, run: Path, split: str | None) -> Cohort:
    """Return the cases of a cohort, or of them only one side of a run's own split.

    A run of several cohorts is predicted table by table, so only the side's cases that the table has are wanted.

    Raises:
        UsageError: the side is empty, or none of it is in the cohort.
    """
    if split is None:
        return cohort
    ids = RunFolder(run).read_split().sides[_side(split)]
    if not ids:
        msg = f"the split of {run} has no {split} cases; omit --split to predict all"
        raise UsageError(msg)
    there = [case.id for case in cohort]
    return cohort.with_ids([case_id for case_id in ids if case_id in there] or ids)


def take_shard(cases: Sequence[Item], shard: str | None) -> tuple[Item, ...]:
    """Return every n-th case, starting at the i-th, or all; the n shards of a cohort have each case once.

    Args:
        cases: in their order.
        shard: `i/n`, such as `2/4`; None for all.

    Raises:
        UsageError: it is none of 1/n to n/n.

    Example:
        >>> take_shard("abcde", "2/3")
        ('b', 'e')
    """
    if shard is None:
        return tuple(cases)
    first, _, count = shard.partition("/")
    if not (first.isdecimal() and count.isdecimal() and 1 <= int(first) <= int(count)):
        msg = f"--shard {shard!r}: expected I/N with I from 1 to N, such as 2/4 for the second of four parts"
        raise UsageError(msg)
    return tuple(cases[int(first) - 1 :: int(count)])


def _side(split: str) -> str:
    if split not in SIDES:
        msg = f"--split {split!r} is none of {', '.join(SIDES)}"
        raise UsageError(msg)
    return split
