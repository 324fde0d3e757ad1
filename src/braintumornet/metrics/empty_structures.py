"""What a score means where a structure is empty: one table for every metric and every report."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from braintumornet.core.space import Space


class EmptyRule(StrEnum):
    """Which column of the table holds for a metric; the last one for those that an empty mask does not disturb."""

    OVERLAP = "overlap"
    DISTANCE = "distance"
    AS_MEASURED = "as_measured"


@dataclass(frozen=True)
class EmptyOutcome:
    """The scores of a structure that is empty somewhere.

    Args:
        note: what the row says.
        overlap: what is given for Dice, surface Dice, sensitivity and precision.
        hd95_diagonals: the HD95 given, as a multiple of the image's diagonal.
    """

    note: str
    overlap: float
    hd95_diagonals: float

    def value(self, rule: EmptyRule, space: Space) -> float:
        """Return what is given to a metric of a rule, for masks of an image of this grid."""
        return self.overlap if rule is EmptyRule.OVERLAP else self.hd95_diagonals * space.diagonal_mm


@dataclass(frozen=True)
class EmptyPolicy:
    """The outcomes of the three ways in which a structure can be empty."""

    both: EmptyOutcome
    truth: EmptyOutcome
    prediction: EmptyOutcome


# The diagonal is longer than any distance between two voxels: an empty prediction is never the better one.
EMPTY_POLICY = EmptyPolicy(
    both=EmptyOutcome("empty in both", overlap=1.0, hd95_diagonals=0.0),
    truth=EmptyOutcome("empty in truth: false alarm", overlap=0.0, hd95_diagonals=1.0),
    prediction=EmptyOutcome("empty in prediction: missed", overlap=0.0, hd95_diagonals=1.0),
)


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
        return None if prediction.any() else EMPTY_POLICY.prediction
    return EMPTY_POLICY.truth if prediction.any() else EMPTY_POLICY.both


def describe_policy() -> tuple[str, ...]:
    """Return the policy as lines for a report.

    Example:
        >>> describe_policy()[0]
        'empty in both; Dice, surface Dice, sensitivity and precision 1, HD95 0 mm'
    """
    outcomes = (EMPTY_POLICY.both, EMPTY_POLICY.truth, EMPTY_POLICY.prediction)
    return tuple(
        f"{outcome.note}; Dice, surface Dice, sensitivity and precision {outcome.overlap:g}, "
        f"HD95 {_describe_distance(outcome.hd95_diagonals)}"
        for outcome in outcomes
    )


def _describe_distance(diagonals: float) -> str:
    if diagonals == 0:
        return "0 mm"
    return "the image diagonal in mm" if diagonals == 1 else f"{diagonals:g} image diagonals in mm"
