"""The jobs of a study on a Ray cluster, as many at once as there is room for."""

from collections.abc import Callable
from typing import TypeVar

from braintumornet.core.text.errors import UsageError
from braintumornet.core.workers.cluster import Cluster, Share
from braintumornet.studies.job import Work
from braintumornet.studies.plan import Job
from braintumornet.studies.run_jobs import Engine, Outcome, Told, attempt, not_run
from braintumornet.studies.study_arms import ClinicalBaselineArm, ExternalMasksArm

Ticket = TypeVar("Ticket")


def run_on_ray(cluster: Cluster, cpus: int = 1, gpus: float | None = None) -> Engine:
    """Return an engine that runs each job as one task of a cluster.

    A job whose machine dies is run again on another, where it goes on from its last checkpoint.

    Args:
        cluster: all of whose machines see the folder of the study at the same place.
        cpus: cores of each job, and threads that it computes with.
        gpus: of each job that has a network; default 1 where the cluster has any.
    """

    def run(jobs: list[Job], work: Callable[[Job], Work], told: Told) -> None:
        shares = {job.name: share_of(job, cluster, cpus, gpus) for job in jobs}
        for share in set(shares.values()):
            cluster.require(share)

        def submit(job: Job) -> object:
            return cluster.submit(shares[job.name], attempt_with_threads, job, work(job), cpus)

        def finish(running: dict[object, Job]) -> tuple[object, Outcome]:
            ticket = cluster.first(running)
            try:
                return ticket, cluster.result(ticket)
            except Exception as problem:  # of the machine, not of the job
                return ticket, Outcome(running[ticket], 0.0, " ".join(str(problem).split()))

        run_when_ready(jobs, submit, finish, told)

    return run


def run_when_ready(
    jobs: list[Job],
    submit: Callable[[Job], Ticket],
    finish: Callable[[dict[Ticket, Job]], tuple[Ticket, Outcome]],
    told: Told,
) -> None:
    """Run jobs beside each other, each as soon as those that it needs are done.

    Args:
        jobs: what is needed first; what a job needs and is not among them was done before.
        submit: starts a job and returns a ticket.
        finish: waits until one of those that run is done, and says which and what became of it.
        told: called after each job.
    """
    waiting = list(jobs)
    running: dict[Ticket, Job] = {}
    lost: dict[str, str] = {}
    while waiting or running:
        undone = {job.name for job in (*waiting, *running.values())}
        for job in list(waiting):
            outcome = not_run(job, lost)
            if outcome is not None:
                lost[job.name] = outcome.error
                told(outcome)
            elif not undone.intersection(job.needs):
                running[submit(job)] = job
            else:
                continue
            waiting.remove(job)
        if running:
            ticket, outcome = finish(running)
            del running[ticket]
            if outcome.error:
                lost[outcome.job.name] = outcome.error
            told(outcome)


def share_of(job: Job, cluster: Cluster, cpus: int, gpus: float | None) -> Share:
    """Return what a job takes of a machine.

    Raises:
        UsageError: its training would start processes of its own, which the cluster knows nothing of.
    """
    if job.config is not None and job.config.training.devices > 1:
        msg = (
            f"arm {job.arm!r} has training.devices {job.config.training.devices}, but on Ray each job is one process; "
            "set training.devices to 1, or run the study with --engine local"
        )
        raise UsageError(msg)
    without_network = isinstance(job.given, ClinicalBaselineArm | ExternalMasksArm)
    if without_network or (job.config is not None and job.config.training.accelerator == "cpu"):
        return Share(cpus)
    return Share(cpus, float(cluster.has_gpus) if gpus is None else gpus)


def attempt_with_threads(job: Job, work: Work, threads: int) -> Outcome:
    """Run a job in a process of a cluster, which may have run another one before."""
    import torch

    torch.set_num_threads(threads)
    return attempt(job, work)
