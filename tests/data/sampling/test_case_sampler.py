"""Who is drawn when: shares kept in every batch, every case in its turn, and all of it from the number alone."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from braintumornet.core.text.errors import UsageError
from braintumornet.data.data_settings import DataSettings, SamplingSettings
from braintumornet.data.sampling.case_sampler import SamplingPlan, plan_sampling, spread

PAPER = ["hgg"] * 52 + ["mets"] * 12


def drawn_groups(groups: list[str], settings: SamplingSettings, samples: int) -> list[str]:
    draw = plan_sampling(groups, settings, seed=0)
    return [groups[draw.case_of(number)] for number in range(samples)]


def quota(by: str = "cohort", **shares: float) -> SamplingSettings:
    return SamplingSettings(kind="quota", by=by, shares=shares)


@pytest.mark.parametrize("batch", [2, 4, 10])
def test_uniform_puts_half_of_each_into_every_even_batch(batch: int) -> None:
    groups = drawn_groups(PAPER, SamplingSettings(kind="uniform"), 30 * batch)
    halves = [Counter(groups[start : start + batch])["mets"] for start in range(0, len(groups), batch)]
    assert set(halves) == {batch // 2}


def test_an_odd_batch_is_as_even_as_it_can_be() -> None:
    groups = drawn_groups(PAPER, SamplingSettings(kind="uniform"), 30)
    assert [Counter(groups[start : start + 3])["mets"] for start in range(0, 30, 3)] == [1, 2] * 5


@pytest.mark.parametrize(
    ("shares", "batch"), [({"hgg": 0.75, "mets": 0.25}, 4), ({"hgg": 0.2, "mets": 0.5, "plgg": 0.3}, 10)]
)
def test_a_quota_is_exact_in_every_batch_that_can_hold_it(shares: dict[str, float], batch: int) -> None:
    groups = drawn_groups([name for name in shares for _ in range(5)], quota(**shares), 20 * batch)
    for start in range(0, len(groups), batch):
        assert Counter(groups[start : start + batch]) == {name: round(s * batch) for name, s in shares.items()}


@pytest.mark.parametrize("counts", [[52, 12], [5, 3, 1], [7, 7, 7], [1, 1, 1, 97], [13, 8, 5, 3, 2]])
def test_no_group_is_ever_a_whole_sample_away_from_its_share(counts: list[int]) -> None:
    places = spread(counts)
    ends = np.arange(1, len(places) + 1)
    for group, count in enumerate(counts):
        off = np.cumsum(places == group) - ends * count / sum(counts)
        assert np.abs(off).max() < 1


def test_in_proportion_every_case_comes_once_before_any_comes_again() -> None:
    draw = plan_sampling(PAPER, SamplingSettings(), seed=3)
    for start in (0, 64, 128):
        assert sorted(draw.case_of(number) for number in range(start, start + 64)) == list(range(64))


def test_the_root_of_the_numbers_of_cases() -> None:
    shares = Counter(drawn_groups(["a"] * 16 + ["b"] * 4, SamplingSettings(kind="sqrt"), 300))
    assert shares == {"a": 200, "b": 100}
    shares = Counter(drawn_groups(["a"] * 259 + ["b"] * 58, SamplingSettings(kind="sqrt"), 1000))
    assert shares["a"] == pytest.approx(679, abs=1)


@pytest.mark.parametrize("kind", ["proportional", "uniform", "sqrt"])
def test_every_case_of_a_group_comes_once_before_any_of_it_comes_again(kind: str) -> None:
    groups = ["a"] * 7 + ["b"] * 3 + ["c"] * 1
    draw = plan_sampling(groups, SamplingSettings(kind=kind), seed=1)
    drawn = [draw.case_of(number) for number in range(200)]
    for name in "abc":
        cases = [case for case in drawn if groups[case] == name]
        for turn in range(0, len(cases) - groups.count(name) + 1, groups.count(name)):
            assert len(set(cases[turn : turn + groups.count(name)])) == groups.count(name)


def orders(draw: SamplingPlan) -> list[tuple[int, ...]]:
    return [tuple(draw.case_of(number) for number in range(start, start + 20)) for start in range(0, 100, 20)]


def test_the_order_changes_from_round_to_round_and_with_the_seed() -> None:
    first = orders(plan_sampling(["a"] * 20, SamplingSettings(), seed=1))
    assert all(one != other for one, other in pairwise(first))
    assert first != orders(plan_sampling(["a"] * 20, SamplingSettings(), seed=2))


def test_a_number_stands_for_one_case_whatever_came_before() -> None:
    draw = plan_sampling(PAPER, SamplingSettings(kind="sqrt"), seed=1)
    forward = [draw.case_of(number) for number in range(500)]
    again = plan_sampling(PAPER, SamplingSettings(kind="sqrt"), seed=1)
    assert [again.case_of(number) for number in reversed(range(500))] == forward[::-1]


def test_cases_without_a_value_are_a_group_of_their_own() -> None:
    draw = plan_sampling(["a", "a", "a", None], SamplingSettings(kind="uniform", by="pathology"), seed=0)
    assert Counter(draw.case_of(number) == 3 for number in range(10)) == {True: 5, False: 5}


def test_a_column_that_is_empty_is_refused() -> None:
    with pytest.raises(
        UsageError, match="no training case has anything in the column 'patology'; fill it, or sample by another"
    ):
        plan_sampling([None, None], SamplingSettings(kind="uniform", by="patology"), seed=0)


def test_a_quota_for_other_groups_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"given for hgg, met, but 'cohort' of the training cases is hgg, mets; give each"
    ):
        plan_sampling(PAPER, quota(hgg=0.5, met=0.5), seed=0)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"kind": "quota"}, "kind: quota needs shares, such as"),
        ({"kind": "uniform", "shares": {"a": 1}}, "shares belong to kind: quota"),
        ({"kind": "quota", "shares": {"a": 0.5, "b": 0.4}}, "shares must sum to 1, found 0.9"),
        ({"kind": "quota", "shares": {"a": 1, "b": 0}}, "greater than or equal to 0.001"),
        ("evenly", "'proportional', 'uniform', 'sqrt' or 'quota'"),
    ],
)
def test_shares_that_cannot_be_are_refused(content: object, text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        DataSettings.model_validate({"sampling": content})


def test_one_word_is_enough() -> None:
    assert DataSettings.model_validate({"sampling": "uniform"}).sampling == SamplingSettings(kind="uniform")
