"""What is put before a network: named files, a table, a folder, a zip or a cohort; and what must be prepared first."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory

from braintumornet.api.run import Run
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.sequences import find_sequence
from braintumornet.core.text.columns import column_key
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.text.names import SEQUENCES
from braintumornet.data.store.case_images import read_case
from braintumornet.data.training_data_profile import RARE
from braintumornet.layouts.read_cohort import read_cohort
from braintumornet.volumes.nifti import read_space
from braintumornet.volumes.volume import ras_grid

PathOrText = str | PathLike[str]
PredictionInput = PathOrText | Mapping[str, PathOrText] | Cohort

NAMED = "named files"
"""What the cohort of a case of named files is called."""


@dataclass(frozen=True)
class Examinations:
    """What an input holds.

    Args:
        cases: none where the images lie in no known layout, such as DICOM.
        path: where they lie; None of cases that were given as such.
    """

    cases: Cohort
    path: Path | None = None

    @contextmanager
    def as_path(self) -> Iterator[Path]:
        """Give a path to read from; that of cases in memory is a table, which is only there meanwhile."""
        if self.path is not None:
            yield self.path
            return
        with TemporaryDirectory() as folder:
            write_manifest(self.cases, Path(folder) / TABLE_NAME)
            yield Path(folder) / TABLE_NAME


def read_input(images: PredictionInput, case_id: str) -> Examinations:
    """Return what is to be predicted.

    Args:
        images: a table, a folder or a zip; files by their sequences; or a cohort.
        case_id: of the case of files by their sequences.

    Raises:
        InputError: it does not exist, or a table is not right.
        UsageError: a file is named by no sequence.
    """
    if isinstance(images, Cohort):
        return Examinations(images)
    if isinstance(images, Mapping):
        return Examinations(Cohort(NAMED, (named_case(images, case_id),)))
    path = Path(images)
    require(path.exists(), f"{path} does not exist; expected a table cohort.csv, or a folder or zip of images")
    try:
        return Examinations(read_cohort(path, needs_masks=False), path)
    except InputError:
        if path.suffix.lower() == ".csv":
            raise
        return Examinations(Cohort(path.name, ()), path)


def named_case(images: Mapping[str, PathOrText], case_id: str) -> Case:
    """Return the case of files that are given by their sequences, or the usual aliases of these, and `brainmask`.

    Raises:
        UsageError: a name is that of no sequence, a sequence is named twice, or there is none.
        InputError: the id cannot be part of a file's name.

    Example:
        >>> case = named_case({"T1ce": "a.nii.gz", "flair": "b.nii.gz", "brain_mask": "m.nii.gz"}, "case")
        >>> sorted(case.images), case.brainmask.name
        (['t1c', 't2f'], 'm.nii.gz')
    """
    files: dict[str, Path] = {}
    for name, file in images.items():
        known = "brainmask" if column_key(name).replace("_", "") == "brainmask" else find_sequence(name)
        if known is None:
            msg = f"{name!r} is no sequence; expected {', '.join(SEQUENCES)}, a usual alias such as flair, or brainmask"
            raise UsageError(msg)
        require(known not in files, f"{name!r} is the second file of {known}; name one file for each", UsageError)
        files[known] = Path(file)
    brainmask = files.pop("brainmask", None)
    require(files, f"no image is named; name at least one of {', '.join(SEQUENCES)}", UsageError)
    in_order = {sequence: files[sequence] for sequence in SEQUENCES if sequence in files}
    return Case(case_id, case_id, NAMED, in_order, brainmask=brainmask)


def needs_preparation(cases: Cohort, run: Run) -> bool:
    """Say whether images must be brought together first.

    That is so where they lie in no known layout, or a case's on several grids; of named files, which nobody put into a
    cohort, also where the skull is there and the network learned from brains without it.

    Args:
        cases: none where the layout is not known.
        run: whose network is to be shown them.
    """
    if not cases.cases or any(_lies_on_several_grids(case) for case in cases):
        return True
    return cases.name == NAMED and any(_shows_unknown_skull(case, run) for case in cases)


def _lies_on_several_grids(case: Case) -> bool:
    try:
        first, *others = (ras_grid(read_space(file)) for file in case.images.values())
    except (InputError, ValueError):
        return False  # of such a case, what is wrong is said when it is predicted
    return any(other != first for other in others)


def _shows_unknown_skull(case: Case, run: Run) -> bool:
    learned = run.training.learned
    if case.brainmask is not None or (learned is not None and learned.with_skull >= RARE):
        return False
    try:
        images, _ = read_case(case, list(case.images))
    except InputError:
        return False
    return images.facts is not None and images.facts.skull
