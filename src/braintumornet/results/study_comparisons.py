"""What a study compares: which metrics, each against which arm, over the splits that all arms have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.metrics.marker_answers import MACRO
from braintumornet.results.split_means import AUC, DICE
from braintumornet.statistics.compare import compare
from braintumornet.statistics.comparison import Comparison
from braintumornet.statistics.comparison_settings import ComparisonSettings
from braintumornet.studies.plan import Plan
from braintumornet.studies.study_arms import ClinicalBaselineArm, TaskEnsembleArm, TrainedArm
from braintumornet.studies.study_file import VAL

RUN = ["split", "replicate", "seed"]


@dataclass(frozen=True)
class PartComparison:
    """The arms of a part against the baseline.

    Args:
        comparison: None where there is nothing to compare.
        why_not: the reason.
        left_out: splits and seeds that not all arms have, because a job failed or is not done.
    """

    part: str
    metric: str
    comparison: Comparison | None
    why_not: str
    left_out: tuple[str, ...]


def choose_baselines(plan: Plan) -> dict[str, str]:
    """Return what a study compares: metric -> arm that the others are compared with.

    Outlines are compared by Dice and markers by AUC; another kind of task names its metric itself (`Task.compared`).
    """
    others = dict.fromkeys(task.compared for task in plan.study.config().tasks if task.compared not in ("", DICE, AUC))
    own = {metric: _first_with_metric(plan, metric) for metric in others}
    return {DICE: plan.study.first, AUC: _marker_baseline(plan), **own}


def compare_parts(plan: Plan, scores: Mapping[str, Scores], baselines: Mapping[str, str]) -> list[PartComparison]:
    """Compare the arms in each part but the validation set, which chose among networks.

    Args:
        plan: of the study.
        scores: part -> scores of all arms.
        baselines: metric -> arm that the others are compared with.
    """
    first = plan.study.arms[plan.study.first]
    same = {(arm, task) for task, arm in first.members.items()} if isinstance(first, TaskEnsembleArm) else set()
    return [
        compare_part(table, part, metric, baseline, plan.test_share, same)
        for part, table in scores.items()
        if part != VAL
        for metric, baseline in baselines.items()
        if (table.frame["metric"] == metric).any()
    ]


def _first_with_metric(plan: Plan, metric: str) -> str:
    """Return the first arm with a task that is compared by a metric, the study's baseline before all others."""
    arms = (name for name in (plan.study.first, *plan.study.arms) if isinstance(plan.study.arms[name], TrainedArm))
    tasks_of = ((name, plan.study.arm_config(name, 0).tasks) for name in arms)
    return next((name for name, tasks in tasks_of if any(t.compared == metric for t in tasks)), plan.study.first)


def _marker_baseline(plan: Plan) -> str:
    """Return what markers are compared with: the study's baseline where it tells any, else the regression on facts."""
    arms = plan.study.arms
    markers = [question.task for question in plan.study.questions() if question.kind == "classification"]
    first = arms[plan.study.first]
    tells = (
        {task.name for task in plan.study.arm_config(plan.study.first, 0).tasks} if first.kind == "trained" else None
    )
    if tells is None or tells.intersection(markers):
        return plan.study.first
    return next((name for name, arm in arms.items() if isinstance(arm, ClinicalBaselineArm)), plan.study.first)


def compare_part(
    scores: Scores,
    part: str,
    metric: str,
    baseline: str,
    test_share: float,
    same: Collection[tuple[str, str]] = (),
) -> PartComparison:
    """Compare all arms of a part with the baseline, over the splits that all of them have.

    Args:
        scores: of all arms.
        part: whose they are.
        metric: such as `dice`.
        baseline: arm; where it has no such value, the first that has.
        test_share: patients tested over patients that train.
        same: arms and tasks whose answers are the baseline's own, so that there is nothing to compare.
    """
    rows = scores.select(metric=metric, **({"structure": MACRO} if metric == AUC else {})).frame
    rows = rows[[place not in same for place in zip(rows["arm"], rows["task"], strict=True)]]
    # of an arm of parts one task may be done and another not
    runs = rows.drop_duplicates(["arm", "task", *RUN]).groupby(RUN).size()
    everywhere = runs[runs == len(rows[["arm", "task"]].drop_duplicates())].index
    left_out = tuple(map(_name_run, runs.index.difference(everywhere)))
    common = rows[rows.set_index(RUN).index.isin(everywhere)]
    arms = [*rows["arm"].unique(), baseline]
    settings = ComparisonSettings(
        metric=metric, baseline=baseline if baseline in arms[:-1] else arms[0], test_share=test_share
    )
    try:
        found = compare(Scores(common), settings=settings)
    except BrainTumorNetError as error:
        return PartComparison(part, metric, None, str(error), left_out)
    known = tuple(f"{arm}, {task} " for arm, task in same)
    notes = tuple(note for note in found.notes if not (known and note.startswith(known)))
    return PartComparison(part, metric, replace(found, notes=notes), "", left_out)


def _name_run(run: tuple[str, str, str]) -> str:
    split, replicate, seed = run
    return f"split {split}" + (f", replicate {replicate}" if replicate else "") + f", seed {seed}"
