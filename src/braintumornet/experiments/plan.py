"""What a study has to run: jobs, each with its own cases, and which of them need which."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

from braintumornet.config import ExperimentConfig
from braintumornet.core.case import Case, Cohort
from braintumornet.core.errors import InputError, UsageError
from braintumornet.core.manifest import cohort_fingerprint
from braintumornet.core.run import RunFolder
from braintumornet.data.splits import Split
from braintumornet.experiments.arms import FactsArm, GivenArm, MasksArm, PartsArm, TrainedArm
from braintumornet.experiments.rounds import make_rounds, require_strata
from braintumornet.experiments.study import Study
from braintumornet.tasks.classification import ClassificationTask

VAL, TEST = "val", "test"


@dataclass(frozen=True)
class Job:
    """One piece of work: train a network or take one, and let it answer for some cohorts.

    Args:
        name: of its folder.
        arm: that it belongs to.
        split, seed: of which.
        cohort: cases that it learns from and validates on, with their sides.
        parts: name (`val`, `test`, or of a fixed cohort) -> cases to answer for.
        fingerprint: of all that can change the result.
        network: fingerprint of all that can change the network alone.
        config: of a network to train.
        starts_from: job whose network it starts from.
        choices: points of a grid, each with the job that tried it; the best on validation is taken as it is.
        given: settings of an arm that is not trained here.
    """

    name: str
    arm: str
    split: str
    seed: int
    cohort: Cohort
    parts: Mapping[str, Cohort]
    fingerprint: str = ""
    network: str = ""
    config: ExperimentConfig | None = None
    starts_from: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    given: GivenArm | MasksArm | FactsArm | None = None

    @property
    def needs(self) -> tuple[str, ...]:
        """Jobs that must be done before."""
        return tuple(filter(None, (self.starts_from, *(job for _, job in self.choices))))


@dataclass(frozen=True)
class Cell:
    """Where the answers of an arm in one split, with one seed, are to be found.

    Args:
        jobs: task -> job that answers it; "" for every other task.
    """

    arm: str
    split: str
    seed: int
    jobs: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """All that a study runs.

    Args:
        study: the file.
        splits: name -> who is on which side.
        jobs: by name, in an order in which what one needs comes before it.
        cells: of the table of results.
        fingerprint: of the study and its cases.
        cohort: all cases that are split.
        unseen: name -> fixed cohort.
    """

    study: Study
    splits: Mapping[str, Split]
    jobs: Mapping[str, Job]
    cells: tuple[Cell, ...]
    fingerprint: str
    cohort: Cohort
    unseen: Mapping[str, Cohort]

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of what is answered for: the sides of a split, then the fixed cohorts."""
        sides = (VAL, TEST) if any(split.val for split in self.splits.values()) else (TEST,)
        return (*sides, *self.unseen)

    @property
    def test_share(self) -> float:
        """Patients tested over patients that train, averaged over the splits."""
        patient = {case.id: case.patient_id for case in self.cohort if case.fits(self.study.where)}
        counts = [
            [len({patient[i] for i in split.ids(side) if i in patient}) for side in ("test", "train")]
            for split in self.splits.values()
        ]
        return sum(test / train for test, train in counts) / len(counts)


def plan_study(study: Study, cohort: Cohort, unseen: Mapping[str, Cohort]) -> Plan:
    """Plan all runs of a study; nothing is read but tables, and nothing is written.

    Args:
        study: the file.
        cohort: all cases that are split.
        unseen: name -> fixed cohort that every network also predicts.

    Raises:
        InputError: a split cannot be made or would leak a patient.
        UsageError: the arms cannot be compared.
    """
    own = cohort.select(lambda case: case.fits(study.where))
    markers = [task.target for task in study.config().tasks if isinstance(task, ClassificationTask)]
    splits = make_rounds(cohort, study.splits, ["cohort", "pathology", *markers])
    require_strata(own, splits, ["pathology", *markers])
    jobs: dict[str, Job] = {}
    cells = []
    for (split, sides), seed in product(splits.items(), study.seeds):
        for job in _plan_jobs(study, _Cases(cohort, unseen, split, sides), seed):
            if job.name in jobs:
                msg = (
                    f"two jobs would share the folder {job.name!r}, because the names of arms, splits or values are "
                    "the same but for signs that a folder's name cannot have; rename one"
                )
                raise UsageError(msg)
            jobs[job.name] = job
        cells += [_cell(name, study, split, seed) for name in study.arms]
    fingerprint = _hash(study.fingerprint(), *(job.fingerprint for job in jobs.values()))
    plan = Plan(study, splits, jobs, tuple(cells), fingerprint, cohort, unseen)
    refuse_leaks(plan)
    _require_different(plan)
    _require_equal_budgets(plan)
    return plan


def job_name(arm: str, split: str, seed: int, choice: str = "") -> str:
    """Return the name of a job's folder.

    Example:
        >>> job_name("multi-task", "2", 0, "weighting.weights.genotype=0.3")
        'multi-task_split-2_seed-0_weighting.weights.genotype-0.3'
    """
    words = [arm, f"split-{split}", f"seed-{seed}", choice]
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in "_".join(filter(None, words)))


@dataclass(frozen=True)
class _Cases:
    """The cases of one split."""

    cohort: Cohort
    unseen: Mapping[str, Cohort]
    split: str
    sides: Split

    def learning(self, where: Mapping[str, str | tuple[str, ...]]) -> Cohort:
        """Return who trains and validates, with their sides."""
        side = {case_id: name for name in ("train", "val") for case_id in self.sides.ids(name)}
        cases = (replace(case, split=side[case.id]) for case in self.cohort if case.id in side and case.fits(where))
        return Cohort(self.cohort.name, tuple(cases))

    def parts(self, validates: Cohort, where: Mapping[str, str | tuple[str, ...]]) -> dict[str, Cohort]:
        """Return what an arm answers for, without the parts that are empty."""
        tested = self.cohort.with_ids(list(self.sides.test)).select(lambda case: case.fits(where))
        val = validates.select(lambda case: case.split == VAL)
        parts = {VAL: val, TEST: tested, **self.unseen}
        return {name: part for name, part in parts.items() if len(part)}


def _plan_jobs(study: Study, cases: _Cases, seed: int) -> Iterator[Job]:
    """Yield the jobs of one split and seed, what is needed first."""
    made: dict[str, Job] = {}
    for name in _in_order(study):
        arm = study.arms[name]
        if isinstance(arm, PartsArm):
            continue
        where = arm.where if isinstance(arm, TrainedArm) and arm.where is not None else study.where
        learning = cases.learning(where)
        if not isinstance(arm, GivenArm | MasksArm) and not any(case.split == "train" for case in learning):
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
        for each in _fill(job, study, made):
            made[each.name] = each
            yield each


def _fill(job: Job, study: Study, made: Mapping[str, Job]) -> Iterator[Job]:
    """Yield a job with all it needs to know; before it, those that try the points of its grid."""
    arm = study.arms[job.arm]
    if not isinstance(arm, TrainedArm):
        assert not isinstance(arm, PartsArm)
        yield _sealed(replace(job, given=arm), arm.model_dump_json())
        return
    source = job_name(arm.starts_from, job.split, job.seed) if arm.starts_from else ""
    starts = made[source].fingerprint if source else ""
    if arm.grid is None:
        config = study.arm_config(job.arm, job.seed)
        heads = (repr(dict(arm.heads)),) if arm.heads else ()  # they change the scores of the same network
        yield _sealed(replace(job, config=config, starts_from=source), config.fingerprint(), starts, *heads)
        return
    if VAL not in job.parts:
        msg = (
            f"arm {job.arm!r}: a grid is chosen by validation patients, and split {job.split} has none; set splits.val"
        )
        raise UsageError(msg)
    tried = []
    for value in arm.grid.values:
        point = f"{arm.grid.key}={value}"
        config = study.arm_config(job.arm, job.seed, {arm.grid.key: value})
        name = job_name(job.arm, job.split, job.seed, point)
        only_val = {VAL: job.parts[VAL]}
        each = replace(job, name=name, parts=only_val, config=config, starts_from=source)
        each = _sealed(each, config.fingerprint(), starts)
        known = next((other for other in made.values() if other.config and other.network == each.network), None)
        tried.append((point, known or each))
        if known is None:
            yield each
    choices = tuple((point, each.name) for point, each in tried)
    yield _sealed(replace(job, choices=choices), *(each.fingerprint for _, each in tried))


def _sealed(job: Job, *about: str) -> Job:
    sides = repr([(case.id, case.split) for case in job.cohort])
    parts = [f"{name}:{cohort_fingerprint(part)}" for name, part in job.parts.items()]
    network = (*about, cohort_fingerprint(job.cohort), sides)
    return replace(job, network=_hash(*network), fingerprint=_hash(*network, *parts))


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
        ready = [name for name in waiting if _source(study, name) in (None, *order)]
        if not ready:
            msg = f"arms {', '.join(waiting)}: each starts from another of them, so that none can be first"
            raise UsageError(msg)
        order += ready
        waiting = [name for name in waiting if name not in ready]
    return sorted(order, key=lambda name: _has_grid(study, name))


def _has_grid(study: Study, name: str) -> bool:
    arm = study.arms[name]
    return isinstance(arm, TrainedArm) and arm.grid is not None


def _source(study: Study, name: str) -> str | None:
    arm = study.arms[name]
    return arm.starts_from if isinstance(arm, TrainedArm) else None


def _cell(name: str, study: Study, split: str, seed: int) -> Cell:
    arm = study.arms[name]
    if isinstance(arm, PartsArm):
        return Cell(name, split, seed, {task: job_name(other, split, seed) for task, other in arm.parts.items()})
    return Cell(name, split, seed, {"": job_name(name, split, seed)})


def refuse_leaks(plan: Plan) -> None:
    """Refuse a plan in which a network is tested on a patient whom it, or what it started from, learned from.

    Raises:
        InputError: names the patient.
    """
    for job in plan.jobs.values():
        known = _taught(job, plan.jobs)
        for part, cohort in job.parts.items():
            for case in cohort:
                if case.patient_id in known:
                    msg = (
                        f"split {job.split}, arm {job.arm!r}: patient {case.patient_id} is in {part} (case {case.id}) "
                        f"and {known[case.patient_id]}, so that scores would flatter; put all cases of a patient on "
                        "one side (if it is somebody else, give the cohorts ids of their own)"
                    )
                    raise InputError(msg)


def _taught(job: Job, jobs: Mapping[str, Job]) -> dict[str, str]:
    """Return patient -> how the job's network learned from them."""
    known = {case.patient_id: f"trains it (case {case.id})" for case in job.cohort if case.split == "train"}
    for name in job.needs:
        source = jobs[name]
        known |= {who: f"{how} in {source.arm!r}, which it starts from" for who, how in _taught(source, jobs).items()}
    if isinstance(job.given, GivenArm):
        cases, patients = RunFolder(job.given.run).learned_from()
        known = dict.fromkeys(patients, f"trained {job.given.run}")
        tested: Sequence[Case] = [case for part in job.parts.values() for case in part]
        known |= {case.patient_id: f"trained {job.given.run}" for case in tested if case.id in cases}
    return {} if isinstance(job.given, MasksArm) else known


def _require_different(plan: Plan) -> None:
    prints: dict[str, list[str]] = {name: [] for name in plan.study.arms}
    for job in plan.jobs.values():
        if not job.config or job.name == job_name(job.arm, job.split, job.seed):
            prints[job.arm].append(job.fingerprint)
    for one, other in combinations(plan.study.arms, 2):
        arms = [plan.study.arms[name] for name in (one, other)]
        same = arms[0] == arms[1] if isinstance(arms[0], PartsArm) else prints[one] == prints[other]
        if same:
            msg = f"arms {one!r} and {other!r} differ in nothing; change a setting of one, or take it away"
            raise UsageError(msg)


def _require_equal_budgets(plan: Plan) -> None:
    """Refuse arms of one split of which one sees more than the other, unless it learns from other cases anyway.

    Raises:
        UsageError: names both.
    """
    budgets: dict[str, tuple[str, int, int]] = {}
    for job in plan.jobs.values():
        arm = plan.study.arms[job.arm]
        if job.config is not None and isinstance(arm, TrainedArm) and arm.where is None:
            train = sum(case.split == "train" for case in job.cohort)
            batch = job.config.data.batch_size
            budget = (job.arm, job.config.training.total_steps(train, batch), batch)
            first = budgets.setdefault(job.split, budget)
            if first[1:] != budget[1:]:
                msg = (
                    f"arm {first[0]!r} takes {first[1]} steps of {first[2]} patches and arm {budget[0]!r} {budget[1]} "
                    f"of {budget[2]}, so that more than the method differs; give them the same training.steps and "
                    "data.batch_size"
                )
                raise UsageError(msg)
