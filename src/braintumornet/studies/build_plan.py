"""From a study file and its cases to the plan of all that it runs."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from braintumornet.config import ExperimentConfig
from braintumornet.core.cohort.case import Cohort
from braintumornet.core.cohort.manifest import cohort_fingerprint
from braintumornet.core.default_run import find_run
from braintumornet.core.file_hashes import Digests
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.text.names import file_key, shorten
from braintumornet.data.splits import Split
from braintumornet.studies.check_plan import refuse_leaks, require_different, require_equal_budgets
from braintumornet.studies.plan import Cell, Job, Plan, job_name
from braintumornet.studies.split_schemes import make_splits, require_strata
from braintumornet.studies.study_arms import ExternalMasksArm, Grid, PretrainedArm, TaskEnsembleArm, TrainedArm
from braintumornet.studies.study_cohorts import permute
from braintumornet.studies.study_file import TEST, VAL, Study, arm_settings
from braintumornet.studies.training_budget import Budget, budget_of, fit_budget

LONGEST_JOB_BYTES = 200  # of the 255 that a folder's name may have
Seal = Callable[..., Job]
"""Given a job and what is to be known about it, returns it with its fingerprints."""
Fit = Callable[[ExperimentConfig], ExperimentConfig]
"""Given a configuration, returns it with the steps that the budget leaves."""


def plan_study(
    study: Study,
    cohort: Cohort,
    external: Mapping[str, Cohort],
    begun: Mapping[str, Split] | None = None,
    digests: Digests | None = None,
) -> Plan:
    """Plan all runs of a study; nothing is written, and files whose digests are known are not read.

    Args:
        study: the file.
        cohort: all cases that are split.
        external: name -> fixed cohort that every network also predicts.
        begun: the splits that the study was begun with; default they are made.
        digests: what is known of the files; default: all are read.

    Raises:
        InputError: a file cannot be read, or a split cannot be made or would leak a patient.
        UsageError: the arms cannot be compared, or a `where` names a column that no case has.
    """
    _require_columns(study, cohort)
    if study.permute is not None:
        cohort.require_columns(filter(None, (study.permute.column, study.permute.within)), "the study's permute")
    own = cohort.select(lambda case: case.fits(study.where))
    markers = [column for task in study.config().tasks for column in task.class_columns]
    splits = begun or make_splits(cohort, study.splits, ["cohort", "pathology", *markers])
    require_strata(own, splits, ["pathology", *markers])
    digests = digests or Digests()
    jobs: dict[str, Job] = {}
    cells = []
    for (split, sides), seed in product(splits.items(), study.seeds):
        dealt = cohort if study.permute is None else permute(cohort, study.permute, split)
        for job in _plan_jobs(study, _Cases(dealt, external, split, sides, digests), seed):
            _require_own_folder(job.name, jobs)
            jobs[job.name] = job
        cells += [_cell(name, study, split, seed) for name in study.arms]
    fingerprint = _hash(study.fingerprint(), *(job.fingerprint for job in jobs.values()))
    plan = Plan(study, splits, jobs, tuple(cells), fingerprint, cohort, external, digests)
    refuse_leaks(plan)
    require_different(plan)
    require_equal_budgets(plan)
    return plan


def _require_columns(study: Study, cohort: Cohort) -> None:
    cohort.require_columns(study.where, "the study's where")
    for name, arm in study.arms.items():
        if isinstance(arm, TrainedArm) and arm.where is not None:
            cohort.require_columns(arm.where, f"arm {name!r}, where")
    for question in study.questions():
        cohort.require_columns(question.columns, f"task {question.task!r}, where")


def _require_own_folder(name: str, others: Iterable[str]) -> None:
    require(
        file_key(name) not in {file_key(other) for other in others},
        f"two jobs would share the folder {name!r}, because the names of arms, splits or values are "
        "the same but for signs that a folder's name cannot have, or for capitals; rename one",
        UsageError,
    )
    require(
        len(name.encode()) <= LONGEST_JOB_BYTES,
        f"the folder {shorten(name)!r} would have {len(name.encode())} bytes in its name; shorten the arm or value",
        UsageError,
    )


@dataclass(frozen=True)
class _Cases:
    """The cases of one split."""

    cohort: Cohort
    external: Mapping[str, Cohort]
    split: str
    sides: Split
    digests: Digests

    def learning(self, where: Mapping[str, str | tuple[str, ...]]) -> Cohort:
        """Return who trains and validates, with their sides."""
        side = {case_id: name for name in ("train", "val") for case_id in self.sides.ids(name)}
        cases = (replace(case, split=side[case.id]) for case in self.cohort if case.id in side and case.fits(where))
        return Cohort(self.cohort.name, tuple(cases))

    def parts(self, validates: Cohort, where: Mapping[str, str | tuple[str, ...]]) -> dict[str, Cohort]:
        """Return what an arm answers for, without the parts that are empty."""
        tested = self.cohort.with_ids(list(self.sides.test)).select(lambda case: case.fits(where))
        val = validates.select(lambda case: case.split == VAL)
        parts = {VAL: val, TEST: tested, **self.external}
        return {name: part for name, part in parts.items() if len(part)}

    def seal(self, job: Job, *about: str) -> Job:
        """Return a job with the fingerprints of its cases and of what else is to be known about it."""
        sides = repr([(case.id, case.split) for case in job.cohort])
        parts = [f"{name}:{cohort_fingerprint(part, self.digests)}" for name, part in job.parts.items()]
        network = (*about, cohort_fingerprint(job.cohort, self.digests), sides)
        return replace(job, network=_hash(*network), fingerprint=_hash(*network, *parts))


def _plan_jobs(study: Study, cases: _Cases, seed: int) -> Iterator[Job]:
    """Yield the jobs of one split and seed, what is needed first."""
    made: dict[str, Job] = {}
    budget = budget_of(study, cases.learning, seed)
    for name in _in_order(study):
        arm = study.arms[name]
        if isinstance(arm, TaskEnsembleArm):
            continue
        where = arm.where if isinstance(arm, TrainedArm) and arm.where is not None else study.where
        learning = cases.learning(where)
        if not isinstance(arm, PretrainedArm | ExternalMasksArm) and not any(
            case.split == "train" for case in learning
        ):
            wanted = ", ".join(f"{column}: {value}" for column, value in where.items()) or "the study"
            msg = (
                f"arm {name!r}: no training case of split {cases.split} fits {wanted}; give a table that has some with "
                f'--cohort, or leave the arm out with --set "arms.{name}=null"'
            )
            raise InputError(msg)
        job = Job(
            name=job_name(name, cases.split, seed),
            arm=name,
            split=cases.split,
            seed=seed,
            cohort=learning,
            parts=cases.parts(learning, study.where),
        )
        for each in _fill(job, study, made, cases.seal, budget):
            made[each.name] = each
            yield each


def _fill(job: Job, study: Study, made: Mapping[str, Job], seal: Seal, budget: Budget | None) -> Iterator[Job]:
    """Yield a job with all it needs to know; before it, those that try the points of its grid."""
    arm = study.arms[job.arm]
    if not isinstance(arm, TrainedArm):
        assert not isinstance(arm, TaskEnsembleArm)
        weights = ""
        if isinstance(arm, PretrainedArm):  # another network in its folder is another study
            weights = RunFolder(find_run(arm.run)).require_complete().model_fingerprint()
        yield seal(replace(job, given=arm), arm_settings(arm), weights)
        return
    source = job_name(arm.starts_from, job.split, job.seed) if arm.starts_from else ""
    starts = made[source].fingerprint if source else ""
    job = replace(job, starts_from=source)
    fit = partial(fit_budget, job=job, made=made, budget=budget)
    if arm.grid is None:
        config = fit(study.arm_config(job.arm, study.network_seed(job.split, job.seed)))
        heads = (repr(dict(arm.heads)),) if arm.heads else ()  # they change the scores of the same network
        yield seal(replace(job, config=config), config.fingerprint(), starts, *heads)
        return
    tried = []
    for point, each in _points(job, arm.grid, study, starts, seal, fit):
        known = next((other for other in made.values() if other.config and other.network == each.network), None)
        tried.append((point, known or each))
        if known is None:
            yield each
    choices = tuple((point, each.name) for point, each in tried)
    yield seal(replace(job, choices=choices), *(each.fingerprint for _, each in tried))


def _points(job: Job, grid: Grid, study: Study, starts: str, seal: Seal, fit: Fit) -> Iterator[tuple[str, Job]]:
    """Yield each value of a grid and the job that tries it on the validation patients."""
    require(
        VAL in job.parts,
        f"arm {job.arm!r}: a grid is chosen by validation patients, and split {job.split} has none; set splits.val",
        UsageError,
    )
    for value in grid.values:
        point = f"{grid.key}={value}"
        config = fit(study.arm_config(job.arm, study.network_seed(job.split, job.seed), {grid.key: value}))
        name = job_name(job.arm, job.split, job.seed, point)
        each = replace(job, name=name, parts={VAL: job.parts[VAL]}, config=config)
        yield point, seal(each, config.fingerprint(), starts)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _in_order(study: Study) -> list[str]:
    """Return the arms, each after the one that it starts from; grids last, because others may have tried a point.

    Raises:
        UsageError: they go round in a circle.
    """
    order: list[str] = []
    waiting = list(study.arms)
    while waiting:
        ready = [name for name in waiting if getattr(study.arms[name], "starts_from", None) in (None, *order)]
        require(
            ready, f"arms {', '.join(waiting)}: each starts from another of them, so that none can be first", UsageError
        )
        order += ready
        waiting = [name for name in waiting if name not in ready]
    return sorted(order, key=lambda name: getattr(study.arms[name], "grid", None) is not None)


def _cell(name: str, study: Study, split: str, seed: int) -> Cell:
    arm = study.arms[name]
    if isinstance(arm, TaskEnsembleArm):
        return Cell(name, split, seed, {task: job_name(other, split, seed) for task, other in arm.members.items()})
    return Cell(name, split, seed, {"": job_name(name, split, seed)})
