"""All jobs of a plan that are not done yet, here one after the other or on a cluster."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Protocol

from braintumornet.core.cohort.manifest import FINGERPRINTS
from braintumornet.core.files.atomic_write import write_json, write_text
from braintumornet.core.prediction import RESEARCH_USE
from braintumornet.core.text.errors import BrainTumorNetError, UsageError, require
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.completed_jobs import is_done
from braintumornet.studies.job import Watch, Work, run_job
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.study_file import TEST, VAL
from braintumornet.studies.study_folder import StudyFolder


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Args:
        job: which.
        seconds: that it took just now.
        error: why it failed; "" where it is done.
    """

    job: Job
    seconds: float
    error: str = ""


Told = Callable[[Outcome], None]
"""Called after each job."""


class Engine(Protocol):
    """Where jobs run."""

    def __call__(self, jobs: list[Job], work: Callable[[Job], Work], told: Told) -> None:
        """Run jobs, each after those that it needs."""


def open_study(plan: Plan, folder: StudyFolder) -> None:
    """Write what a study is, or make sure that the folder is this one's; fixed cohorts may have been added to it.

    Raises:
        UsageError: it is another's.
    """
    if folder.plan.is_file() and not _adds_cohorts(plan, folder):
        require_same_study(plan, folder)
        return
    write_text(folder.study, f"# braintumornet, {RESEARCH_USE}\n{plan.study.to_yaml()}")
    write_json(folder.plan, {**describe_plan(plan), "folder": str(folder.path.absolute())})


def _adds_cohorts(plan: Plan, folder: StudyFolder) -> bool:
    """Say whether a plan is the one that a study was begun with, and more fixed cohorts for its networks to predict."""
    stored = folder.read_plan()
    before = {name for job in stored["jobs"] for name in job["parts"]} - {VAL, TEST}
    if not before < set(plan.external):
        return False
    tables = {name: table for name, table in plan.study.external.items() if name in before}
    study = plan.study.model_copy(update={"external": tables})
    kept = {name: cohort for name, cohort in plan.external.items() if name in before}
    begun = plan_study(study, plan.cohort, kept, plan.splits, plan.digests)
    return stored.get("fingerprints") == FINGERPRINTS and bool(stored["fingerprint"] == begun.fingerprint)


def require_same_study(plan: Plan, folder: StudyFolder) -> None:
    """Make sure that a plan is the one that a study was begun with.

    Raises:
        UsageError: it is another.
    """
    stored = folder.read_plan()
    require(
        stored.get("fingerprints") == FINGERPRINTS,
        f"{folder.path} holds a study of another version of braintumornet, with other fingerprints of cases; "
        f"continue with that version, or choose another --study ({folder.rows('test').name} can still be compared)",
        UsageError,
    )
    if stored["fingerprint"] != plan.fingerprint:
        same = stored["study"] == plan.study.fingerprint()
        what = "with other cases or files" if same else "from another study file or configuration"
        msg = (
            f"{folder.path} holds a study that was begun {what}; go on with what it was begun with "
            f"({folder.study.name} in it says), or choose another --study"
        )
        raise UsageError(msg)


def describe_plan(plan: Plan) -> dict[str, object]:
    """Return all of a plan as plain values."""
    return {
        "fingerprint": plan.fingerprint,
        "fingerprints": FINGERPRINTS,
        "study": plan.study.fingerprint(),
        "test_share": plan.test_share,
        "splits": {
            name: {side: list(split.ids(side)) for side in ("train", "val", "test")}
            for name, split in plan.splits.items()
        },
        "jobs": [
            {"job": job.name, "arm": job.arm, "split": job.split, "seed": job.seed, "needs": list(job.needs),
             "parts": {name: len(part) for name, part in job.parts.items()}, "fingerprint": job.fingerprint}
            for job in plan.jobs.values()
        ],
    }  # fmt: skip


def work_of(plan: Plan, folder: StudyFolder, job: Job) -> Work:
    """Return what a job needs to know."""
    return Work(folder, tuple(plan.study.questions()), getattr(plan.study.arms[job.arm], "heads", {}))


def jobs_to_do(plan: Plan, folder: StudyFolder) -> list[Job]:
    """Return the jobs that are not done, what is needed first."""
    return [job for job in plan.jobs.values() if not is_done(job, folder)]


def execute(plan: Plan, folder: StudyFolder, engine: Engine, told: Told) -> list[Outcome]:
    """Run what is missing; a job that fails is told of, and the rest goes on.

    Returns:
        What failed, and what could not run because of it.

    Raises:
        UsageError: the folder is another study's, or another process works in it.
    """
    failed: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        if outcome.error:
            failed.append(outcome)
            write_json(folder.failure(outcome.job.name), {"error": outcome.error})
        told(outcome)

    with folder.locked():
        open_study(plan, folder)
        plan.digests.save()
        engine(jobs_to_do(plan, folder), partial(work_of, plan, folder), tell)
    return failed


def run_here(watch: Watch = lambda title: nullcontext()) -> Engine:
    """Return an engine that runs one job after the other in this process."""

    def run(jobs: list[Job], work: Callable[[Job], Work], told: Told) -> None:
        lost: dict[str, str] = {}
        for job in jobs:
            outcome = not_run(job, lost) or attempt(job, work(job), watch)
            if outcome.error:
                lost[job.name] = outcome.error
            told(outcome)

    return run


def not_run(job: Job, lost: dict[str, str]) -> Outcome | None:
    """Return what became of a job that needs one of those that were lost; None where it can run."""
    missing = next((name for name in job.needs if name in lost), None)
    return None if missing is None else Outcome(job, 0.0, f"not run, because {missing} failed, which it needs")


def attempt(job: Job, work: Work, watch: Watch = lambda title: nullcontext()) -> Outcome:
    """Run a job, and tell of an error instead of raising it, so that others go on."""
    began = perf_counter()
    try:
        run_job(job, work, watch)
        error = ""
    except BrainTumorNetError as problem:
        error = str(problem)
    except Exception as problem:  # whatever it is, the other jobs are worth running
        error = f"{type(problem).__name__}: {problem}"
    return Outcome(job, perf_counter() - began, " ".join(error.split()))
