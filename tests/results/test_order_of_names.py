"""No order of arms, splits, seeds, patients or structures in a table changes what a study says."""

import numpy as np
import pytest

from braintumornet.results.outcome import paper_tables
from braintumornet.results.reliability import METRICS, pool_reliability
from braintumornet.statistics.arm_scores import Row
from braintumornet.statistics.compare import compare
from braintumornet.statistics.comparison_question import Question


@pytest.fixture
def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    made = []
    for arm, split, seed in ((a, s, n) for a in ("single", "multi", "joint") for s in "123" for n in "01"):
        place = (0, arm, split, seed)
        made += [
            Row(*place, f"p{who}_{scan}", f"p{who}", "tumour", region, "dice", float(rng.random()), "")
            for who in range(5)
            for scan in range(1 + who % 2)
            for region in ("WT", "TC")
        ]
        made += [Row(*place, "", "", "idh", "confidence 0.8 to 0.9", m, float(rng.random()), "") for m in METRICS]
    return made


def results(rows: list[Row]) -> list[str]:
    return sorted(repr(result) for result in compare(rows, Question(metric="dice", baseline="single")).results)


def columns(rows: list[Row]) -> list[str]:
    tables = paper_tables(rows, "test", "single")
    return sorted(f"{t.about} {c.arm} {c.mean!r} {c.wins} {sorted(c.by_split)}" for t in tables for c in t.columns)


@pytest.mark.parametrize("seed", range(3))
def test_a_shuffled_table_says_the_same(seed: int, rows: list[Row]) -> None:
    shuffled = [rows[index] for index in np.random.default_rng(seed).permutation(len(rows))]
    assert results(shuffled) == results(rows)
    assert columns(shuffled) == columns(rows)
    assert sorted(map(repr, pool_reliability(shuffled))) == sorted(map(repr, pool_reliability(rows)))
