"""Arms that are held equal in what they see or cost, and not in steps."""

from collections.abc import Mapping
from typing import Any

import pytest

from braintumornet.core.cohort.case import Cohort
from braintumornet.core.text.errors import UsageError
from braintumornet.studies.build_plan import plan_study
from braintumornet.studies.plan import Plan, job_name
from braintumornet.studies.study_file import Study

from .test_plan import children

OUTLINES = [
    {"kind": "segmentation", "name": name, "regions": ["WT"], "where": {"cohort": name}} for name in ("many", "few")
]
PAIRED = {"kind": "task_ensemble", "members": {"many": "many alone", "few": "few alone"}}
ALONE: Mapping[str, Any] = {
    "many alone": {"tasks": ["many"], "where": {"cohort": "many"}},
    "few alone": {"tasks": ["few"], "where": {"cohort": "few"}},
}


def plan(arms: Mapping[str, Any], budget: Mapping[str, Any], **settings: Any) -> Plan:
    """Plan a study of 40 and 10 patients, half of whom train, with 100 steps as they are configured."""
    own = {"tasks": OUTLINES, "weighting.weights": {}, "training.steps": 100, "data.batch_size": 4, **settings}
    content = {
        "experiment": "demo",
        "set": own,
        "arms": arms,
        "splits": {"repeats": 1, "train": 0.5, "val": 0, "test": 0.5},
        "budget": budget,
    }
    both = Cohort("both", (*children(40, "many"), *children(10, "few")))
    return plan_study(Study.model_validate(content), both, {})


def steps(planned: Plan, arm: str) -> int | None:
    config = planned.jobs[job_name(arm, "1", 0)].config
    assert config is not None
    return config.training.steps


def test_exposures_of_the_target_are_those_of_the_network_for_it_alone() -> None:
    arms = {
        "apart": PAIRED,
        **ALONE,
        "shared": {},
        "halves": {"set": {"data.sampling": {"kind": "uniform", "by": "cohort"}}},
    }
    planned = plan(arms, {"equal": "exposures", "target": "few"})
    assert steps(planned, "few alone") == steps(planned, "many alone") == 100
    assert steps(planned, "shared") == 500  # a fifth of what it sees is of the few
    assert steps(planned, "halves") == 200


def test_cases_of_other_tasks_are_no_exposures_though_an_arm_is_given_them() -> None:
    arms = {"apart": PAIRED, "many alone": {"tasks": ["many"]}, "few alone": {"tasks": ["few"]}, "shared": {}}
    planned = plan(arms, {"equal": "exposures", "target": "few"})
    assert steps(planned, "few alone") == steps(planned, "many alone") == 100
    assert steps(planned, "shared") == 500
    tuned = {**arms, "tuned": {"tasks": ["few"], "starts_from": "many alone", "set": {"transfer.run": "x"}}}
    assert steps(plan(tuned, {"equal": "exposures", "target": "few"}), "tuned") == 100


def test_compute_is_that_of_all_networks_of_the_baseline_together() -> None:
    planned = plan({"apart": PAIRED, **ALONE, "shared": {}}, {"equal": "compute"})
    assert steps(planned, "few alone") == steps(planned, "many alone") == 100
    assert 195 <= (steps(planned, "shared") or 0) <= 200  # a head more than each of the two


def test_what_a_network_starts_from_counts() -> None:
    arms = {"apart": PAIRED, **ALONE, "tuned": {"starts_from": "many alone", "set": {"transfer.run": "x"}}}
    planned = plan(arms, {"equal": "compute"})
    assert 97 <= (steps(planned, "tuned") or 0) <= 100
    alone = {**ALONE, "tuned": {"starts_from": "few alone", "set": {"transfer.run": "x"}}}
    with pytest.raises(UsageError, match="arm 'tuned': the network that it starts from takes all of the budget"):
        plan({"few alone": alone.pop("few alone"), **alone}, {"equal": "exposures", "target": "few"})


def test_epochs_count_the_cases_that_have_a_label_of_the_arm() -> None:
    arms = {"many alone": {"tasks": ["many"]}, "few alone": {"tasks": ["few"]}}
    with pytest.raises(UsageError, match="arm 'many alone' takes 20 steps of 4 patches and arm 'few alone' 5 of 4"):
        plan(arms, {}, **{"training.steps": None, "training.epochs": 4})


def test_a_budget_is_part_of_the_study_and_steps_are_the_default() -> None:
    arms = {**ALONE, "shared": {}}
    configured, compute = plan(arms, {}), plan(arms, {"equal": "compute"})
    assert steps(configured, "shared") == 100
    assert configured.study.fingerprint() != compute.study.fingerprint()
    assert "budget" not in configured.study.model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("arms", "budget", "said"),
    [
        ({**ALONE, "all": {}}, {"equal": "exposures", "target": "fw"}, "the study asks no task 'fw'; known: many, few"),
        (
            {"grid": {"grid": {"key": "training.learning_rate", "values": [0.1, 0.2]}}, "shared": {}},
            {"equal": "compute"},
            "the baseline 'grid' is no network that is trained from scratch without a grid",
        ),
    ],
)  # fmt: skip
def test_a_budget_that_nobody_sets_is_refused(arms: Mapping[str, Any], budget: Mapping[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan(arms, budget)


@pytest.mark.parametrize("budget", [{"equal": "exposures"}, {"equal": "compute", "target": "few"}])
def test_exposures_alone_have_a_target(budget: Mapping[str, Any]) -> None:
    with pytest.raises(ValueError, match="a target is what exposures are of"):
        plan({**ALONE, "shared": {}}, budget)
