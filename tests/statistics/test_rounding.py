"""How finely values are told."""

import numpy as np
import pytest

from braintumornet.statistics.rounding import coarser_step, decimal_step, exceeds_rounding


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([0.7, 0.72], 0.01),
        ([0.1 + 0.2, 0.5], 0.1),
        ([86.74, 44.17, 374], 0.01),
        ([3, 0, 12], 1),
        ([0.0, 0.0, 0.25], 0.01),
        ([0.3 - 0.1 - 0.2, 0.25], 0.01),  # -2.8e-17 is a zero
        ([1e-7, 3e-7], 1e-7),
        ([float("nan"), 0.5], 0.1),
        ([1 / 3], 1e-12),
        ([np.float32(0.7)], 1e-12),
        ([], 1),
    ],
)
def test_the_step_is_the_last_decimal_that_is_used(values: list[float], step: float) -> None:
    assert decimal_step(values) == pytest.approx(step)


@pytest.mark.parametrize("decimals", range(1, 9))
@pytest.mark.parametrize("scale", [1, 100])
def test_rounded_values_tell_their_decimals(decimals: int, scale: int) -> None:
    values = np.round(np.random.default_rng(decimals).uniform(0, scale, 100), decimals)
    assert decimal_step(values) == pytest.approx(10.0**-decimals)


def test_whole_numbers_beside_fractions_are_no_rounding() -> None:
    assert coarser_step([0.0, 0.0], [0.41, 0.448]) == pytest.approx(0.001)
    assert coarser_step([3, 4], [5, 9]) == 1


def test_a_spread_of_just_the_step_is_one() -> None:
    assert exceeds_rounding(np.array([0.72 - 0.70, 0.73 - 0.72, 0.0]), 0.01)  # deviation 0.01
    assert not exceeds_rounding(np.array([0.02, 0.01, 0.01]), 0.01)
