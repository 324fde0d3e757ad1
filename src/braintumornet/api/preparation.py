"""Raw examinations prepared: co-registered, skull-stripped, on one grid, with a history of each case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from braintumornet.api.cohort import Cohort
from braintumornet.core.cohort.cohort_table import TABLE_NAME
from braintumornet.core.cohort.manifest import write_manifest
from braintumornet.core.files.lock import locked
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, part_failures
from braintumornet.layouts.choose_cases import take_shard
from braintumornet.prepare.find_examinations import PlannedExaminations, find_examinations
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.prepare.preparation_record import PICTURE, PreparationRecord
from braintumornet.prepare.prepare_examinations import (
    gather_cohort,
    gather_records,
    plan_jobs,
    prepare_examinations,
    require_ready,
)
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.report.preparation_page import write_preparation_page
from braintumornet.terminal.progress import case_progress, waiting

PAGE = "preparation.html"


@dataclass(frozen=True)
class Preparation:
    """The result of preparing raw examinations.

    Args:
        path: folder of the prepared cohort.
        cohort: the prepared cases, also in `cohort.csv` of the folder.
        records: the history of each case that was tried.
        failures: cases that wait for an answer (see `plan.csv`), or that failed without leaving a history.
        sources: case id -> sequence -> the image that it was made from.

    Example:
        >>> made = Preparation(Path("prepared"), Cohort("prepared", ()), records=[], failures=[])
        >>> made.page.name, len(made.cohort)  # see `prepare_cohort`
        ('preparation.html', 0)
    """

    path: Path
    cohort: Cohort
    records: Sequence[PreparationRecord]
    failures: Sequence[CaseFailure]
    sources: Mapping[str, Mapping[str, SourceImage]] = field(default_factory=dict)

    @property
    def page(self) -> Path:
        """Path of the page on which a person judges every case by a picture."""
        return self.path / PAGE


def prepare_cohort(
    source: str | PathLike[str],
    folder: str | PathLike[str],
    *,
    settings: PrepareSettings | None = None,
    corrections: str | PathLike[str] | None = None,
    shard: str | None = None,
    jobs: int | Cluster | None = None,
    progress: bool = True,
) -> Preparation:
    """Prepare raw examinations: register, strip the skull, align, interpolate once, and report how well each step went.

    Args:
        source: folder or zip file of DICOM, NIfTI or NRRD files, or a cohort table.
        folder: folder for the new cohort; cases that were already made from the same images in the same way are kept.
        settings: space of the cases, and what makes the brain mask; default: as in BraTS.
        corrections: the table `plan.csv`, in which a user corrected which image is which sequence.
        shard: `i/n` for every n-th case, starting at the i-th.
        jobs: number of cases at once, or a cluster; default: one per core, or fewer if memory is short.
        progress: show a progress bar.

    Returns:
        The cohort, the history of each case, and the cases that wait for an answer or failed.

    Raises:
        InputError: there is no image, or a table or the atlas cannot be read.
        UsageError: settings contradict each other, or a library is missing.

    Example:
        >>> made = prepare_cohort("dicom", "prepared")  # doctest: +SKIP
        >>> [str(failure) for failure in made.failures]  # doctest: +SKIP
    """
    place, settings = Path(folder), settings or PrepareSettings()
    require_ready(settings)  # before the headers of many files are read
    planned = plan_preparation(source, place, corrections, progress=progress)
    chosen = take_shard(planned.examinations, shard)
    workers = jobs if isinstance(jobs, Cluster) else plan_jobs(chosen, jobs).jobs
    with case_progress("Preparing", len(chosen), hidden=not progress) as advance:
        made = prepare_examinations(chosen, settings, place, workers, advance)
    records, failures = part_failures(made)
    with locked(place / f".{TABLE_NAME}.lock"):  # shards that end at once
        tried = gather_records(planned.examinations, records, settings, place)
        cohort = gather_cohort(tried, place)
        write_manifest(cohort, place / TABLE_NAME)
        _write_page([record for _, record in tried], planned.waiting, place)
    sources = {examination.case_id: examination.images for examination in planned.examinations}
    return Preparation(place, Cohort(cohort.name, cohort.cases), records, [*planned.waiting, *failures], sources)


def plan_preparation(
    source: str | PathLike[str],
    folder: str | PathLike[str],
    corrections: str | PathLike[str] | None = None,
    *,
    progress: bool = True,
) -> PlannedExaminations:
    """Say which image would be taken for which sequence, and write that to `plan.csv` in the folder.

    Args:
        source: as of `prepare_cohort`.
        folder: as of `prepare_cohort`.
        corrections: as of `prepare_cohort`.
        progress: say that headers are read.

    Raises:
        InputError: there is no image, or the table cannot be read.
        UsageError: a library is missing.
    """
    with waiting("Reading headers", hidden=not progress):
        return find_examinations(Path(source), Path(folder), None if corrections is None else Path(corrections))


def _write_page(records: Sequence[PreparationRecord], waiting: Sequence[CaseFailure], folder: Path) -> None:
    files = {record.case_id: folder / record.case_id / PICTURE for record in records}
    pictures = {case_id: file.read_bytes() for case_id, file in files.items() if file.is_file()}
    write_preparation_page(records, pictures, folder / PAGE, waiting)
