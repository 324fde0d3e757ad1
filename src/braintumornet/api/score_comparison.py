"""Scores, and arms compared by them."""

from dataclasses import dataclass

from braintumornet.core import scores as core
from braintumornet.core.metric import Better
from braintumornet.statistics import comparison as statistics
from braintumornet.statistics.compare import compare as compare_arms
from braintumornet.statistics.comparison_settings import ComparisonSettings


class Scores(core.Scores):
    """A checked table of scores in full precision, one row per value; a notebook shows its means with their intervals.

    `frame` is a pandas DataFrame with the columns `study, arm, split, replicate, seed, cohort, case_id, patient_id,
    sequences, task, structure, lesion, metric, value, note`. A value has the unit that the name of its metric ends
    with, such as mm or ml, or none.

    Args:
        frame: a DataFrame with a column `value` and any of the others; it is not changed.

    Example:
        >>> scores = Scores.of([{"case_id": "a", "structure": "WT", "metric": "dice", "value": 0.8}])
        >>> scores.select(structure="WT").frame["value"].mean()
        np.float64(0.8)
    """

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import scores_html

        return scores_html(self)


@dataclass(frozen=True)
class Comparison(statistics.Comparison):
    """Every arm against the baseline; a notebook shows effects, intervals and verdicts.

    Args:
        metric: that was compared; `value` where the table does not name it.
        better: which of its values are the better ones.
        baseline: the arm that the others are compared with.
        baseline_source: who said so.
        test_share: test over training patients of a split, by which intervals are corrected.
        test_share_source: where that comes from.
        margin: effects within it count as none; None where equivalence was not asked for.
        results: one for each arm, task and structure; `frame` has the same as a pandas DataFrame.
        notes: what was left out or assumed.

    Example:
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
    """Compare arms on the same splits and patients: does one help, and what could the study have shown?

    Args:
        scores: one table of two or more arms, or a table for each.
        metric: default `dice`, or the only one of the table.
        baseline: the arm to compare with; default the first.
        test_share: test over training patients of a split; default: read from a cross-validation, else 15/70.
        margin: effects within it count as none; asks whether the arms are equivalent.
        better: which values are better, for a metric that is not known.
        arms: further tables by the names of their arms.

    Returns:
        Each arm against the baseline: difference, interval and verdict for each task and structure.

    Raises:
        InputError: there is one arm, or two that were tested on different splits or patients.
        UsageError: an unknown metric or arm, or a metric whose direction is not known.

    Example:
        >>> single, multi = (
        ...     Scores.of({"split": split, "metric": "dice", "value": value} for split, value in enumerate(values))
        ...     for values in ((0.70, 0.76, 0.78), (0.83, 0.77, 0.80))
        ... )
        >>> compare(single=single, multi=multi).frame.loc[0, "verdict"].value
        'no difference shown'
    """
    settings = ComparisonSettings(metric, baseline, test_share, margin, better)
    return Comparison(**vars(compare_arms(*scores, settings=settings, **arms)))
