"""Whether what is to be predicted must be prepared first, and where the prepared cases and the way back lie."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from braintumornet.core.text.errors import InputError

if TYPE_CHECKING:
    from braintumornet.api.preparation import Preparation
    from braintumornet.api.run import Run
    from braintumornet.core.cohort.case import Cohort
    from braintumornet.core.workers.failures import CaseFailure

PREPARED, NATIVE = "prepared", "native"
"""Folders within that of the predictions."""


def is_raw(path: Path) -> bool:
    """Say whether images must be brought together first: they lie in no known layout, or a case's on several grids.

    Args:
        path: a table, a folder or a zip.

    Raises:
        InputError: it does not exist.
    """
    from braintumornet.layouts.read_cohort import read_cohort
    from braintumornet.volumes.nifti import read_space
    from braintumornet.volumes.volume import ras_grid

    if not path.exists():
        msg = f"{path} does not exist; expected a table cohort.csv, or a folder or zip of images"
        raise InputError(msg)
    try:
        cohort = read_cohort(path, needs_masks=False)
    except InputError:
        return path.suffix.lower() != ".csv"  # of a table, what is wrong is said when it is read
    for case in cohort:
        try:
            first, *others = (ras_grid(read_space(file)) for file in case.images.values())
        except (InputError, ValueError):
            continue  # of such a case, what is wrong is said when it is predicted
        if any(other != first for other in others):
            return True
    return False


def prepare_input(
    path: Path,
    network: "Run",
    output: Path,
    atlas: Path | None,
    corrections: Path | None,
    shard: str | None,
    quiet: bool,
) -> "Preparation":
    """Prepare raw examinations as the training data of a run were, beside the predictions, and show how that went."""
    from braintumornet.api.raw_examinations import prepare_for
    from braintumornet.terminal import console
    from braintumornet.terminal.prepare_screen import show_preparation

    prepare = partial(prepare_for, network, path, output / PREPARED, atlas=atlas, corrections=corrections)
    made = prepare(shard=shard, progress=not quiet)
    if not quiet:
        show_preparation(made.records)
        console.done("page", made.page)
    return made


def choose_cases(
    path: Path, prepared: "Preparation | None", run: Path, split: str | None, shard: str | None
) -> "tuple[Cohort, Cohort]":
    """Return the cases of an input or, of raw examinations, those that are prepared; and which are to be predicted.

    Args:
        path: the input.
        prepared: the examinations of a shard; None where they were no raw ones.
        run: folder of the network.
        split: of the run, or None.
        shard: of the cases, or None.

    Raises:
        UsageError: the split or the shard has no such part.
        InputError: the input cannot be read.
    """
    from braintumornet.core.cohort.case import Cohort
    from braintumornet.layouts.choose_cases import cases_to_predict, take_shard

    if prepared is None:
        every = cases_to_predict(path, run, split)
        return every, Cohort(every.name, take_shard(every.cases, shard))
    if not prepared.cohort.cases:
        return prepared.cohort, prepared.cohort
    every = cases_to_predict(prepared.path, run, split)
    here = {record.case_id for record in prepared.records}
    return every, Cohort(every.name, tuple(case for case in every if case.id in here))


def return_to_native(prepared: "Preparation | None", output: Path) -> "list[CaseFailure]":
    """Bring what was predicted of raw examinations back to the patients' own grids, and return what failed on the way.

    Args:
        prepared: the examinations; None where they were no raw ones.
        output: folder of the predictions.
    """
    if prepared is None:
        return []
    from braintumornet.api.raw_examinations import to_native
    from braintumornet.core.workers.failures import CaseFailure

    failed = [CaseFailure(record.case_id, record.failure) for record in prepared.records if record.failure]
    has_masks = any(output.glob("*.nii.gz"))  # a network may have markers alone
    _, failures = to_native(output, prepared.path, output / NATIVE) if has_masks else ([], [])
    return [*prepared.failures, *failed, *failures]
