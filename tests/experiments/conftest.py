"""Tables of small studies."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from braintumornet.experiments.table import Row

Rows = list[Row]


def make_rows(arm: str, values: np.ndarray, task: str = "tumour", structure: str = "WT", metric: str = "dice") -> Rows:
    """Return the rows of an arm from values (splits, seeds, patients); NaN stands in the table as it is."""
    return [
        Row(0, arm, str(j), str(s), f"case-{i:03}", f"case-{i:03}", task, structure, metric, float(value), "")
        for (j, s, i), value in np.ndenumerate(values)
    ]


@pytest.fixture
def study() -> Callable[..., Rows]:
    """A study of two arms: differences (splits, seeds, patients) -> its rows."""

    def build(differences: np.ndarray, arms: Sequence[str] = ("single", "multi"), **names: str) -> Rows:
        base = np.random.default_rng(1).uniform(0.3, 0.7, differences.shape)
        return make_rows(arms[0], base, **names) + make_rows(arms[1], base + differences, **names)

    return build


@pytest.fixture
def noise() -> np.ndarray:
    """Differences of six splits, two seeds and nine patients, around no effect."""
    rng = np.random.default_rng(7)
    return rng.normal(0, 0.05, (6, 1, 1)) + rng.normal(0, 0.03, (6, 2, 1)) + rng.normal(0, 0.1, (6, 2, 9))
