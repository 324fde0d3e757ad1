"""Many examinations, prepared side by side; what was done before is not done again."""

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.core.workers.cluster import Cluster
from braintumornet.core.workers.failures import CaseFailure, attempt
from braintumornet.core.workers.parallel import Workers, map_parallel, plan_workers
from braintumornet.prepare.atlas import Atlas, read_atlas
from braintumornet.prepare.examination import Examination
from braintumornet.prepare.preparation_record import PreparationRecord, read_preparation
from braintumornet.prepare.prepare_case import prepare_case
from braintumornet.prepare.quality.figure import Verdict
from braintumornet.prepare.settings import PrepareSettings
from braintumornet.prepare.stripping.hdbet import require_hdbet
from braintumornet.prepare.write_case import prepared_case

BYTES_PER_VOXEL = 24
"""About what a preparation holds at once for each voxel of the images and of the case: float32 copies, and ITK's."""
FIXED_BYTES = 900 * 2**20  # libraries, atlas, and a network at work
MOST_OUTPUT_VOXELS = 240 * 240 * 155


def plan_jobs(examinations: Sequence[Examination], wanted: int | None) -> Workers:
    """Return how many cases are prepared at once, by the largest of them.

    Args:
        examinations: the cases.
        wanted: processes; None for one per processor core.
    """
    voxels = [
        sum(int(np.prod(image.space.shape)) + MOST_OUTPUT_VOXELS for image in one.images.values() if image.space)
        for one in examinations
    ]
    return plan_workers(wanted, len(examinations), FIXED_BYTES + BYTES_PER_VOXEL * max(voxels, default=0))


def prepare_examinations(
    examinations: Sequence[Examination],
    settings: PrepareSettings,
    folder: Path,
    jobs: int | Cluster = 1,
    advance: Callable[[Examination], object] = lambda examination: None,
) -> list[PreparationRecord | CaseFailure]:
    """Prepare every examination that is not prepared yet; one that fails does not end the others.

    Args:
        examinations: the cases.
        settings: how.
        folder: of the cohort.
        jobs: cases at once, or a cluster.
        advance: called after each case.

    Returns:
        The history of each case in their order; a failure where there is not even that.

    Raises:
        UsageError: what was asked for cannot be done for any case.
        InputError: the atlas cannot be read.
    """
    require_ready(settings)
    threads = None if jobs == 1 else 1
    return map_parallel(partial(_prepare_one, settings, folder, threads), examinations, jobs, advance)


def require_ready(settings: PrepareSettings) -> None:
    """Find out what no case could be prepared without: it is said once, before any work.

    Args:
        settings: how cases are to be prepared.

    Raises:
        UsageError: settings contradict each other, or a library is missing.
        InputError: the atlas cannot be read.
    """
    settings.require_consistent()
    if settings.skullstrip == "hd-bet":
        require_hdbet()
    atlas_of(settings)


def _prepare_one(
    settings: PrepareSettings, folder: Path, threads: int | None, examination: Examination
) -> PreparationRecord | CaseFailure:
    if threads is not None:
        _use_threads(threads)
    return attempt(partial(_prepare_or_find, settings, folder, examination), examination.case_id)


def _prepare_or_find(settings: PrepareSettings, folder: Path, examination: Examination) -> PreparationRecord:
    known = find_prepared(examination, settings, folder)
    return known or prepare_case(examination, settings, atlas_of(settings), folder)


def find_prepared(examination: Examination, settings: PrepareSettings, folder: Path) -> PreparationRecord | None:
    """Return the history of a case that was prepared before from the same images in the same way, if there is one.

    A case that failed by its figures fails again; one that failed otherwise, as for want of a library, is worth a try.
    """
    try:
        record = read_preparation(folder / examination.case_id)
        is_final = record.failure is None or any(step.verdict is Verdict.FAIL for step in record.steps)
        return record if is_final and record.fingerprint == examination.fingerprint(settings) else None
    except BrainTumorNetError:
        return None


@cache
def atlas_of(settings: PrepareSettings) -> Atlas | None:
    """Return the atlas that is needed, if one is; it is read once per process.

    Args:
        settings: that name it.

    Raises:
        InputError: it cannot be read.
        UsageError: none is given, and the library that has one is missing.
    """
    return read_atlas(settings.atlas) if settings.needs_atlas else None


def _use_threads(threads: int) -> None:
    """Let each of several processes use its share of the cores."""
    import SimpleITK as sitk
    import torch

    torch.set_num_threads(threads)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)


def gather_records(
    examinations: Sequence[Examination], made: Sequence[PreparationRecord], settings: PrepareSettings, folder: Path
) -> list[tuple[Examination, PreparationRecord]]:
    """Return every case that was tried, by this command or by another part of it, with its history.

    Args:
        examinations: all of them, also those of other shards.
        made: the histories that are known already.
        settings: how they were to be prepared.
        folder: of the cohort.
    """
    known = {record.case_id: record for record in made}
    found = ((one, known.get(one.case_id) or find_prepared(one, settings, folder)) for one in examinations)
    return [(one, record) for one, record in found if record is not None]


def gather_cohort(tried: Sequence[tuple[Examination, PreparationRecord]], folder: Path) -> Cohort:
    """Return the cases that did not fail.

    Args:
        tried: as `gather_records` returns them.
        folder: of the cohort.
    """
    cases = (prepared_case(one, record, folder) for one, record in tried if not record.failure)
    return Cohort(folder.resolve().name, tuple(cases))
