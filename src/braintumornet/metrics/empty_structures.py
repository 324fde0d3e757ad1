"""What a score means where a structure is empty: one table for every metric and every report."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from braintumornet.core.score_notes import NOT_ASSESSED
from braintumornet.core.space import Space


class EmptyRule(StrEnum):
    """The rule for empty structures of a metric; the last is for metrics that an empty mask does not disturb."""

    OVERLAP = "overlap"
    DISTANCE = "distance"
    AS_MEASURED = "as_measured"


@dataclass(frozen=True)
class EmptyOutcome:
    """The scores of a structure that is empty somewhere.

    Args:
        note: what the row says.
        overlap: what is given for Dice, surface Dice, sensitivity and precision.
        hd95_diagonals: the HD95 given: 0 mm, or 1 for the image's diagonal.
    """

    note: str
    overlap: float
    hd95_diagonals: int

    def value(self, rule: EmptyRule, space: Space) -> float:
        """Return what is given to a metric of a rule, for masks of an image of this grid."""
        return self.overlap if rule is EmptyRule.OVERLAP else self.hd95_diagonals * space.diagonal_mm


# The diagonal is longer than any distance between two voxels: an empty prediction is never the better one.
BOTH_EMPTY = EmptyOutcome("empty in both", overlap=1.0, hd95_diagonals=0)
TRUTH_EMPTY = EmptyOutcome("empty in truth: false alarm", overlap=0.0, hd95_diagonals=1)
PREDICTION_EMPTY = EmptyOutcome("empty in prediction: missed", overlap=0.0, hd95_diagonals=1)
REFUSED = EmptyOutcome(NOT_ASSESSED, overlap=0.0, hd95_diagonals=1)  # whatever the truth: answering less never wins


def find_outcome(truth: np.ndarray, prediction: np.ndarray) -> EmptyOutcome | None:
    """Return the policy's outcome for two masks, or None where neither is empty.

    Args:
        truth: boolean array of any shape.
        prediction: boolean array of any shape.

    Example:
        >>> find_outcome(np.zeros(3, bool), np.ones(3, bool)).note
        'empty in truth: false alarm'
    """
    if truth.any():
        return None if prediction.any() else PREDICTION_EMPTY
    return TRUTH_EMPTY if prediction.any() else BOTH_EMPTY


def describe_policy() -> tuple[str, ...]:
    """Return the policy as lines for a report.

    Example:
        >>> describe_policy()[0]
        'empty in both; Dice, surface Dice, sensitivity and precision 1, HD95 0 mm'
    """
    return tuple(
        f"{outcome.note}; Dice, surface Dice, sensitivity and precision {outcome.overlap:g}, "
        f"HD95 {'the image diagonal in' if outcome.hd95_diagonals else '0'} mm"
        for outcome in (BOTH_EMPTY, TRUTH_EMPTY, PREDICTION_EMPTY, REFUSED)
    )
