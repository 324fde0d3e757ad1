"""Arms against a baseline: what a study has shown, and what it could have shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.statistics.arm_scores import Row
from braintumornet.statistics.auc_difference import AucDifference, delong_of_rows
from braintumornet.statistics.comparison_question import (
    UNNAMED_METRIC,
    USUAL_QUESTION,
    Question,
    choose_baseline,
    choose_better,
    choose_metric,
    choose_test_share,
)
from braintumornet.statistics.metric_direction import Better, is_signed
from braintumornet.statistics.paired_tests import (
    ALPHA,
    MeanTest,
    corrected_t,
    equivalence_p,
    holm,
    seed_spread,
    smallest_effect,
    wilcoxon_p,
)
from braintumornet.statistics.paired_values import DECIMALS, Pairs, mean_known, pair_rows
from braintumornet.statistics.two_level_bootstrap import two_level_interval
from braintumornet.statistics.verdict import Verdict, decide


@dataclass(frozen=True)
class Result:
    """One arm against the baseline in one task and structure.

    Differences are arm minus baseline, in the unit of the metric. What needs several splits is None where there is
    one, and where their differences have no spread beyond the rounding of the values.

    Args:
        splits, seeds, patients: how many: in all, most of a split, in all; 0 patients where they have no names.
        mean, baseline_mean: over splits, of the means over seeds and patients.
        improved, of, units: so many of so many splits are better; patients or seeds where there is one split.
        p_wilcoxon: over these units; takes them as independent.
        bootstrap: two-level interval; NaN where there is nothing to resample, or all of it is the same.
        delong: of the AUC over the cases of the only split.
        test: corrected resampled t over splits.
        p_naive: of the paired t test that takes splits as independent; to compare with, not to use.
        p_holm: of the corrected test, adjusted for the number of comparisons.
        p_equivalence: adjusted; None where no margin was asked for.
        smallest_effect: that would have been shown with a power of 80 % at the level of Holm's first step.
        undefined, missing: pairs left out because a value is NaN, or one arm has no row.
    """

    arm: str
    task: str
    structure: str
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
        """Task and structure; "" where the table names neither."""
        return name_place(self.task, self.structure)


@dataclass(frozen=True)
class Comparison:
    """Every arm of a table against the baseline.

    Args:
        metric: `value` where the table does not name it.
        baseline_source, test_share_source: where these come from.
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


def name_place(task: str, structure: str) -> str:
    """Return task and structure in words."""
    return " ".join(part for part in (task, structure) if part)


def compare(rows: Sequence[Row], question: Question = USUAL_QUESTION) -> Comparison:
    """Compare every arm with the baseline, per task and structure.

    The verdict rests on the corrected t test over splits, adjusted by Holm's method for the number of comparisons.

    Args:
        rows: of two or more arms, tested on the same splits and patients.
        question: what to compare.

    Raises:
        InputError: there is one arm, or two that were tested on different splits or patients.
        UsageError: an unknown metric or arm, or a metric whose direction is not known.

    Example:
        >>> single, multi = (0.70, 0.76, 0.78, 0.73, 0.80, 0.70), (0.83, 0.77, 0.80, 0.74, 0.80, 0.70)
        >>> rows = [
        ...     Row(0, arm, str(split), "", "", "", "plgg", "WT", "dice", value, "")
        ...     for arm, values in (("single", single), ("multi", multi))
        ...     for split, value in enumerate(values)
        ... ]
        >>> (result,) = compare(rows).results
        >>> round(result.difference, 3), result.improved, round(result.p_holm, 2), str(result.verdict)
        (0.028, 4, 0.4, 'no difference shown')
    """
    if question.margin is not None and not 0 < question.margin < inf:
        msg = f"the margin is {question.margin:g}; expected a number above 0 in the unit of the metric"
        raise UsageError(msg)
    named = choose_metric(rows, question.metric)
    metric = named or question.metric or UNNAMED_METRIC
    better = choose_better(metric, question.better)
    scored = [row for row in rows if row.metric == named]
    if is_signed(metric):
        scored = [replace(row, value=abs(row.value)) for row in scored]
    baseline = choose_baseline(scored, question.baseline)
    places = list(_pair_arms(scored, baseline))
    pairs = [each for *_, each in places if each is not None]
    if not pairs:
        msg = f"no arm has a task and structure in common with the baseline {baseline!r}; name another with --baseline"
        raise InputError(msg)
    test_share, source = choose_test_share(question.test_share, pairs)
    results = [_measure(arm, place, each, better, test_share) for arm, place, each in places if each is not None]
    if metric == "auc":
        results = [replace(result, delong=_delong(rows, result, baseline)) for result in results]
    return Comparison(
        metric=metric,
        better=better,
        baseline=baseline,
        baseline_source="stated" if question.baseline else "the first of the table",
        test_share=test_share,
        test_share_source=source,
        margin=question.margin,
        results=tuple(_judge(results, better, question.margin)),
        notes=tuple(_notes(places, baseline, metric, question)),
    )


Compared = tuple[str, tuple[str, str], Pairs | None]  # arm, (task, structure), None where one of them lacks it


def _pair_arms(rows: Sequence[Row], baseline: str) -> Iterator[Compared]:
    groups: dict[tuple[str, str], dict[str, list[Row]]] = {}
    for row in rows:
        groups.setdefault((row.task, row.structure), {}).setdefault(row.arm, []).append(row)
    for arm in dict.fromkeys(row.arm for row in rows if row.arm != baseline):
        for place, by_arm in groups.items():
            both = arm in by_arm and baseline in by_arm
            about = name_place(*place) or "the table"
            yield arm, place, pair_rows(by_arm[arm], by_arm[baseline], about) if both else None


def _measure(arm: str, place: tuple[str, str], pairs: Pairs, better: Better, test_share: float) -> Result:
    by_split = pairs.split_differences
    several = by_split.size > 1
    tested = several and not pairs.explain_rounding
    units, differences = ("splits", by_split) if several else _units_of_one_split(pairs)
    gains = differences if better is Better.HIGHER else -differences
    seeds = seed_spread(pairs.run_differences)
    return Result(
        arm=arm,
        task=place[0],
        structure=place[1],
        splits=len(pairs.splits),
        seeds=int(np.isfinite(pairs.run_differences).sum(axis=1).max()),
        patients=sum(1 for patient in pairs.patients if patient),
        mean=_mean_of_splits(pairs.values),
        baseline_mean=_mean_of_splits(pairs.baseline_values),
        difference=float(by_split.mean()),
        improved=int((gains > 0).sum()),
        of=int(gains.size),
        units=units,
        p_wilcoxon=wilcoxon_p(gains),
        bootstrap=two_level_interval(pairs.differences),
        delong=None,
        test=corrected_t(by_split, test_share, seeds) if tested else None,
        p_naive=float(corrected_t(by_split, test_share=0).p) if tested else None,
        undefined=pairs.undefined,
        missing=pairs.missing,
        verdict=Verdict.NO_SPREAD if several else Verdict.ONE_SPLIT,
    )


def _units_of_one_split(pairs: Pairs) -> tuple[str, np.ndarray]:
    if len(pairs.patients) > 1:
        return "patients", np.round(mean_known(pairs.differences, axis=1)[0], DECIMALS)
    return "seeds", pairs.run_differences[0]


def _mean_of_splits(values: np.ndarray) -> float:
    return float(mean_known(mean_known(values, axis=2), axis=1).mean())


def _delong(rows: Sequence[Row], result: Result, baseline: str) -> AucDifference | None:
    """Return DeLong's comparison where there is one network per arm."""
    if result.splits * result.seeds > 1:
        return None
    ours, theirs = ([row for row in rows if (row.arm, row.task) == (a, result.task)] for a in (result.arm, baseline))
    return delong_of_rows(ours, theirs, result.structure)


def _judge(results: Sequence[Result], better: Better, margin: float | None) -> Iterator[Result]:
    """Yield the results with what depends on how many there are."""
    tests = [result.test for result in results if result.test is not None]
    number = count_comparisons(results)
    untold = [1.0] * (number - len(tests))  # that it cannot be told makes a comparison no less one of several
    adjusted = iter(holm([*(float(test.p) for test in tests), *untold]))
    equivalent = iter(holm([*(equivalence_p(test, margin) for test in tests), *untold]) if margin else [])
    for result in results:
        if result.test is None:
            yield result
            continue
        p_holm, p_equivalence = next(adjusted), next(equivalent, None)
        gain = result.difference if better is Better.HIGHER else -result.difference
        yield replace(
            result,
            p_holm=p_holm,
            p_equivalence=p_equivalence,
            smallest_effect=smallest_effect(result.test, ALPHA / number),
            verdict=decide(gain, p_holm, p_equivalence),
        )


def count_comparisons(results: Sequence[Result]) -> int:
    """Return how many comparisons Holm's method adjusts for: all that have several splits."""
    return sum(result.splits > 1 for result in results)


def _notes(places: Sequence[Compared], baseline: str, metric: str, question: Question) -> Iterator[str]:
    for arm, place, pairs in places:
        about = f"{arm}, {name_place(*place)}" if name_place(*place) else arm
        if pairs is None:
            yield f"{about}: not compared, because {arm!r} or {baseline!r} has no row there"
            continue
        if pairs.undefined:
            yield f"{about}: {pairs.undefined} pairs left out, because a value is NaN"
        if pairs.missing:
            yield f"{about}: {pairs.missing} rows left out, because the other arm has none for the same split and seed"
        if pairs.lost_splits:
            yield f"{about}: no pair is left in split {', '.join(pairs.lost_splits)}"
        if len(pairs.splits) > 1 and pairs.explain_rounding:
            yield f"{about}: {pairs.explain_rounding}"
    if metric == UNNAMED_METRIC and question.better is None:
        yield "the table names no metric: higher values are taken as better; --metric or --better say otherwise"
    if is_signed(metric):
        yield f"{metric}: the size of the difference is compared, whatever its sign"
