"""All that a study has found so far, ready to be shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from braintumornet.core.text.names import is_phantom
from braintumornet.results.collect_scores import collect_costs, collect_rows
from braintumornet.results.outcome import AUC, DICE, PaperTable, PartComparison, compare_part, paper_tables
from braintumornet.statistics.arm_scores import Row
from braintumornet.studies.plan import Plan
from braintumornet.studies.study_arms import FactsArm, PartsArm
from braintumornet.studies.study_file import VAL
from braintumornet.studies.study_folder import StudyFolder


@dataclass(frozen=True)
class StudyResult:
    """What a study has found.

    Args:
        rows: part -> scores of all arms.
        tables: as the papers have them, for every part.
        comparisons: of the arms, for every part but the validation, which chose among networks.
        costs: arm -> what each of its networks costs.
        phantoms: whether all cases that were scored are synthetic.
    """

    rows: Mapping[str, Sequence[Row]]
    tables: tuple[PaperTable, ...]
    comparisons: tuple[PartComparison, ...]
    costs: Mapping[str, Sequence[Mapping[str, Any]]]
    phantoms: bool


def read_result(plan: Plan, folder: StudyFolder) -> StudyResult:
    """Read the scores of the jobs that are done, and compare the arms.

    Raises:
        InputError: a file is damaged.
    """
    share, same = plan.test_share, _answers_of(plan.study.arms[plan.study.first])
    baselines = {DICE: plan.study.first, AUC: _marker_baseline(plan)}
    rows = {part: collect_rows(plan, folder, part) for part in plan.parts}
    tables = [
        table
        for part in plan.parts
        for metric, baseline in baselines.items()
        for table in paper_tables([row for row in rows[part] if row.metric == metric], part, baseline)
    ]
    comparisons = [
        compare_part(rows[part], part, metric, baseline, share, same)
        for part in plan.parts
        if part != VAL
        for metric, baseline in baselines.items()
        if any(row.metric == metric for row in rows[part])
    ]
    cases = [case for cohort in (plan.cohort, *plan.unseen.values()) for case in cohort]
    synthetic = all(is_phantom(case.cohort) for case in cases)
    return StudyResult(rows, tuple(tables), tuple(comparisons), collect_costs(plan, folder), synthetic)


def _marker_baseline(plan: Plan) -> str:
    """Return what markers are compared with: the study's baseline where it tells any, else the regression on facts."""
    arms = plan.study.arms
    markers = [question.task for question in plan.study.questions() if not question.regions]
    first = arms[plan.study.first]
    tells = (
        {task.name for task in plan.study.arm_config(plan.study.first, 0).tasks} if first.kind == "trained" else None
    )
    if tells is None or tells.intersection(markers):
        return plan.study.first
    return next((name for name, arm in arms.items() if isinstance(arm, FactsArm)), plan.study.first)


def _answers_of(arm: object) -> set[tuple[str, str]]:
    """Return the arms and tasks whose answers are the baseline's own, so that there is nothing to compare."""
    return {(other, task) for task, other in arm.parts.items()} if isinstance(arm, PartsArm) else set()
