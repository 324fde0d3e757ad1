"""Settings of a comparison of any table: metric, baseline, test share; a study chooses its own in `results`."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from braintumornet.core.metric import Better, find_metric
from braintumornet.core.text.errors import InputError, UsageError, require
from braintumornet.core.text.names import require_among, suggest
from braintumornet.statistics.paired_values import Pairs

USUAL_METRIC = "dice"
UNNAMED_METRIC = "value"
INDEPENDENT = "each split is a replicate with cases of its own"
USUAL_TEST_SHARE = 15 / 70  # of splits where the configuration does not say otherwise, and of the pLGG paper


@dataclass(frozen=True)
class ComparisonSettings:
    """What to compare, and how.

    Args:
        metric: default `dice`, or the only one of the table.
        baseline: the arm that the others are compared with; default the first of the table.
        test_share: n_test / n_train of a split; default read from the table where it is a cross-validation, 0 where
            splits are independent replicates, else 15/70.
        margin: effects within it count as none; asks for the test of equivalence.
        better: which values are better, where no installed metric of this name tells.

    Raises:
        UsageError: the margin is no number above 0.
    """

    metric: str | None = None
    baseline: str | None = None
    test_share: float | None = None
    margin: float | None = None
    better: Better | None = None

    def __post_init__(self) -> None:
        if self.margin is not None and not 0 < self.margin < inf:
            msg = f"the margin is {self.margin:g}; expected a number above 0 in the unit of the metric"
            raise UsageError(msg)


def parse_test_share(text: str) -> float:
    """Return n_test / n_train from a fraction or a decimal number.

    Raises:
        UsageError: it is none, or not above 0.

    Example:
        >>> parse_test_share("15/60")
        0.25
    """
    above, _, below = text.partition("/")
    try:
        share = float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError):
        share = 0.0
    require(
        share > 0 and isfinite(share),
        f"--test-share is {text!r}; expected test over training patients of a split, such as 15/70",
        UsageError,
    )
    return share


def parse_better(text: str) -> Better:
    """Return what a person means by `higher` or `lower`.

    Raises:
        UsageError: it is neither.
    """
    require_among(text, list(Better), f"--better is {text!r}")
    return Better(text)


def choose_metric(names: Sequence[str], wanted: str | None) -> str:
    """Return the metric to compare, of those of the table; "" where the table does not name it.

    Raises:
        InputError: the table is empty.
        UsageError: the table does not have it, or has several and none was asked for.
    """
    require(names, "the table has no row; expected the values of two or more arms")
    if list(names) == [""]:
        return ""
    if wanted is None and USUAL_METRIC in names:
        return USUAL_METRIC
    require(
        wanted is not None or len(names) == 1,
        f"the table has the metrics {', '.join(filter(None, names))}; choose one with --metric",
        UsageError,
    )
    if wanted is not None and wanted not in names:
        msg = f"the table has no metric {wanted!r}; {suggest(wanted, filter(None, names))}"
        raise UsageError(msg)
    return names[0] if wanted is None else wanted


def choose_direction(metric: str, wanted: Better | None) -> tuple[Better, bool]:
    """Return which values of a metric are better, higher where it has no name; and whether only their size counts.

    Raises:
        UsageError: it is not installed, or neither values are better, and nobody said so.
    """
    known = find_metric(metric)
    better = wanted or (Better.HIGHER if metric == UNNAMED_METRIC else known.better if known else None)
    if better is None:
        msg = f"whether higher or lower values of {metric!r} are better is not known; say so with --better"
        raise UsageError(msg)
    return better, known is not None and known.signed


def choose_baseline(arms: Sequence[str], wanted: str | None) -> str:
    """Return the arm that the others are compared with, of those of the table; default the first.

    Raises:
        InputError: there is only one arm, or none.
        UsageError: the table does not have the one that was asked for.
    """
    if len(arms) < 2:
        found = f"one arm, {arms[0]!r}" if arms else "no row"
        msg = f"the table has {found}; expected the rows of two or more arms on the same patients"
        raise InputError(msg)
    if wanted is not None and wanted not in arms:
        msg = f"the table has no arm {wanted!r}; {suggest(wanted, arms)}"
        raise UsageError(msg)
    return wanted or arms[0]


def choose_test_share(wanted: float | None, pairs: Sequence[Pairs]) -> tuple[float, str]:
    """Return n_test / n_train of a split, and where it comes from."""
    if wanted:
        return wanted, "stated"
    if all(each.independent for each in pairs):
        return 0.0, INDEPENDENT
    folds = {len(each.splits) if each.tested_once else 0 for each in pairs}
    if len(folds) == 1 and (number := folds.pop()):
        return 1 / (number - 1), f"each patient is tested once, as in a {number}-fold cross-validation"
    return USUAL_TEST_SHARE, "15/70 assumed; state yours with --test-share"
