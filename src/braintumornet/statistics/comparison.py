"""What a comparison comes to: one result for each arm, task and structure."""

from dataclasses import dataclass
from math import inf, nan

import pandas as pd

from braintumornet.core.metric import Better, find_metric
from braintumornet.statistics.auc_difference import AucDifference
from braintumornet.statistics.paired_tests import MeanTest
from braintumornet.statistics.verdict import Verdict


def name_place(task: str, structure: str, lesion: str = "") -> str:
    """Return task, structure and lesion in words.

    Example:
        >>> name_place("tumour", "WT"), name_place("", "WT", "3"), name_place("", "WT", "up to 0.065 ml")
        ('tumour WT', 'WT lesion 3', 'WT up to 0.065 ml')
    """
    return " ".join(filter(None, (task, structure, f"lesion {lesion}" if lesion.isdigit() else lesion)))


@dataclass(frozen=True)
class Result:
    """The comparison of one arm with the baseline for one task and structure.

    Differences are arm minus baseline, in the unit of the metric. Values that need several splits are None if there is
    only one, or if the differences of the splits have no spread beyond the rounding of the values.

    Args:
        arm: arm that is compared with the baseline.
        task: task that was scored.
        structure: region or class; "" if the table names none.
        lesion: number of the lesion, or the bin of volumes; "" if whole structures are compared.
        splits: number of splits.
        seeds: number of seeds of the split with the most; replicates count as seeds.
        patients: number of patients in all; 0 if they have no names.
        mean: mean of the arm over splits, of the means over seeds and patients.
        baseline_mean: the same for the baseline.
        difference: difference of the two means.
        improved: number of units in which the arm is better.
        of: number of units that were compared.
        units: what the units are: splits, or patients or seeds if there is one split.
        p_wilcoxon: p value of the Wilcoxon test over these units, which takes them as independent.
        bootstrap: two-level interval; NaN if there is nothing to resample, or all of it is the same.
        delong: DeLong's comparison of the AUC over the cases of the only split.
        test: corrected resampled t test over splits.
        p_naive: p value of the paired t test that takes splits as independent; for comparison, not for use.
        undefined: pairs left out because a value is NaN.
        missing: pairs left out because one arm has no row.
        p_holm: p value of the corrected test, adjusted for the number of comparisons.
        p_equivalence: adjusted p value of the test of equivalence; None if no margin was given.
        smallest_effect: smallest effect that would have been shown with a power of 80 % at the level of Holm's first
            step.
        verdict: what follows from these values.
    """

    arm: str
    task: str
    structure: str
    lesion: str
    splits: int
    seeds: int
    patients: int
    mean: float
    baseline_mean: float
    difference: float
    improved: int
    of: int
    units: str
    p_wilcoxon: float
    bootstrap: tuple[float, float]
    delong: AucDifference | None
    test: MeanTest | None
    p_naive: float | None
    undefined: int
    missing: int
    p_holm: float | None = None
    p_equivalence: float | None = None
    smallest_effect: float | None = None
    verdict: Verdict = Verdict.ONE_SPLIT

    @property
    def about(self) -> str:
        """Task and structure; "" if the table names neither."""
        return name_place(self.task, self.structure, self.lesion)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval: over splits, or within the only split; NaN if there is none."""
        if self.test is not None:
            return float(self.test.low), float(self.test.high)
        if self.verdict is Verdict.NO_SPREAD:
            return nan, nan
        return self.bootstrap if self.delong is None else (self.delong.low, self.delong.high)


@dataclass(frozen=True)
class Comparison:
    """The comparison of every arm of a table with the baseline.

    Args:
        metric: metric that was compared; `value` if the table does not name it.
        better: which values of the metric are better.
        baseline: arm that the others are compared with.
        baseline_source: how the baseline was chosen.
        test_share: ratio of test to training patients in a split, by which intervals are corrected.
        test_share_source: where that ratio comes from.
        margin: effects within it count as none; None if equivalence was not asked for.
        results: one result per arm, task and structure.
        notes: what was left out or assumed.
    """

    metric: str
    better: Better
    baseline: str
    baseline_source: str
    test_share: float
    test_share_source: str
    margin: float | None
    results: tuple[Result, ...]
    notes: tuple[str, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """The results as a table, one per row: `low` and `high` are the interval, `p` is that of the corrected test."""
        import pandas as pd

        nested = ("bootstrap", "delong", "test")
        rows = []
        for result in self.results:
            flat = {name: value for name, value in vars(result).items() if name not in nested}
            low, high = result.interval
            rows.append({**flat, "low": low, "high": high, "p": result.test and float(result.test.p)})
        return pd.DataFrame(rows)

    @property
    def largest_difference(self) -> float:
        """The largest possible difference between two values of the metric, as far as that is known."""
        metric = find_metric(self.metric)
        return metric.largest_difference if metric else inf

    @property
    def tests(self) -> int:
        """The number of comparisons that Holm's method adjusts for: all that have several splits."""
        return sum(result.splits > 1 for result in self.results)
