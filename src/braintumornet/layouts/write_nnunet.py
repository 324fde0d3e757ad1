"""A cohort as a raw data set of nnU-Net, so that nnU-Net trains on the very cases and folds of a run or study."""

import gzip
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.label_scheme import require_known_labels
from braintumornet.core.files.atomic_write import write_bytes, write_json
from braintumornet.core.files.whole_folder import whole_folder
from braintumornet.core.sequences import find_sequence
from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError, InputError, UsageError
from braintumornet.core.text.names import SEQUENCES, shorten, suggest
from braintumornet.layouts.dataset_json import DATASET_JSON, SCHEME_KEY, TEST, TRAINING
from braintumornet.layouts.nnunet_labels import choose_written_scheme, describe_labels, label_table
from braintumornet.layouts.nnunet_splits import SPLITS_FILE, Fold, choose_folds
from braintumornet.volumes.nifti import read_labels, read_space, read_values, write_volume
from braintumornet.volumes.volume import Volume, to_ras

_FOLDER = re.compile(r"Dataset\d{3}_\w+")
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True)
class WrittenDataSet:
    """What was written.

    Args:
        folder: of the data set.
        sequences: in the order of the channels.
        label_scheme: of its masks; None where it has none.
        training, test: ids of the cases in `imagesTr` and in `imagesTs`.
        omitted: ids of the cases that lack a sequence.
        folds: in `splits_final.json`.
    """

    folder: Path
    sequences: tuple[str, ...]
    label_scheme: str | None
    training: tuple[str, ...]
    test: tuple[str, ...]
    omitted: tuple[str, ...]
    folds: int


def write_nnunet(
    cohort: Cohort,
    folder: Path,
    folds: Sequence[Fold] = (),
    sequences: Sequence[str] = (),
    target: str = "seg",
    omit_incomplete: bool = False,
    advance: Callable[[Case], None] = lambda case: None,
) -> WrittenDataSet:
    """Write a cohort as a raw data set of nnU-Net 2, whole or not at all.

    Images are copied as they are (linked, where the disk can); masks are written in one label scheme without gaps. Who
    trains or validates in a fold lies in `imagesTr`, everybody else in `imagesTs`, and so does who has no mask.

    Args:
        cohort: the cases; all files of a case lie on one grid.
        folder: a new one, named as nnU-Net asks for: `Dataset501_Glioma`.
        folds: who trains and validates; default the cohort's `split`, if it has one, else none.
        sequences: to write, in the order of the channels; default all that the cohort has.
        target: name of the masks.
        omit_incomplete: leave out cases that lack a sequence, rather than refuse them.
        advance: called after each case.

    Raises:
        UsageError: the folder is there already or called otherwise, or folds do not fit the cohort.
        InputError: a case lacks a sequence, its files lie on several grids, or masks cannot be written in one scheme.

    Warns:
        InputWarning: a case of a fold has no mask or lacks a sequence, and is left out of it.
    """
    if not _FOLDER.fullmatch(folder.name):
        msg = f"nnU-Net finds a data set by a name such as Dataset501_Glioma; found {folder.name!r}: rename the output"
        raise UsageError(msg)
    channels = _choose_channels(cohort, sequences)
    cases = _require_complete(cohort, channels, omit_incomplete)
    omitted = tuple(sorted({case.id for case in cohort} - {case.id for case in cases}))
    labelled = [case for case in cases if target in case.targets]
    chosen = choose_folds(cohort, folds, {case.id for case in labelled})
    learned = {case_id for fold in chosen for side in fold.values() for case_id in side}
    training = tuple(case.id for case in labelled if not chosen or case.id in learned)
    scheme = choose_written_scheme(str(case.coding) for case in labelled) if labelled else None
    with whole_folder(folder) as part:
        for case in cohort:
            if case.id not in omitted:
                _write_case(case, part, TRAINING if case.id in training else TEST, channels, {target: scheme})
            advance(case)
        _describe(part, folder.name, channels, scheme, len(training))
        if chosen:
            write_json(part / SPLITS_FILE, chosen)
    others = tuple(case.id for case in cases if case.id not in training)
    return WrittenDataSet(folder, channels, scheme, training, others, omitted, len(chosen))


def _choose_channels(cohort: Cohort, names: Sequence[str]) -> tuple[str, ...]:
    if not names:
        return tuple(name for name in SEQUENCES if any(name in case.images for case in cohort))
    found = {name: find_sequence(name) for name in names}
    for name, sequence in found.items():
        if sequence is None:
            msg = f"sequence {shorten(repr(name))} is not known; {suggest(name, SEQUENCES)}"
            raise UsageError(msg)
    return tuple(dict.fromkeys(sequence for sequence in found.values() if sequence))


def _require_complete(cohort: Cohort, channels: Sequence[str], omit: bool) -> list[Case]:
    cases = []
    for case in cohort:
        lacking = [name for name in channels if name not in case.images]
        if lacking and not omit:
            msg = (
                f"case {case.id} has no {' and no '.join(lacking)}, and nnU-Net has no place for a missing sequence; "
                "export fewer (--sequence t1c --sequence t2f), or leave such cases out (--omit-incomplete)"
            )
            raise InputError(msg)
        cases += [] if lacking else [case]
    if not cases or not channels:
        msg = f"cohort {cohort.name} has no case with {' and '.join(channels) or 'an image'}; choose other sequences"
        raise InputError(msg)
    return cases


def _describe(folder: Path, name: str, channels: Sequence[str], scheme: str | None, training: int) -> None:
    labels = {**describe_labels(scheme), SCHEME_KEY: scheme} if scheme else {"labels": {"background": 0}}
    channel_names = {str(number): sequence for number, sequence in enumerate(channels)}
    about = {"name": name, "channel_names": channel_names, **labels, "numTraining": training, "file_ending": ".nii.gz"}
    write_json(folder / DATASET_JSON, about)


def _write_case(
    case: Case, folder: Path, part: str, channels: Sequence[str], schemes: Mapping[str, str | None]
) -> None:
    grid = read_space(case.images[channels[0]])
    for number, sequence in enumerate(channels):
        output = folder / f"images{part}" / f"{case.id}_{number:04d}.nii.gz"
        output.parent.mkdir(parents=True, exist_ok=True)
        if read_space(case.images[sequence]) == grid:
            _copy(case.images[sequence].resolve(), output)
        else:  # perhaps the same one with its axes in another order
            _write_on(grid, read_values(case.images[sequence]), output, f"case {case.id}: {sequence}")
    for target, scheme in schemes.items():
        if target in case.targets and scheme is not None:
            labels = read_labels(case.targets[target])
            numbers = _renumber(labels.array, str(case.coding), scheme, f"case {case.id}: {target}")
            output = folder / f"labels{part}" / f"{case.id}.nii.gz"
            _write_on(grid, Volume(numbers, labels.space), output, f"case {case.id}: {target}")


def _copy(file: Path, output: Path) -> None:
    """Take a file byte by byte; one that is not compressed, whatever it is called, is compressed."""
    with file.open("rb") as stream:
        if stream.read(len(_GZIP)) != _GZIP:
            stream.seek(0)
            write_bytes(output, gzip.compress(stream.read(), compresslevel=5, mtime=0))
            return
    try:
        os.link(file, output)
    except OSError:  # another disk, or one without links
        shutil.copyfile(file, output)


def _write_on(grid: Space, volume: Volume, output: Path, what: str) -> None:
    try:
        write_volume(to_ras(volume), output, grid)
    except GeometryError as error:
        msg = f"{what} lies on another grid than the first image, and nnU-Net needs one; co-register the case first"
        raise InputError(msg) from error


def _renumber(labels: np.ndarray, coding: str, scheme: str, what: str) -> np.ndarray:
    try:
        require_known_labels(np.flatnonzero(np.bincount(labels.ravel())), coding)
    except InputError as error:
        msg = f"{what}: {error}"
        raise InputError(msg) from error
    return np.asarray(label_table(coding, scheme)[labels])
