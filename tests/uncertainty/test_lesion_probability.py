"""What tells true from false lesions is learned where there are enough of both."""

import numpy as np
import pytest

from braintumornet.uncertainty.lesion_probability import (
    PredictedLesions,
    find_lesions,
    fit_lesions,
    lesion_probabilities,
)


def _lesions(count: int, seed: int = 1) -> PredictedLesions:
    rng = np.random.default_rng(seed)
    mean, volume_ml = rng.uniform(0.5, 1, count), np.exp(rng.normal(0, 1.5, count))
    odds = np.exp(8 * (mean - 0.75) + np.log(volume_ml))
    return PredictedLesions(mean, volume_ml, rng.random(count) < odds / (1 + odds))


def test_large_and_clear_lesions_are_likelier_true_and_as_often_as_said() -> None:
    regression = fit_lesions(_lesions(2000))
    assert regression is not None
    further = _lesions(2000, seed=2)
    said = np.array(lesion_probabilities(regression, further))
    for low in (0.0, 0.25, 0.5, 0.75):
        here = (said >= low) & (said < low + 0.25)
        assert abs(further.true[here].mean() - said[here].mean()) < 0.08
    two = PredictedLesions(np.array([0.6, 0.95]), np.array([0.1, 20.0]), np.zeros(2, dtype=bool))
    small, large = lesion_probabilities(regression, two)
    assert small < 0.2
    assert large > 0.9


def test_nothing_is_learned_of_a_few() -> None:
    lesions = _lesions(60)
    lesions.true[:] = True
    lesions.true[:19] = False
    assert fit_lesions(lesions) is None
    lesions.true[19] = False
    assert fit_lesions(lesions) is not None


def test_a_lesion_is_true_where_it_overlaps_a_true_one() -> None:
    mask = np.array([1, 1, 1, 0, 1, 0], dtype=bool).reshape(1, 1, 6)
    truth = np.array([0, 0, 1, 1, 0, 1], dtype=bool).reshape(1, 1, 6)
    probabilities = np.array([0.6, 0.7, 0.8, 0, 0.9, 0]).reshape(1, 1, 6)
    found = find_lesions(mask, probabilities, 0.5, truth)
    assert found.mean_probability == pytest.approx([0.7, 0.9])
    assert found.volume_ml.tolist() == [1.5, 0.5]
    assert found.true.tolist() == [True, False]
    assert find_lesions(np.zeros_like(mask), probabilities, 0.5, truth).true.size == 0
