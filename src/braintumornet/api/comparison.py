"""Arms, compared by their scores."""

from dataclasses import dataclass

from braintumornet.core import scores as core
from braintumornet.core.metric import Better
from braintumornet.statistics import comparison as statistics
from braintumornet.statistics.compare import compare as compare_arms
from braintumornet.statistics.comparison_settings import ComparisonSettings


@dataclass(frozen=True)
class Comparison(statistics.Comparison):
    """The comparison of every arm with the baseline; a notebook shows effects, intervals and verdicts.

    Args:
        metric: metric that was compared; `value` if the table does not name it.
        better: which values of the metric are better.
        baseline: arm that the others are compared with.
        baseline_source: how the baseline was chosen.
        test_share: ratio of test to training patients in a split, by which intervals are corrected.
        test_share_source: where that ratio comes from.
        margin: effects within it count as none; None if equivalence was not asked for.
        results: one result per arm, task and structure; `frame` holds the same as a pandas DataFrame.
        notes: what was left out or assumed.

    Example:
        >>> from braintumornet import Scores
        >>> tables = [Scores.of([{"split": 1, "metric": "dice", "value": value}]) for value in (0.7, 0.8)]
        >>> found = compare(single=tables[0], multi=tables[1])
        >>> isinstance(found, Comparison), found.baseline, round(found.results[0].difference, 3)
        (True, 'single', 0.1)
    """

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import comparison_html

        return comparison_html(self)


def compare(
    *scores: core.Scores,
    metric: str | None = None,
    baseline: str | None = None,
    test_share: float | None = None,
    margin: float | None = None,
    better: Better | None = None,
    **arms: core.Scores,
) -> Comparison:
    """Compare arms on the same splits and patients, and say whether one helps and what the study could have shown.

    Args:
        scores: one table of two or more arms, or one table per arm.
        metric: metric to compare; default: `dice`, or the only one in the table.
        baseline: arm to compare with; default: the first.
        test_share: ratio of test to training patients in a split; default: as the table tells it (folds,
            independent replicates), else 15/70.
        margin: effects within it count as none; if given, the arms are also tested for equivalence.
        better: which values are better, for a metric that is not known.
        arms: further tables, by the name of their arm.

    Returns:
        The comparison of each arm with the baseline: difference, interval and verdict for each task and structure.

    Raises:
        InputError: there is only one arm, or two arms were tested on different splits or patients.
        UsageError: a metric, an arm or the direction of a metric is not known.

    Example:
        >>> from braintumornet import Scores
        >>> single, multi = (
        ...     Scores.of({"split": split, "metric": "dice", "value": value} for split, value in enumerate(values))
        ...     for values in ((0.70, 0.76, 0.78), (0.83, 0.77, 0.80))
        ... )
        >>> compare(single=single, multi=multi).frame.loc[0, "verdict"].value
        'no difference shown'
    """
    settings = ComparisonSettings(metric, baseline, test_share, margin, better)
    return Comparison(**vars(compare_arms(*scores, settings=settings, **arms)))
