"""What the rules for empty structures changed in a study."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

from braintumornet.core.score_notes import NO_PREDICTION
from braintumornet.metrics.empty_structures import EMPTY_POLICY
from braintumornet.results.outcome import DICE, paper_tables
from braintumornet.statistics.arm_scores import Row

NOTES = (EMPTY_POLICY.both.note, EMPTY_POLICY.truth.note, EMPTY_POLICY.prediction.note, NO_PREDICTION)


@dataclass(frozen=True)
class Emptied:
    """The Dice of an arm with and without the rows that a rule decided.

    Args:
        rows: how many there are.
        decided: how many of them each rule decided, in the order of `NOTES`.
        dice: mean over the splits.
        without: the same, had these rows not been there; NaN where no other is left.
    """

    arm: str
    task: str
    structure: str
    rows: int
    decided: tuple[int, ...]
    dice: float
    without: float


def list_emptied(rows: Sequence[Row], part: str, baseline: str) -> list[Emptied]:
    """Return what the rules changed, for each arm and structure with an empty mask somewhere.

    Args:
        rows: of a part.
        part: its name.
        baseline: of the study.

    Example:
        >>> row = lambda case, dice, note: Row(0, "a", "1", "0", case, case, "tumour", "ET", "dice", dice, note)
        >>> rows = [row("x", 0.6, ""), row("y", 1.0, "empty in both")]
        >>> [(one.decided, one.dice, one.without) for one in list_emptied(rows, "test", "a")]
        [((1, 0, 0, 0), 0.8, 0.6)]
    """
    own = [row for row in rows if row.metric == DICE]
    kept = [row for row in own if not _decided(row)]
    left = {
        (table.task, table.structure, column.arm): column.mean
        for table in paper_tables(kept, part, baseline)
        for column in table.columns
    }
    found = []
    for table in paper_tables(own, part, baseline):
        for column in table.columns:
            place = (table.task, table.structure, column.arm)
            here = [row for row in own if (row.task, row.structure, row.arm) == place]
            decided = tuple(sum(_decided(row) == note for row in here) for note in NOTES)
            if any(decided):
                about = (column.arm, table.task, table.structure)
                found.append(Emptied(*about, len(here), decided, column.mean, left.get(place, nan)))
    return found


def _decided(row: Row) -> str:
    """Return the note of the rule that decided a row, or nothing."""
    notes = row.note.split("; ")
    return next((note for note in NOTES if note in notes), "")
