"""What the rules for empty structures changed in a study."""

import pandas as pd

from braintumornet.core.score_notes import NO_PREDICTION, NOT_ASSESSED
from braintumornet.core.scores import Scores
from braintumornet.metrics.empty_structures import BOTH_EMPTY, PREDICTION_EMPTY, TRUTH_EMPTY
from braintumornet.results.split_means import DICE, arm_means, split_means

NOTES = [BOTH_EMPTY.note, TRUTH_EMPTY.note, PREDICTION_EMPTY.note, NO_PREDICTION, NOT_ASSESSED]


def list_emptied(scores: Scores, part: str) -> pd.DataFrame:
    """Return the Dice with and without the rows that a rule decided, where an arm has such a row in a structure.

    Args:
        scores: of a part.
        part: its name.

    Returns:
        task, structure, arm, mean (over the splits), without (the same, had these rows not been there; NaN where no
        other is left), rows (how many there are), and for each of `NOTES` how many of them it decided.

    Example:
        >>> about = {"arm": "a", "task": "tumour", "structure": "ET", "metric": "dice"}
        >>> given = (("x", 0.6, ""), ("y", 1.0, "empty in both"))
        >>> rows = ({**about, "case_id": case, "value": value, "note": note} for case, value, note in given)
        >>> list_emptied(Scores.of(rows), "test")[["mean", "without", "rows", "empty in both"]].values.tolist()
        [[0.8, 0.6, 2.0, 1.0]]
    """
    place = ["task", "structure", "arm"]
    rows = scores.select(metric=DICE).frame
    rules = rows["note"].map(_decided)
    means, left = (arm_means(split_means(Scores(each), part), {}) for each in (rows, rows[rules == ""]))
    counts = rows.groupby([*place, rules.rename("rule")]).size().unstack("rule", fill_value=0)
    counts = counts.assign(rows=counts.sum(axis=1)).reindex(columns=["rows", *NOTES], fill_value=0)
    found = means[[*place, "mean"]].join(left.set_index(place)["mean"].rename("without"), on=place)
    found = found.join(counts, on=place)
    return found[found[NOTES].any(axis=1)].reset_index(drop=True)


def _decided(note: str) -> str:
    """Return the note of the rule that decided a row, or nothing."""
    notes = note.split("; ")
    return next((rule for rule in NOTES if rule in notes), "")
