"""What is wrong with a plan before anything runs: a leak, arms that are one, arms of which one sees more."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from braintumornet.core.cohort.case import Case
from braintumornet.core.default_run import find_run
from braintumornet.core.run_folder import RunFolder
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.studies.plan import Job, Plan, job_name
from braintumornet.studies.study_arms import ExternalMasksArm, PretrainedArm, TaskEnsembleArm, TrainedArm
from braintumornet.studies.training_budget import Trained


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
                        f"and {known[case.patient_id]}, so that scores would be optimistically biased; put all cases "
                        "of a patient in one set (if these are different patients, give the cohorts distinct ids)"
                    )
                    raise InputError(msg)


def _taught(job: Job, jobs: Mapping[str, Job]) -> dict[str, str]:
    """Return patient -> how the job's network learned from them."""
    known = {case.patient_id: f"trains it (case {case.id})" for case in job.cohort if case.split == "train"}
    for name in job.needs:
        source = jobs[name]
        known |= {who: f"{how} in {source.arm!r}, which it starts from" for who, how in _taught(source, jobs).items()}
    if isinstance(job.given, PretrainedArm):
        cases, patients = RunFolder(find_run(job.given.run)).learned_from()
        known = dict.fromkeys(patients, f"trained {job.given.run}")
        tested: Sequence[Case] = [case for part in job.parts.values() for case in part]
        known |= {case.patient_id: f"trained {job.given.run}" for case in tested if case.id in cases}
    return {} if isinstance(job.given, ExternalMasksArm) else known


def require_different(plan: Plan) -> None:
    """Refuse two arms that are the same in every split.

    Raises:
        UsageError: names both.
    """
    prints: dict[str, list[str]] = {name: [] for name in plan.study.arms}
    for job in plan.jobs.values():
        if not job.config or job.name == job_name(job.arm, job.split, job.seed):
            prints[job.arm].append(job.fingerprint)
    for one, other in combinations(plan.study.arms, 2):
        arms = [plan.study.arms[name] for name in (one, other)]
        same = arms[0] == arms[1] if isinstance(arms[0], TaskEnsembleArm) else prints[one] == prints[other]
        require(
            not same, f"arms {one!r} and {other!r} differ in nothing; change a setting of one, or remove it", UsageError
        )


def require_equal_budgets(plan: Plan) -> None:
    """Refuse arms of one split of which one takes more steps than the other, unless it learns from other cases anyway.

    Raises:
        UsageError: names both.
    """
    if plan.study.budget.equal != "steps":
        return
    budgets: dict[str, tuple[str, int, int]] = {}
    for job in plan.jobs.values():
        arm = plan.study.arms[job.arm]
        if job.config is not None and isinstance(arm, TrainedArm) and arm.where is None:
            budget = (job.arm, Trained(job.config, job.cohort).steps, job.config.data.batch_size)
            first = budgets.setdefault(job.split, budget)
            require(
                first[1:] == budget[1:],
                f"arm {first[0]!r} takes {first[1]} steps of {first[2]} patches and arm {budget[0]!r} {budget[1]} "
                f"of {budget[2]}, so that more than the method differs; give them the same training.steps and "
                "data.batch_size, or hold something else equal (budget.equal)",
                UsageError,
            )
