"""What a comparison comes to, in plain words."""

from enum import StrEnum

from braintumornet.statistics.paired_tests import ALPHA


class Verdict(StrEnum):
    """What can be said of an arm against the baseline."""

    HELPS = "helps"
    NOTHING_SHOWN = "no difference shown"
    NEGATIVE_TRANSFER = "negative transfer"
    EQUIVALENT = "equivalent"
    ONE_SPLIT = "no verdict: one split"
    NO_SPREAD = "no verdict: no spread"


def decide(gain: float, p: float | None, p_equivalence: float | None = None) -> Verdict:
    """Return the verdict.

    Args:
        gain: mean difference, above 0 where the arm is better.
        p: of the corrected test, adjusted for the number of comparisons; None where there is only one split, which
            cannot tell what another training set would give.
        p_equivalence: of the test of equivalence, adjusted likewise; None where no margin was asked for.

    Example:
        >>> decide(0.028, 0.40)
        <Verdict.NOTHING_SHOWN: 'no difference shown'>
        >>> decide(-0.03, 0.01)
        <Verdict.NEGATIVE_TRANSFER: 'negative transfer'>
    """
    if p is None:
        return Verdict.ONE_SPLIT
    if p <= ALPHA:
        return Verdict.HELPS if gain > 0 else Verdict.NEGATIVE_TRANSFER
    if p_equivalence is not None and p_equivalence <= ALPHA:
        return Verdict.EQUIVALENT
    return Verdict.NOTHING_SHOWN
