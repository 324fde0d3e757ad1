"""A study in words, without the places where its files lie."""

from collections.abc import Sequence

import yaml

from braintumornet.report.hide_paths import without_places
from braintumornet.results.study_comparisons import PartComparison
from braintumornet.studies.plan import Plan
from braintumornet.studies.split_schemes import (
    IndependentReplicates,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplits,
    RepeatedHoldout,
)
from braintumornet.studies.study_arms import BudgetSettings
from braintumornet.studies.study_file import Study


def describe_study(plan: Plan) -> str:
    """Return what was studied, in a sentence or two."""
    patients = len({case.patient_id for case in plan.cohort})
    cases = f"{len(plan.cohort)} cases" + (f" of {patients} patients" if patients < len(plan.cohort) else "")
    asked = " and ".join(
        f"{question.task} ({', '.join(question.regions)})" if question.regions else question.task
        for question in plan.study.questions()
    )
    seeds = len(plan.study.seeds)
    each = f", {seeds} seeds each" if seeds > 1 else ""
    fixed = "".join(f", and {name} ({len(cohort)} cases)" for name, cohort in plan.external.items())
    arms = f"{len(plan.study.arms)} arms on {cases}, {_describe_splits(plan)}{each}{fixed}."
    return f"{arms} Tasks: {asked}. {_describe_budget(plan.study.budget)}."


def _describe_budget(budget: BudgetSettings) -> str:
    """Say what the arms have equally much of; the tables of costs and exposure tell the rest."""
    match budget.equal:
        case "exposures":
            return f"Equal for all arms: samples with a label of {budget.target} in training"
        case "compute":
            return "Equal for all arms: operations in training"
        case "steps":
            return "Equal for all arms that learn from the same cases: training steps"


def _describe_splits(plan: Plan) -> str:
    scheme = plan.study.splits
    match scheme:
        case RepeatedHoldout():
            shares = "/".join(f"{share * 100:g}" for share in (scheme.train, scheme.val, scheme.test))
            return f"{scheme.repeats} random split{'s' if scheme.repeats > 1 else ''} of {shares}"
        case KFold():
            return f"{scheme.folds}-fold cross-validation"
        case LeaveOneGroupOut():
            return f"each {scheme.by} left out once"
        case PredefinedSplits():
            return f"split as the table says ({', '.join(scheme.columns)})"
        case IndependentReplicates():
            return f"{scheme.replicates} independent replicates, each of phantoms of its own"


def explain_intervals(comparisons: Sequence[PartComparison]) -> list[str]:
    """Return what the intervals of the comparisons are, and what they are not."""
    results = [result for each in comparisons if each.comparison for result in each.comparison.results]
    lines = []
    if any(result.test for result in results):
        shares = any(each.comparison.test_share for each in comparisons if each.comparison)
        how = "corrected for the patients that they share" if shares else "which are independent replicates"
        lines.append(
            f"Interval, p and verdict: t over splits, {how}. MDE: the minimum detectable effect of this study, at 80 % "
            "power."
        )
    if any(result.splits == 1 for result in results):
        lines.append(
            "With one split the interval is over its patients: it takes the networks as they are, and cannot tell what "
            "another training set would give."
        )
    return lines


def shown_yaml(study: Study) -> str:
    """Return the study file without the places of tables, runs and masks."""
    content = study.model_dump(mode="json", exclude={"cohorts", "external"})
    return yaml.safe_dump(without_places(content), sort_keys=False, width=120, default_flow_style=None)
