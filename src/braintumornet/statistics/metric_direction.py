"""Which way a metric is better: larger, or smaller."""

from enum import StrEnum

from braintumornet.core.text.errors import UsageError
from braintumornet.core.text.names import suggest

# How often a class was told, or the points of a curve, are neither good nor bad; a baseline's score is no arm's.
NEITHER_WORDS = frozenset({"baseline", "predicted", "reliability"})
HIGHER_WORDS = frozenset(
    {
        *("accuracy", "auc", "dice", "f1", "found", "iou", "jaccard", "nsd", "precision", "recall", "sensitivity"),
        "specificity",
    }
)
# A signed difference, as of volumes, is best at zero: its size is what counts.
SIGNED_WORDS = frozenset({"difference"})
LOWER_WORDS = SIGNED_WORDS | {"assd", "brier", "ece", "error", "false", "hd", "hd95", "loss", "missed"}


class Better(StrEnum):
    """Which values of a metric are the better ones."""

    HIGHER = "higher"
    LOWER = "lower"


def parse_better(text: str) -> Better:
    """Return what a person means by `higher` or `lower`.

    Raises:
        UsageError: it is neither.
    """
    if text not in list(Better):
        msg = f"--better is {text!r}; {suggest(text, Better)}"
        raise UsageError(msg)
    return Better(text)


def better_values(metric: str) -> Better | None:
    """Return which values of a metric are better, by the words of its name; None where they do not tell.

    Example:
        >>> [better_values(name) for name in ("dice", "lesion_hd95_mm", "volume_truth_ml")]
        [<Better.HIGHER: 'higher'>, <Better.LOWER: 'lower'>, None]
    """
    words = set(metric.lower().split("_"))
    if words & NEITHER_WORDS:
        return None
    if words & LOWER_WORDS:
        return Better.LOWER
    return Better.HIGHER if words & HIGHER_WORDS else None


def is_signed(metric: str) -> bool:
    """Tell whether a metric has a sign that only says to which side it is off.

    Example:
        >>> is_signed("volume_difference_ml")
        True
    """
    return bool(SIGNED_WORDS & set(metric.lower().split("_")))
