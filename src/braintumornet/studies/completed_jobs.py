"""Which jobs of a study are done: with just these cases, settings and masks of another tool."""

import hashlib
from typing import Any

from braintumornet.core.file_hashes import digests_of_case
from braintumornet.evaluation.external_masks import find_mask_files
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_arms import ExternalMasksArm
from braintumornet.studies.study_folder import StudyFolder


def read_finished(plan: Plan, folder: StudyFolder) -> dict[str, dict[str, Any]]:
    """Return name -> what it came to, for each job that is done.

    Raises:
        InputError: a file is damaged.
    """
    found = ((name, _read_done(job, folder)) for name, job in plan.jobs.items())
    return {name: done for name, done in found if done is not None}


def is_done(job: Job, folder: StudyFolder) -> bool:
    """Say whether a job was done, with just these cases, settings and masks of another tool."""
    return _read_done(job, folder) is not None


def _read_done(job: Job, folder: StudyFolder) -> dict[str, Any] | None:
    if not folder.result(job.name).is_file():
        return None
    done = folder.read_result(job.name)
    wanted = {"fingerprint": job.fingerprint, **masks_fingerprint(job, folder)}
    return done if done.items() >= wanted.items() else None


def masks_fingerprint(job: Job, folder: StudyFolder) -> dict[str, str]:
    """Return a hash of the masks that another tool made, as far as they are there; nothing for other arms."""
    if not isinstance(job.given, ExternalMasksArm):
        return {}
    place, digests, found = job.given.place(job.split, job.seed), folder.digests(), hashlib.sha256()
    cases = [case for cohort in job.parts.values() for case in cohort]
    named = find_mask_files(place, [case.id for case in cases])
    for case in cases:
        files = {name.removeprefix(case.id): place / name for name in named[case.id].own}
        found.update(repr((case.id, digests_of_case(case, files, digests))).encode())
    digests.save()
    return {"masks": found.hexdigest()[:12]}
