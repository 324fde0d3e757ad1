"""No order of arms, splits, seeds, patients or structures in a table changes what a study says."""

import numpy as np
import pytest

from braintumornet.core.scores import Scores
from braintumornet.results.reliability import METRICS, pool_reliability
from braintumornet.results.split_means import arm_means, split_means
from braintumornet.statistics.compare import compare
from braintumornet.statistics.comparison_settings import ComparisonSettings


@pytest.fixture
def scores() -> Scores:
    rng = np.random.default_rng(0)
    rows = []
    for arm, split, seed in ((a, s, n) for a in ("single", "multi", "joint") for s in "123" for n in "01"):
        run = {"arm": arm, "split": split, "seed": seed}
        rows += [
            {**run, "case_id": f"p{who}_{scan}", "patient_id": f"p{who}", "structure": region, "metric": "dice"}
            for who in range(5)
            for scan in range(1 + who % 2)
            for region in ("WT", "TC")
        ]
        rows += [{**run, "task": "idh", "structure": "confidence 0.8 to 0.9", "metric": metric} for metric in METRICS]
    return Scores.of({**row, "value": value} for row, value in zip(rows, rng.random(len(rows)), strict=True))


def results(scores: Scores) -> list[str]:
    settings = ComparisonSettings(metric="dice", baseline="single")
    return sorted(repr(result) for result in compare(scores, settings=settings).results)


def means(scores: Scores) -> list[str]:
    of_splits = split_means(scores, "test")
    shown = (of_splits.drop(columns="cases"), arm_means(of_splits, {"dice": "single"}))
    return sorted(repr(row) for frame in shown for row in frame.to_dict("records"))


@pytest.mark.parametrize("seed", range(3))
def test_a_shuffled_table_says_the_same(seed: int, scores: Scores) -> None:
    shuffled = Scores(scores.frame.sample(frac=1, random_state=seed))
    assert results(shuffled) == results(scores)
    assert means(shuffled) == means(scores)
    curves = (pool_reliability(each).to_dict("records") for each in (shuffled, scores))
    assert len({str(sorted(map(repr, curve))) for curve in curves}) == 1
