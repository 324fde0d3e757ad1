"""What a study comes to: the table of the papers, and a comparison with the baseline for every part."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan
from statistics import mean

from braintumornet.core.text.errors import BrainTumorNetError
from braintumornet.metrics.marker_answers import MACRO
from braintumornet.statistics.arm_scores import Row
from braintumornet.statistics.compare import Comparison, compare, name_place
from braintumornet.statistics.comparison_question import Question
from braintumornet.statistics.metric_direction import Better, better_values

DICE, AUC = "dice", "auc"


@dataclass(frozen=True)
class ArmColumn:
    """One arm in a task and structure.

    Args:
        by_split: mean over the seeds, of the mean over patients; NaN where it is not defined or not done.
        mean: over the splits.
        wins: splits in which it is better than the baseline; None for the baseline, or where nothing can be compared.
        elsewhere: it was scored on other cases than the baseline, as an arm is that validates on cases of its own.
    """

    arm: str
    by_split: tuple[float, ...]
    mean: float
    wins: int | None
    elsewhere: bool = False


@dataclass(frozen=True)
class PaperTable:
    """A table as the papers have it: splits down, arms across.

    Args:
        part: `val`, `test`, or the name of a fixed cohort.
        task, structure, metric: what is in it.
        splits: names of its rows.
        columns: arms that have a value.
        baseline: the arm among them that the others are compared with; "" where it has no value here.
    """

    part: str
    task: str
    structure: str
    metric: str
    splits: tuple[str, ...]
    columns: tuple[ArmColumn, ...]
    baseline: str = ""

    @property
    def about(self) -> str:
        """Task and structure."""
        return name_place(self.task, self.structure if self.structure != MACRO else "")


def paper_tables(rows: Sequence[Row], part: str, baseline: str) -> list[PaperTable]:
    """Return a table of Dice for each task and structure, and one of the AUC for each marker.

    Example:
        >>> rows = [
        ...     Row(0, arm, split, "0", "a", "a", "tumour", "WT", "dice", value, "")
        ...     for arm, values in (("single", (0.7, 0.8)), ("multi", (0.8, 0.8)))
        ...     for split, value in zip("12", values)
        ... ]
        >>> (table,) = paper_tables(rows, "test", "single")
        >>> [(column.arm, round(column.mean, 2), column.wins) for column in table.columns]
        [('single', 0.75, None), ('multi', 0.8, 1)]
    """
    wanted = [row for row in rows if row.metric == DICE or (row.metric == AUC and row.structure == MACRO)]
    places = dict.fromkeys((row.task, row.structure, row.metric) for row in wanted)
    return [_table(place, wanted, part, baseline) for place in places]


def _table(place: tuple[str, str, str], rows: Sequence[Row], part: str, baseline: str) -> PaperTable:
    own = [row for row in rows if (row.task, row.structure, row.metric) == place]
    splits = tuple(dict.fromkeys(row.split for row in own))
    arms = list(dict.fromkeys(row.arm for row in own))
    values = {arm: tuple(_value(own, arm, split) for split in splits) for arm in arms}
    cases = {arm: {(row.split, row.case) for row in own if row.arm == arm} for arm in arms}
    columns = []
    for arm in arms:
        elsewhere = baseline in arms and _differ(cases[arm], cases[baseline])
        compared = arm != baseline and baseline in arms and not elsewhere
        wins = _wins(values[arm], values[baseline], place[2]) if compared else None
        columns.append(ArmColumn(arm, values[arm], _mean(values[arm]), wins, elsewhere))
    return PaperTable(part, *place, splits, tuple(columns), baseline if baseline in arms else "")


def _differ(cases: set[tuple[str, str]], others: set[tuple[str, str]]) -> bool:
    """Say whether a split that both have was scored on different cases."""
    both = {split for split, _ in cases} & {split for split, _ in others}
    return {one for one in cases if one[0] in both} != {one for one in others if one[0] in both}


def _value(rows: Sequence[Row], arm: str, split: str) -> float:
    """Return the mean over the seeds of the mean over patients."""
    own = [row for row in rows if row.arm == arm and row.split == split]
    seeds: dict[str, dict[str, list[float]]] = {}
    for row in own:
        if isfinite(row.value):
            seeds.setdefault(row.seed, {}).setdefault(row.patient, []).append(row.value)
    return _mean([mean(mean(values) for values in patients.values()) for patients in seeds.values()])


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if isfinite(value)]
    return mean(known) if known else nan


def _wins(values: Sequence[float], baseline: Sequence[float], metric: str) -> int:
    higher = better_values(metric) is not Better.LOWER
    pairs = [(a, b) for a, b in zip(values, baseline, strict=True) if isfinite(a) and isfinite(b)]
    return sum(round(a - b, 12) > 0 if higher else round(b - a, 12) > 0 for a, b in pairs)


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


def compare_part(
    rows: Sequence[Row],
    part: str,
    metric: str,
    baseline: str,
    test_share: float,
    same: Collection[tuple[str, str]] = (),
) -> PartComparison:
    """Compare all arms of a part with the baseline, over the splits that all of them have.

    Args:
        rows: of all arms.
        part: whose they are.
        metric: such as `dice`.
        baseline: arm; where it has no such value, the first that has.
        test_share: patients tested over patients that train.
        same: arms and tasks whose answers are the baseline's own, so that there is nothing to compare.
    """
    compared = [row for row in rows if (row.arm, row.task) not in same]
    own = [row for row in compared if row.metric == metric and (metric != AUC or row.structure == MACRO)]
    arms = list(dict.fromkeys(row.arm for row in own))
    done: dict[tuple[str, str], set[tuple[str, str]]] = {}  # of an arm of parts one task may be done and another not
    for row in own:
        done.setdefault((row.arm, row.task), set()).add((row.split, row.seed))
    everywhere = set.intersection(*done.values()) if done else set()
    lost = sorted(set().union(*done.values()) - everywhere)
    left_out = tuple(f"split {split}, seed {seed}" for split, seed in lost)
    common = [row for row in own if (row.split, row.seed) in everywhere]
    chosen = baseline if baseline in arms else (arms[0] if arms else baseline)
    try:
        found = compare(common, Question(metric=metric, baseline=chosen, test_share=test_share))
        known = tuple(f"{arm}, {task} " for arm, task in same)
        notes = tuple(note for note in found.notes if not (known and note.startswith(known)))
        return PartComparison(part, metric, replace(found, notes=notes), "", left_out)
    except BrainTumorNetError as error:
        return PartComparison(part, metric, None, str(error), left_out)


def mean_by_patient(rows: Sequence[Row], arm: str, task: str, structure: str, metric: str = DICE) -> dict[str, float]:
    """Return patient -> mean over the splits and seeds that tested them."""
    found: dict[str, list[float]] = {}
    for row in rows:
        if (row.arm, row.task, row.structure, row.metric) == (arm, task, structure, metric) and isfinite(row.value):
            found.setdefault(row.patient, []).append(row.value)
    return {patient: mean(values) for patient, values in found.items()}
