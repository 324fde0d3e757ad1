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
    sequences, task, structure, lesion, metric, value, note`.
    """

    def _repr_html_(self) -> str:
        from braintumornet.report.notebook import scores_html

        return scores_html(self)


@dataclass(frozen=True)
class Comparison(statistics.Comparison):
    """Every arm against the baseline; a notebook shows effects, intervals and verdicts.

    `results` has one entry for each arm, task and structure, and `frame` the same as a pandas DataFrame.
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
