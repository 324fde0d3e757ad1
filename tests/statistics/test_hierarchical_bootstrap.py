import numpy as np
import pytest

from braintumornet.statistics.hierarchical_bootstrap import two_level_interval


def width(differences: np.ndarray) -> float:
    low, high = two_level_interval(differences)
    return high - low


@pytest.mark.parametrize("shape", [(1, 1, 100), (1, 100, 1), (100, 1, 1)])
def test_one_level_alone_is_the_usual_bootstrap(shape: tuple[int, int, int]) -> None:
    values = np.random.default_rng(0).normal(0.1, 0.2, shape)
    low, high = two_level_interval(values)
    error = values.std() / 10
    assert [low, high] == pytest.approx([values.mean() - 1.96 * error, values.mean() + 1.96 * error], abs=0.2 * error)


def test_each_level_widens_the_interval() -> None:
    rng = np.random.default_rng(1)
    patients, splits, seeds = rng.normal(size=(1, 1, 40)), rng.normal(size=(6, 1, 1)), rng.normal(size=(6, 3, 1))
    whole = np.broadcast_to(patients, (6, 3, 40))
    assert width(whole) < width(whole + seeds) < width(whole + seeds + splits)


def test_a_patient_in_several_splits_is_one_patient() -> None:
    values = np.random.default_rng(2).normal(size=(1, 1, 30))
    assert width(np.repeat(values, 6, axis=0)) == pytest.approx(width(values), rel=0.1)


@pytest.mark.parametrize("values", [np.full((6, 2, 9), 0.1), np.array([[[0.71 - 0.70]], [[0.73 - 0.72]]])])
def test_a_constant_has_no_interval(values: np.ndarray) -> None:
    assert np.isnan(two_level_interval(values)).all()


def test_patients_who_are_not_tested_in_a_split_do_not_count_there() -> None:
    values = np.array([[[0.1, 0.1, np.nan, np.nan]], [[np.nan, np.nan, 0.3, 0.3]]])
    assert two_level_interval(values) == pytest.approx((0.1, 0.3))


def test_one_value_has_no_interval() -> None:
    assert np.isnan(two_level_interval(np.full((1, 1, 1), 0.1))).all()
