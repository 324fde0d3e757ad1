import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from braintumornet.metrics.calibration import calibration_error, reliability, squared_errors


def test_brier_by_hand():
    probabilities = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.5, 0.3, 0.2]])
    assert squared_errors(probabilities, np.array([0, 0, 0])) == pytest.approx([0, 2, 0.25 + 0.09 + 0.04])


def test_brier_of_two_classes_is_twice_that_of_scikit_learn():
    positive, truth = np.random.default_rng(0).random(40), np.random.default_rng(1).integers(2, size=40)
    errors = squared_errors(np.stack([1 - positive, positive], axis=1), truth)
    assert errors.mean() == pytest.approx(2 * brier_score_loss(truth, positive))


def test_the_calibration_error_by_hand():
    confidence = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    correct = np.array([True, True, True, False, True, False])
    # four cases at 0.95 of which 0.75 are right, two at 0.55 of which 0.5 are
    assert calibration_error(confidence, correct, np.ones((1, 6))) == pytest.approx((4 * 0.2 + 2 * 0.05) / 6)


def test_weights_are_as_good_as_copies():
    confidence, correct = np.array([0.95, 0.62, 0.61]), np.array([True, False, True])
    copied = calibration_error(np.repeat(confidence, [2, 1, 3]), np.repeat(correct, [2, 1, 3]), np.ones((1, 6)))
    assert calibration_error(confidence, correct, np.array([[2.0, 1.0, 3.0]])) == pytest.approx(copied)


def test_the_reliability_curve_equals_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.01, 0.99, 300)
    correct = rng.random(300) < confidence
    accuracy, mean_confidence = calibration_curve(correct, confidence, n_bins=10)
    points = reliability(confidence, correct).values()
    assert [point["accuracy"] for point in points] == pytest.approx(accuracy)
    assert [point["confidence"] for point in points] == pytest.approx(mean_confidence)
    assert sum(point["cases"] for point in points) == 300
