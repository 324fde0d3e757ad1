"""How long the arms of a study train, so that they can be compared: equal steps, exposures of a task, or compute."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import UsageError, require
from braintumornet.data.sampling.case_sampler import count_samples
from braintumornet.networks.cost import network_cost
from braintumornet.studies.plan import Job
from braintumornet.studies.study_arms import TaskEnsembleArm, TrainedArm, Where
from braintumornet.studies.study_file import Study
from braintumornet.tasks.task import Task

FORWARD_AND_BACKWARD = 3
"""A backward pass takes about twice the operations of the forward pass."""


@dataclass(frozen=True)
class Trained:
    """A network that is trained: how, and on which cases."""

    config: ExperimentConfig
    cohort: Cohort

    @property
    def steps(self) -> int:
        """How many steps it takes."""
        return self.config.training.total_steps(len(self._taught_by()), self.config.data.batch_size)

    def operations(self) -> float:
        """Return about the operations of one step."""
        config = self.config
        patch = patch_operations(config, config.patch_size().read)
        return float(FORWARD_AND_BACKWARD * patch * config.data.batch_size)

    def exposures(self, target: Task) -> float:
        """Return how many samples of a step have a label of a task, on average."""
        cases = self._taught_by()
        sampling = self.config.data.sampling
        often = count_samples([case.value(sampling.by) for case in cases], sampling)
        labelled = sum(times for times, case in zip(often, cases, strict=True) if target.labelled(case))
        return self.config.data.batch_size * labelled / sum(often)

    def taking(self, steps: int) -> ExperimentConfig:
        """Return its configuration with other steps."""
        training = self.config.training.model_copy(update={"steps": steps, "epochs": None})
        return self.config.model_copy(update={"training": training})

    def _taught_by(self) -> list[Case]:
        """Return the training cases that have a label for one of its tasks: the others are not sampled."""
        train = (case for case in self.cohort if case.split == "train")
        return [case for case in train if any(task.labelled(case) for task in self.config.tasks)]


def patch_operations(config: ExperimentConfig, image: tuple[int, int, int]) -> int:
    """Return the operations of one pass over a patch."""
    sequences = len(config.sequences)
    return network_cost(config.backbone, config.tasks, sequences, image, config.presence_channels).operations


@dataclass(frozen=True)
class Budget:
    """What the networks of one split and seed have equally much of.

    Args:
        rate: what one step of a network takes of it.
        reference: arm -> network of the baseline; these are trained as they are configured.
    """

    rate: Callable[[Trained], float]
    reference: Mapping[str, Trained]

    def fit(self, arm: str, network: Trained, before: Sequence[Trained]) -> ExperimentConfig:
        """Return a network's configuration with as many steps as let it have what the baseline has.

        Args:
            arm: whose it is; one of the baseline, and one that takes nothing, stays as it is.
            network: as it is configured.
            before: networks that it starts from, which count.

        Raises:
            UsageError: what it starts from took it all.
        """
        own = self.rate(network)
        if arm in self.reference or not own:
            return network.config
        left = self._taken(self.reference.values()) - self._taken(before)
        require(
            left > 0,
            f"arm {arm!r}: the network that it starts from takes all of the budget; leave it out, or give that fewer "
            "training.steps",
            UsageError,
        )
        return network.taking(max(1, round(left / own)))

    def _taken(self, networks: Iterable[Trained]) -> float:
        return sum(network.steps * self.rate(network) for network in networks)


def budget_of(study: Study, learning: Callable[[Where], Cohort], seed: int) -> Budget | None:
    """Return what the networks have equally much of; None where that is the steps that they are configured with.

    Args:
        study: with the settings.
        learning: given which cases are wanted, returns those that learn.
        seed: of the networks.

    Raises:
        UsageError: the baseline has no network of its own to go by, or there is no such target.
    """
    settings, first = study.budget, study.arms[study.first]
    if settings.equal == "steps":
        return None
    tasks = {task.name: task for task in study.config().tasks}
    require(
        settings.target in (None, *tasks),
        f"budget.target: the study asks no task {settings.target!r}; known: {', '.join(tasks)}",
        UsageError,
    )
    members = first.members if isinstance(first, TaskEnsembleArm) else {"": study.first}
    names = {members[task] for task in members if settings.target in (None, task)} or set(members.values())
    arms = {name: arm for name in sorted(names) if isinstance(arm := study.arms[name], TrainedArm)}
    require(
        arms and not any(arm.grid or arm.starts_from for arm in arms.values()),
        f"budget: the baseline {study.first!r} is no network that is trained from scratch without a grid, by which "
        "others could go; name another baseline, or hold the steps equal",
        UsageError,
    )
    reference = {
        name: Trained(study.arm_config(name, seed), learning(study.where if arm.where is None else arm.where))
        for name, arm in arms.items()
    }
    target = tasks.get(str(settings.target))
    return Budget(Trained.operations if target is None else partial(Trained.exposures, target=target), reference)


def fit_budget(config: ExperimentConfig, job: Job, made: Mapping[str, Job], budget: Budget | None) -> ExperimentConfig:
    """Return a configuration with the steps that the budget leaves a network."""
    if budget is None:
        return config
    before, source = [], job.starts_from
    while source:
        earlier = made[source]
        assert earlier.config is not None, "an arm with a grid is none to start from"
        before.append(Trained(earlier.config, earlier.cohort))
        source = earlier.starts_from
    return budget.fit(job.arm, Trained(config, job.cohort), before)
