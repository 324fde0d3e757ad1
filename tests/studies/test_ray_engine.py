"""Jobs beside each other, each after those that it needs."""

from dataclasses import replace

import pytest

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import UsageError
from braintumornet.core.workers.cluster import Cluster, Share
from braintumornet.studies.plan import Job
from braintumornet.studies.ray_engine import run_when_ready, share_of
from braintumornet.studies.read_study import load_study
from braintumornet.studies.run_jobs import Outcome
from braintumornet.studies.study_arms import ClinicalBaselineArm


class Slow:
    """A cluster without a limit, on which what began last is done first.

    Args:
        broken: jobs that fail.
    """

    def __init__(self, *broken: str) -> None:
        self.broken = broken
        self.begun: list[str] = []
        self.told: list[str] = []
        self.errors: dict[str, str] = {}

    def run(self, *jobs: Job) -> None:
        run_when_ready(list(jobs), self.submit, self.finish, self.tell)

    def submit(self, job: Job) -> str:
        self.begun.append(job.name)
        return job.name

    def finish(self, running: dict[str, Job]) -> tuple[str, Outcome]:
        ticket = list(running)[-1]
        return ticket, Outcome(running[ticket], 1.0, "broken" if ticket in self.broken else "")

    def tell(self, outcome: Outcome) -> None:
        self.told.append(outcome.job.name)
        if outcome.error:
            self.errors[outcome.job.name] = outcome.error


def job(name: str, *needs: str) -> Job:
    return Job(name, name, "1", 0, Cohort("c", ()), {}, "", choices=tuple((need, need) for need in needs))


def test_all_that_are_ready_run_at_once_and_the_others_as_soon_as_they_can() -> None:
    slow = Slow()
    slow.run(job("a"), job("b", "a"), job("c"), job("d", "a", "c"), job("e", "b"))
    assert slow.begun == ["a", "c", "b", "d", "e"]
    assert slow.told == ["c", "a", "d", "b", "e"]


def test_what_was_done_before_is_not_waited_for() -> None:
    slow = Slow()
    slow.run(job("b", "done before"))
    assert slow.told == ["b"]


def test_what_needs_a_job_that_failed_does_not_run_and_the_rest_does() -> None:
    slow = Slow("a")
    slow.run(job("a"), job("b", "a"), job("c", "b"), job("d"))
    assert slow.begun == ["a", "d"]
    assert slow.errors == {
        "a": "broken",
        "b": "not run, because a failed, which it needs",
        "c": "not run, because b failed, which it needs",
    }
    assert sorted(slow.told) == ["a", "b", "c", "d"]


@pytest.fixture
def trained() -> Job:
    return replace(job("a"), config=load_study("study_plgg_tiny").arm_config("single-task", 0))


def test_a_network_takes_a_gpu_where_there_is_one(trained: Job, cluster: Cluster) -> None:
    assert share_of(trained, cluster, 2, None) == Share(2, 1)
    assert share_of(trained, cluster, 2, 0.5) == Share(2, 0.5)


def test_what_computes_on_the_cpu_takes_none(trained: Job, cluster: Cluster) -> None:
    assert share_of(
        replace(job("a"), given=ClinicalBaselineArm(kind="clinical_baseline", task="genotype")), cluster, 1, 1
    ) == Share(1)
    assert trained.config is not None
    content = trained.config.model_dump(mode="json")
    content["training"]["accelerator"] = "cpu"
    assert share_of(replace(trained, config=ExperimentConfig.from_content(content, "cpu")), cluster, 1, 1) == Share(1)


def test_processes_that_the_cluster_knows_nothing_of_are_refused(trained: Job, cluster: Cluster) -> None:
    assert trained.config is not None
    content = trained.config.model_dump(mode="json")
    content["training"]["devices"] = 2
    with pytest.raises(UsageError, match=r"arm 'a' has training.devices 2, but on Ray each job is one process"):
        share_of(replace(trained, config=ExperimentConfig.from_content(content, "two")), cluster, 1, None)
