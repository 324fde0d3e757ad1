"""Arms against a baseline: what a study has shown, and what it could have shown."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from braintumornet.core.frames import groups_of
from braintumornet.core.metric import Better
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import require
from braintumornet.statistics.arms import join_arms
from braintumornet.statistics.auc_difference import delong_of_scores
from braintumornet.statistics.comparison import Comparison, Result, name_place
from braintumornet.statistics.comparison_settings import (
    UNNAMED_METRIC,
    ComparisonSettings,
    choose_baseline,
    choose_direction,
    choose_metric,
    choose_test_share,
)
from braintumornet.statistics.hierarchical_bootstrap import two_level_interval
from braintumornet.statistics.known_values import mean_known
from braintumornet.statistics.paired_tests import (
    ALPHA,
    corrected_t,
    equivalence_p,
    holm,
    seed_spread,
    smallest_effect,
    wilcoxon_p,
)
from braintumornet.statistics.paired_values import DECIMALS, Pairs, pair_arms
from braintumornet.statistics.verdict import Verdict, decide

PLACE = ["task", "structure", "lesion"]
"""What is compared each by itself."""
USUAL_SETTINGS = ComparisonSettings()


def compare(*scores: Scores, settings: ComparisonSettings = USUAL_SETTINGS, **arms: Scores) -> Comparison:
    """Compare every arm with the baseline, per task and structure.

    The verdict rests on the corrected t test over splits, adjusted by Holm's method for the number of comparisons.

    Args:
        scores: one table of two or more arms, or a table for each, all of them tested on the same splits and patients.
        settings: what to compare.
        arms: further tables, each with the name of its arm.

    Raises:
        InputError: there is one arm, or two that were tested on different splits or patients.
        UsageError: an unknown metric or arm, or a metric whose direction is not known.

    Example:
        >>> single, multi = (0.70, 0.76, 0.78, 0.73, 0.80, 0.70), (0.83, 0.77, 0.80, 0.74, 0.80, 0.70)
        >>> tables = (
        ...     Scores.of({"split": split, "metric": "dice", "value": value} for split, value in enumerate(values))
        ...     for values in (single, multi)
        ... )
        >>> (result,) = compare(**dict(zip(("single", "multi"), tables))).results
        >>> round(result.difference, 3), result.improved, round(result.p_holm, 2), str(result.verdict)
        (0.028, 4, 0.4, 'no difference shown')
    """
    return _compare(join_arms(scores, arms).frame, settings)


def _compare(rows: pd.DataFrame, settings: ComparisonSettings) -> Comparison:
    named = choose_metric(list(rows["metric"].unique()), settings.metric)
    metric = named or settings.metric or UNNAMED_METRIC
    better, signed = choose_direction(metric, settings.better)
    scored = rows[rows["metric"] == named]
    if signed:
        scored = scored.assign(value=scored["value"].abs())
    baseline = choose_baseline(list(scored["arm"].unique()), settings.baseline)
    places = list(_pair(scored, baseline))
    pairs = [each for *_, each in places if each is not None]
    require(
        pairs, f"no arm has a task and structure in common with the baseline {baseline!r}; name another with --baseline"
    )
    test_share, source = choose_test_share(settings.test_share, pairs)
    results = [_measure(arm, place, each, better, test_share) for arm, place, each in places if each is not None]
    if metric == "auc":
        results = [_add_delong(result, rows, baseline) for result in results]
    return Comparison(
        metric=metric,
        better=better,
        baseline=baseline,
        baseline_source="stated" if settings.baseline else "the first of the table",
        test_share=test_share,
        test_share_source=source,
        margin=settings.margin,
        results=tuple(_judge(results, better, settings.margin)),
        notes=(*_say_left_out(places, baseline), *_say_assumed(metric, signed, settings)),
    )


Place = tuple[str, str, str]
Compared = tuple[str, Place, Pairs | None]  # arm, `PLACE`, None where one of them lacks it


def _pair(rows: pd.DataFrame, baseline: str) -> Iterator[Compared]:
    pairs = {
        place: pair_arms(own, baseline, name_place(*place) or "the table") for place, own in groups_of(rows, *PLACE)
    }
    for arm in rows["arm"].unique():
        yield from ((arm, place, found.get(arm)) for place, found in pairs.items() if arm != baseline)


def _measure(arm: str, place: Place, pairs: Pairs, better: Better, test_share: float) -> Result:
    by_split = pairs.split_differences
    several = by_split.size > 1
    tested = several and not pairs.explain_rounding
    units, differences = ("splits", by_split) if several else _units_of_one_split(pairs)
    gains = differences if better is Better.HIGHER else -differences
    seeds = seed_spread(pairs.run_differences)
    return Result(
        arm,
        *place,
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


def _add_delong(result: Result, rows: pd.DataFrame, baseline: str) -> Result:
    """Return the result with DeLong's comparison where there is one network per arm."""
    if result.splits * result.seeds > 1:
        return result
    own = rows[rows["task"] == result.task]
    return replace(result, delong=delong_of_scores(own, (result.arm, baseline), result.structure))


def _judge(results: Sequence[Result], better: Better, margin: float | None) -> Iterator[Result]:
    """Yield the results with what depends on how many there are."""
    tests = [result.test for result in results if result.test is not None]
    number = sum(result.splits > 1 for result in results)
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


def _say_left_out(places: Sequence[Compared], baseline: str) -> Iterator[str]:
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


def _say_assumed(metric: str, signed: bool, settings: ComparisonSettings) -> Iterator[str]:
    if metric == UNNAMED_METRIC and settings.better is None:
        yield "the table names no metric: higher values are taken as better; --metric or --better say otherwise"
    if signed:
        yield f"{metric}: the size of the difference is compared, whatever its sign"
