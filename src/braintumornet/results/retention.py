"""What each arm lost of every task against a network of its own for each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from statistics import mean

from braintumornet.results.outcome import DICE, ArmColumn, PaperTable
from braintumornet.studies.study_arms import PartsArm
from braintumornet.studies.study_file import Study


@dataclass(frozen=True)
class Kept:
    """What an arm reaches on one structure of a task, and what it lost.

    Args:
        part: whose cases: those of a side of the splits, or of a fixed cohort.
        mean: over the splits.
        lost: mean of the arm with a network for each task, minus this one's, over the splits that both have; below
            zero it gained, NaN where there is nothing to compare.
    """

    arm: str
    part: str
    task: str
    structure: str
    mean: float
    lost: float


def task_specific(study: Study) -> str:
    """Return the arm that has a network of its own for each task; "" where the study has none."""
    return next((name for name, arm in study.arms.items() if isinstance(arm, PartsArm)), "")


def list_retention(tables: Sequence[PaperTable], parts: Collection[str], reference: str) -> list[Kept]:
    """Return what every arm keeps of each structure.

    Args:
        tables: of all parts.
        parts: the test side, or fixed cohorts.
        reference: arm with a network for each task; "" where there is none.

    Example:
        >>> columns = (ArmColumn("own", (0.8, 0.9), 0.85, None), ArmColumn("multi-task", (0.7, 0.9), 0.8, 0))
        >>> table = PaperTable("test", "mets", "TC", "dice", ("1", "2"), columns)
        >>> [(row.arm, row.mean, round(row.lost, 2)) for row in list_retention([table], ["test"], "own")]
        [('own', 0.85, 0.0), ('multi-task', 0.8, 0.05)]
    """
    rows = []
    for table in tables:
        if table.part in parts and table.metric == DICE:
            own = next((column for column in table.columns if column.arm == reference), None)
            rows += [
                Kept(column.arm, table.part, table.task, table.structure, column.mean, _lost(column, own))
                for column in table.columns
            ]
    return rows


def _lost(column: ArmColumn, own: ArmColumn | None) -> float:
    if own is None:
        return nan
    pairs = zip(own.by_split, column.by_split, strict=True)
    lost = [theirs - ours for theirs, ours in pairs if isfinite(theirs) and isfinite(ours)]
    return mean(lost) if lost else nan
