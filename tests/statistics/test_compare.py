"""Properties of a comparison, and what it refuses."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from braintumornet.core.metric import Better
from braintumornet.core.scores import Scores
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.statistics.compare import compare
from braintumornet.statistics.comparison import Result
from braintumornet.statistics.comparison_settings import ComparisonSettings
from braintumornet.statistics.verdict import Verdict

from ..study_tables import make_scores

Study = Callable[..., Scores]


def only(scores: Scores, **settings: object) -> Result:
    (result,) = compare(scores, settings=ComparisonSettings(**settings)).results  # type: ignore[arg-type]
    return result


def numbers(result: Result) -> list[float]:
    """What must not depend on the order of rows."""
    assert result.test is not None
    test = [float(value) for value in vars(result.test).values()]
    return [*test, result.mean, result.difference, result.improved, result.p_wilcoxon, *result.bootstrap]


def test_swapping_the_arms_flips_every_sign(study: Study, noise: np.ndarray) -> None:
    scores = study(noise + 0.01)
    forth, back = only(scores, baseline="single"), only(scores, baseline="multi")
    assert forth.test is not None
    assert back.test is not None
    assert back.difference == pytest.approx(-forth.difference)
    assert (back.test.low, back.test.high) == pytest.approx((-forth.test.high, -forth.test.low))
    assert back.bootstrap == pytest.approx((-forth.bootstrap[1], -forth.bootstrap[0]))
    assert back.improved == forth.of - forth.improved
    assert (back.test.p, back.p_wilcoxon) == pytest.approx((forth.test.p, forth.p_wilcoxon))
    assert back.smallest_effect == pytest.approx(forth.smallest_effect)


def test_the_order_of_rows_changes_nothing(study: Study, noise: np.ndarray) -> None:
    scores = study(noise)
    shuffled = Scores(scores.frame.sample(frac=1, random_state=0))
    assert numbers(only(shuffled, baseline="single")) == numbers(only(scores, baseline="single"))


@pytest.mark.parametrize(("shift", "verdict"), [(0.05, Verdict.HELPS), (-0.05, Verdict.NEGATIVE_TRANSFER)])
def test_a_steady_shift_is_found(study: Study, noise: np.ndarray, shift: float, verdict: Verdict) -> None:
    result = only(study(shift + 0.1 * (noise - noise.mean())))
    assert result.verdict == verdict
    assert result.difference == pytest.approx(shift)
    assert result.improved == (6 if shift > 0 else 0)


@pytest.mark.parametrize("metric", ["hd95_mm", "brier", "false_lesions_per_case"])
def test_less_is_better_where_the_metric_says_so(study: Study, noise: np.ndarray, metric: str) -> None:
    result = only(study(-0.05 + 0.1 * (noise - noise.mean()), metric=metric))
    assert (result.verdict, result.improved) == (Verdict.HELPS, 6)
    assert result.difference == pytest.approx(-0.05)


def test_of_a_volume_difference_the_size_counts() -> None:
    scores = Scores.of(
        {"arm": arm, "split": split, "metric": "volume_difference_ml", "value": value + 0.01 * split**2}
        for arm, value in (("single", -5.0), ("multi", 2.0))
        for split in range(3)
    )
    result = only(scores)
    assert (result.verdict, result.difference) == (Verdict.HELPS, pytest.approx(-3, abs=0.05))


def test_seeds_that_cancel_out_are_no_improvement(study: Study) -> None:
    result = only(study(np.tile([[0.1], [0.2], [-0.3]], (4, 1, 1))))  # 0.1 + 0.2 - 0.3 is not 0 in binary
    assert (result.improved, result.difference, result.p_wilcoxon) == (0, 0, 1)


def test_arms_that_are_the_same_are_equivalent_within_a_margin(study: Study) -> None:
    differences = np.random.default_rng(5).normal(0, 0.002, (6, 1, 5))
    assert only(study(differences)).verdict == Verdict.NOTHING_SHOWN
    assert only(study(differences), margin=0.02).verdict == Verdict.EQUIVALENT
    assert only(study(differences), margin=0.0001).verdict == Verdict.NOTHING_SHOWN


def test_holm_counts_every_task(study: Study, noise: np.ndarray) -> None:
    gain = noise + 0.2
    alone = only(study(gain))
    several = compare(Scores.concat(study(gain, task=task) for task in "abc")).results
    assert alone.test is not None
    assert alone.p_holm == alone.test.p
    assert [result.p_holm for result in several] == pytest.approx([3 * float(alone.test.p)] * 3)
    assert alone.smallest_effect is not None
    assert all(result.smallest_effect > alone.smallest_effect for result in several)  # type: ignore[operator]


def test_one_split_gets_no_verdict(study: Study) -> None:
    result = only(study(np.full((1, 1, 30), 0.1) + np.random.default_rng(0).normal(0, 0.01, (1, 1, 30))))
    assert (result.verdict, result.test, result.p_holm) == (Verdict.ONE_SPLIT, None, None)
    assert (result.improved, result.of, result.units) == (30, 30, "patients")
    assert 0 < result.bootstrap[0] < 0.1 < result.bootstrap[1]


def test_a_cross_validation_tells_its_test_share() -> None:
    scores = Scores.of(
        {"arm": arm, "split": case % 5, "case_id": case, "metric": "dice", "value": 0.1 * case + shift}
        for arm, shift in (("single", 0.0), ("multi", 0.01))
        for case in range(10)
    )
    comparison = compare(scores)
    assert comparison.test_share == 1 / 4
    assert "5-fold" in comparison.test_share_source
    assert compare(scores, settings=ComparisonSettings(test_share=0.2)).test_share == 0.2


def test_cases_of_a_patient_count_as_one_patient() -> None:
    scores = Scores.of(
        {"arm": arm, "split": split, "case_id": case, "patient_id": patient, "metric": "dice", "value": value}
        for split in range(2)
        for arm, values in (("single", (0.2, 0.2, 0.2)), ("multi", (0.4, 0.6, 0.2)))
        for case, patient, value in zip("abc", "xxy", values, strict=True)
    )
    result = only(scores)
    assert (result.patients, result.difference) == (2, pytest.approx(0.15))  # the mean of 0.3 and 0


def test_undefined_and_missing_values_are_counted_and_said(study: Study, noise: np.ndarray) -> None:
    frame = study(noise).frame
    frame.loc[0, "value"] = np.nan
    comparison = compare(Scores(frame.drop(20)))  # case-002 of the second split has its other seed left
    (result,) = comparison.results
    assert (result.undefined, result.missing) == (1, 1)
    assert comparison.notes[0] == "multi, tumour WT: 1 pairs left out, because a value is NaN"
    assert "1 rows left out, because the other arm has none" in comparison.notes[1]


def test_a_split_without_a_value_is_named(study: Study, noise: np.ndarray) -> None:
    frame = study(noise).frame
    comparison = compare(Scores(frame.assign(value=frame["value"].where(frame["split"] != "3"))))
    assert comparison.results[0].splits == 5
    assert comparison.notes[1] == "multi, tumour WT: no pair is left in split 3"


def test_a_task_that_an_arm_lacks_is_said(study: Study, noise: np.ndarray) -> None:
    comparison = compare(Scores.concat([study(noise), study(noise, task="other").select(arm="multi")]))
    assert len(comparison.results) == 1
    assert "multi, other WT: not compared" in comparison.notes[0]


def test_several_arms_are_each_compared_with_the_baseline(study: Study, noise: np.ndarray) -> None:
    scores = Scores.concat([study(noise), study(noise, arms=("x", "joint")).select(arm="joint")])
    comparison = compare(scores, settings=ComparisonSettings(baseline="multi"))
    assert [result.arm for result in comparison.results] == ["single", "joint"]
    assert comparison.baseline_source == "stated"


def test_delong_where_there_is_one_network_per_arm() -> None:
    rng = np.random.default_rng(0)
    marker = {"task": "genotype", "structure": "fusion"}
    rows = [{"arm": arm, **marker, "metric": "auc", "value": 0.8} for arm in ("single", "multi")]
    for case in range(30):
        truth = "fusion" if case % 3 else "other"
        for arm in ("single", "multi"):
            value = 0.3 * (truth == "fusion") + rng.uniform(0, 0.7)
            told = {"case_id": f"case-{case}", "metric": "probability", "value": value, "note": f"truth: {truth}"}
            rows.append({"arm": arm, **marker, **told})
    result = only(Scores.of(rows), metric="auc")
    assert result.delong is not None
    assert result.delong.low < result.delong.difference < result.delong.high


def refuse(scores: Scores, error: type[Exception], text: str, **settings: object) -> None:
    with pytest.raises(error, match=text):
        compare(scores, settings=ComparisonSettings(**settings))  # type: ignore[arg-type]


def test_one_arm_is_refused(study: Study, noise: np.ndarray) -> None:
    refuse(study(noise).select(arm="multi"), InputError, "one arm, 'multi'; expected the rows of two or more")


def test_other_splits_are_named(study: Study, noise: np.ndarray) -> None:
    frame = study(noise).frame
    frame.loc[(frame["arm"] == "multi") & (frame["split"] == "5"), "split"] = "9"
    found = "tumour WT: expected both arms on the same splits; only 'multi' has 9; only 'single' has 5"
    refuse(Scores(frame), InputError, found)


def test_other_patients_are_named(study: Study, noise: np.ndarray) -> None:
    frame = study(noise).frame
    lacking = frame[~((frame["arm"] == "multi") & (frame["split"] == "2") & (frame["case_id"] == "case-004"))]
    refuse(Scores(lacking), InputError, "split 2: expected both arms on the same patients; only 'single' has case-004")


def test_an_unknown_name_gets_a_suggestion(study: Study, noise: np.ndarray) -> None:
    refuse(study(noise), UsageError, "no metric 'dise'; did you mean 'dice'?", metric="dise")
    refuse(study(noise), UsageError, "no arm 'singel'; did you mean 'single'?", baseline="singel")


def test_a_metric_must_be_chosen_where_there_are_several(study: Study, noise: np.ndarray) -> None:
    scores = Scores.concat(study(noise, metric=metric) for metric in ("nsd", "hd95_mm"))
    refuse(scores, UsageError, "has the metrics nsd, hd95_mm; choose one with --metric")


def test_a_metric_of_unknown_direction_must_be_told(study: Study, noise: np.ndarray) -> None:
    scores = study(noise, metric="beauty")
    refuse(scores, UsageError, "higher or lower values of 'beauty' are better is not known")
    assert compare(scores, settings=ComparisonSettings(better=Better.LOWER)).better == Better.LOWER


@pytest.mark.parametrize("margin", [0.0, float("nan"), float("inf")])
def test_a_margin_must_be_a_number_above_zero(margin: float, study: Study, noise: np.ndarray) -> None:
    refuse(study(noise), UsageError, f"the margin is {margin:g}; expected a number above 0", margin=margin)


def test_arms_without_a_common_value_are_refused(study: Study, noise: np.ndarray) -> None:
    frame = study(noise).frame
    undefined = Scores(frame.assign(value=frame["value"].where(frame["arm"] != "multi")))
    refuse(undefined, InputError, "have no value to compare; every pair is missing or NaN")


def one_value_a_split(single: Sequence[float], multi: Sequence[float]) -> Scores:
    return Scores.of(
        {"arm": arm, "split": split, "metric": "dice", "value": value}
        for arm, values in (("a", single), ("b", multi))
        for split, value in enumerate(values)
    )


@pytest.mark.parametrize(
    ("single", "multi", "why"),
    [
        ((0.70, 0.72), (0.71, 0.73), "the difference is the same in all splits"),
        ((0.70, 0.72, 0.75), (0.70, 0.72, 0.75), "the difference is the same in all splits"),
        ((0.70, 0.72, 0.74, 0.71), (0.71, 0.73, 0.75, 0.73), "varies over the splits by less than the values are"),
        ((86, 87, 88, 85), (87, 88, 89, 86), "the difference is the same in all splits"),
        ((1 / 3, 2 / 3), (1 / 3 + 0.1, 2 / 3 + 0.1), "the difference is the same in all splits"),
    ],
)
def test_where_the_spread_is_that_of_rounding_nothing_can_be_told(
    single: Sequence[float], multi: Sequence[float], why: str
) -> None:
    comparison = compare(one_value_a_split(single, multi), settings=ComparisonSettings(margin=0.5))
    (result,) = comparison.results
    assert result.verdict == Verdict.NO_SPREAD
    assert (result.test, result.p_naive, result.p_holm, result.p_equivalence, result.smallest_effect) == (None,) * 5
    assert why in comparison.notes[0]
    assert "no interval, p, minimum detectable effect or verdict can be told" in comparison.notes[0]


def test_more_decimals_bring_a_verdict_back() -> None:
    single, gains = (0.70, 0.72, 0.74, 0.71, 0.73, 0.70), (0.0512, 0.0476, 0.0543, 0.0488, 0.0521, 0.0469)
    multi = [value + gain for value, gain in zip(single, gains, strict=True)]
    assert only(one_value_a_split(single, [round(value, 2) for value in multi])).verdict == Verdict.NO_SPREAD
    assert only(one_value_a_split(single, [round(value, 4) for value in multi])).verdict == Verdict.HELPS


def test_means_over_patients_move_in_finer_steps(noise: np.ndarray) -> None:
    """Nine patients and two seeds of two decimals: a split moves by 0.01 / 18, and a real spread is well above."""
    rng = np.random.default_rng(1)
    base = rng.uniform(0.3, 0.7, noise.shape)
    values = np.round(base, 2), np.round(base + 0.05 + 0.1 * noise, 2)
    scores = Scores.concat(make_scores(arm, each) for arm, each in zip(("a", "b"), values, strict=True))
    assert only(scores).verdict == Verdict.HELPS


def test_what_cannot_be_told_still_counts_for_holm(study: Study, noise: np.ndarray) -> None:
    alone = only(study(noise + 0.2, task="x"))
    first, second = compare(
        Scores.concat([study(noise + 0.2, task="x"), study(np.zeros_like(noise), task="y")])
    ).results
    assert alone.test is not None
    assert first.p_holm == pytest.approx(2 * float(alone.test.p))
    assert (second.verdict, second.smallest_effect, second.p_wilcoxon) == (Verdict.NO_SPREAD, None, 1)


def test_patients_of_one_split_that_all_differ_by_the_same_have_no_interval() -> None:
    values = {"a": 0.7, "b": 0.71}
    scores = Scores.concat(make_scores(arm, np.full((1, 1, 9), value)) for arm, value in values.items())
    assert np.isnan(only(scores).bootstrap).all()


@pytest.mark.parametrize("splits", range(2, 9))
def test_two_decimals_make_no_effect_of_nothing(splits: int) -> None:
    """The whole way of `btn compare`; the benchmark's simulation has more studies."""
    rng = np.random.default_rng(splits)
    verdicts = []
    for spread in (0.005, 0.01, 0.02):
        for _ in range(20):
            single = rng.uniform(0.6, 0.8, splits)
            values = np.round(single, 2), np.round(single + rng.normal(0, spread, splits), 2)
            verdicts.append(only(one_value_a_split(*values)).verdict)
    assert sum(verdict in (Verdict.HELPS, Verdict.NEGATIVE_TRANSFER) for verdict in verdicts) <= 0.06 * len(verdicts)


def test_tables_are_compared_under_the_names_of_their_arms(study: Study, noise: np.ndarray) -> None:
    scores = study(noise)
    single, multi = (scores.select(arm=arm) for arm in ("single", "multi"))
    assert compare(single, multi) == compare(scores)
    (named,) = compare(single, other=multi).results
    assert named.arm == "other"
    nameless = (Scores(each.frame.assign(arm="")) for each in (single, multi))
    assert compare(*nameless).baseline == "A"
    with pytest.raises(InputError, match="two tables have an arm 'single'; name them, as in compare"):
        compare(single, single)


def test_a_row_without_an_arm_is_refused(study: Study, noise: np.ndarray) -> None:
    frame = study(noise).frame
    frame.loc[3, "arm"] = ""
    refuse(Scores(frame), InputError, "1 of 216 scores have no arm")


def test_replicates_count_as_seeds_do(study: Study, noise: np.ndarray) -> None:
    scores = study(noise)
    replicates = Scores(scores.frame.rename(columns={"seed": "replicate", "replicate": "seed"}))
    assert compare(replicates) == compare(scores)


def test_a_case_that_stands_there_twice_is_refused(study: Study, noise: np.ndarray) -> None:
    again = [Scores(study(noise).frame.assign(sequences=names)) for names in ("t1c", "t1c,t2f")]
    refuse(
        Scores.concat(again),
        InputError,
        "tumour WT: single, 0, case-000 has 2 values, which differ in sequences; select one",
    )


def test_the_frame_of_a_comparison_has_a_row_for_each_result(study: Study, noise: np.ndarray) -> None:
    comparison = compare(Scores.concat(study(noise, task=task) for task in "ab"))
    frame = comparison.frame
    assert list(frame["task"]) == ["a", "b"]
    assert list(frame["p"]) == [float(result.test.p) for result in comparison.results if result.test]
    assert list(frame["low"] < frame["difference"]) == [True, True]
