"""Studies: arms trained and tested over repeated splits."""

from collections.abc import Sequence
from functools import partial

from braintumornet.core.workers.cluster import Cluster
from braintumornet.results.collect_scores import write_tables
from braintumornet.results.study_result import StudyResult, read_result
from braintumornet.studies.plan import Job, Plan
from braintumornet.studies.ray_engine import run_on_ray
from braintumornet.studies.run_jobs import execute, run_here
from braintumornet.studies.study_folder import StudyFolder
from braintumornet.terminal.progress import training_progress
from braintumornet.terminal.study_screen import job_lines


def run_jobs(
    plan: Plan,
    place: StudyFolder,
    left: Sequence[Job],
    *,
    cluster: Cluster | None = None,
    cpus: int = 1,
    gpus: float | None = None,
    progress: bool = True,
) -> StudyResult:
    """Run the jobs that are left of a study, write its tables of scores, and return what it has found so far.

    Args:
        plan: of the study.
        place: its folder.
        left: jobs that are not done.
        cluster: run them there, and not in this process.
        cpus: on a cluster, cores for each job.
        gpus: on a cluster, for each job; default 1 where there are any.
        progress: show lines and bars.

    Raises:
        UsageError: the folder holds another study, or another process is at work in it.
        InputError: a file is damaged, or cannot be written.
    """
    here = run_here(partial(training_progress, hidden=not progress))
    runs = here if cluster is None else run_on_ray(cluster, cpus, gpus)
    execute(plan, place, runs, job_lines(len(left), hidden=not progress))
    result = read_result(plan, place)
    write_tables(result.scores, place)
    return result
