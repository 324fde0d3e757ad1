"""One of several parts of a cohort."""

import pytest

from braintumornet.core.cohort.case import Case, Cohort
from braintumornet.core.text.errors import UsageError
from braintumornet.layouts.choose_cases import take_shard

COHORT = Cohort("c", tuple(Case(name, name, "c", {}) for name in "abcde"))


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 7])
def test_the_shards_have_each_case_once_and_are_of_even_size(parts: int) -> None:
    shards = [[case.id for case in take_shard(COHORT.cases, f"{i}/{parts}")] for i in range(1, parts + 1)]
    assert sorted(case_id for shard in shards for case_id in shard) == list("abcde")
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


def test_without_a_shard_all_cases_are_taken() -> None:
    assert take_shard(COHORT.cases, None) == COHORT.cases


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "1/0", "-1/4", "a/b", "1/2/3", "1.0/4", "/4", "1/"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"expected I/N with I from 1 to N, such as 2/4"):
        take_shard(COHORT.cases, text)
