"""`splits_final.json`, in which nnU-Net has its folds: a list of case ids to train on and to validate on."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import RootModel, ValidationError

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.files.atomic_write import read_json
from braintumornet.core.json_record import Record
from braintumornet.core.text.errors import InputError, InputWarning, UsageError

SPLITS_FILE = "splits_final.json"

Fold = Mapping[str, Sequence[str]]
"""Side (`train`, `val`, `test`) -> case ids."""


class FoldRecord(Record):
    """Who trains and who validates in a fold."""

    train: list[str]
    val: list[str]


class _Folds(RootModel[list[FoldRecord]]):
    """The whole file."""


def read_folds(folder: Path) -> list[FoldRecord]:
    """Return the folds of a data set; none where it has no `splits_final.json`.

    Raises:
        InputError: the file is damaged.
    """
    file = folder / SPLITS_FILE
    if not file.is_file():
        return []
    try:
        return _Folds.model_validate(read_json(file)).root
    except ValidationError as error:
        msg = f'{file} is damaged; expected a list of folds such as {{"train": ["a"], "val": ["b"]}}'
        raise InputError(msg) from error


def put_into_folds(cases: Sequence[Case], folds: Sequence[FoldRecord], held_out: Collection[str]) -> list[Case]:
    """Return cases with their sides: one fold is the split, several are the columns `fold_0`, `fold_1` and so on.

    Who is in neither list of a fold is tested. Where each case validates in exactly one of several folds, and nobody is
    tested, this is a cross-validation, whose validation cases are tested cases in our words.

    Args:
        cases: of the data set.
        folds: of its `splits_final.json`.
        held_out: ids of test cases, which tell the split where there are no folds.
    """
    if not folds:
        sides = [("test" if case.id in held_out else "train") if held_out else None for case in cases]
        return [replace(case, split=side) for case, side in zip(cases, sides, strict=True)]
    labelled = [case.id for case in cases if case.targets and case.id not in held_out]
    validated = sorted(case_id for fold in folds for case_id in fold.val)
    is_cross_validation = len(folds) > 1 and validated == sorted(labelled) and not held_out
    sides_of = [_sides(fold, "test" if is_cross_validation else "val") for fold in folds]
    if len(folds) == 1:
        return [replace(case, split=sides_of[0].get(case.id, "test")) for case in cases]
    return [
        replace(
            case,
            attributes={**case.attributes, **{f"fold_{n}": own.get(case.id, "test") for n, own in enumerate(sides_of)}},
        )
        for case in cases
    ]


def _sides(fold: FoldRecord, held_out: str) -> Mapping[str, str]:
    return {**dict.fromkeys(fold.train, "train"), **dict.fromkeys(fold.val, held_out)}


def choose_folds(cohort: Cohort, folds: Sequence[Fold], usable: Collection[str]) -> list[dict[str, list[str]]]:
    """Return who trains and validates in the folds of a cohort, or in the one of its column `split`.

    Args:
        cohort: all cases.
        folds: of a run or study; empty to take the column, if it is filled.
        usable: ids of the cases that a network can learn from; others are left out.

    Raises:
        UsageError: a fold names a case that the cohort lacks, or nobody is left to train or validate.

    Warns:
        InputWarning: cases are left out.
    """
    if not folds and any(case.split for case in cohort):
        folds = [{side: [case.id for case in cohort if case.split == side] for side in ("train", "val", "test")}]
    known = {case.id for case in cohort}
    chosen = []
    for number, fold in enumerate(folds):
        unknown = [case_id for side in fold.values() for case_id in side if case_id not in known]
        if unknown:
            msg = (
                f"fold {number} has a case {unknown[0]!r}, which cohort {cohort.name} lacks; export that of the splits"
            )
            raise UsageError(msg)
        left_out = [case_id for side in ("train", "val") for case_id in fold[side] if case_id not in usable]
        if left_out:
            text = f"fold {number}: left out {len(left_out)} without a mask or a sequence, such as {left_out[0]}"
            warnings.warn(f"cohort {cohort.name}: {text}", InputWarning, stacklevel=3)
        own = {side: [case_id for case_id in fold[side] if case_id in usable] for side in ("train", "val")}
        for side, ids in own.items():
            if not ids:
                msg = f"fold {number} has no case with a mask in {side}, which nnU-Net needs; choose other splits"
                raise UsageError(msg)
        chosen.append(own)
    return chosen
