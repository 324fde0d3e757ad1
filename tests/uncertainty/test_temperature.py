"""A temperature is found again, and changes no mask."""

import numpy as np
import pytest

from braintumornet.uncertainty.temperature import fit_class_temperature, fit_temperature, temper, temper_classes


def test_a_known_temperature_is_found_again() -> None:
    rng = np.random.default_rng(1)
    honest = rng.uniform(0.01, 0.99, 200_000)
    truth = rng.random(200_000) < honest
    assert fit_temperature(temper(honest, 1 / 2.5), truth) == pytest.approx(2.5, rel=0.02)
    assert fit_temperature(honest, truth) == pytest.approx(1, rel=0.02)


def test_a_known_temperature_of_classes_is_found_again() -> None:
    rng = np.random.default_rng(2)
    honest = rng.dirichlet((1, 1, 1), size=40_000)
    truth = (rng.random(40_000)[:, None] > honest.cumsum(axis=1)).sum(axis=1).clip(max=2)
    assert fit_class_temperature(temper_classes(honest, 0.6), truth) == pytest.approx(1 / 0.6, rel=0.03)


def test_few_cases_move_the_temperature_of_classes_little() -> None:
    """One case that was right with 0.7, by hand: the slope of -log p + ln(T)^2 / (2 * 0.25) is 0 at T = 0.94."""
    once = fit_class_temperature(np.array([[0.7, 0.3]]), np.array([0]))
    logarithm = np.log(once)
    wrong = 1 / (1 + np.exp(np.log(0.7 / 0.3) / once))
    assert wrong * np.log(0.7 / 0.3) / once + logarithm / 0.25 == pytest.approx(0, abs=1e-3)
    assert once == pytest.approx(0.94, abs=0.01)
    often = fit_class_temperature(np.tile([0.7, 0.3], (2000, 1)), np.zeros(2000, int))
    assert often < 0.2


@pytest.mark.parametrize("temperature", [0.2, 1.0, 7.0])
def test_one_half_stays_one_half_and_nothing_crosses_it(temperature: float) -> None:
    probabilities = np.array([0, 1e-9, 0.499, 0.5, 0.501, 0.8, 1], dtype=np.float32)
    tempered = temper(probabilities, temperature)
    assert tempered.dtype == np.float32
    assert np.sign(tempered - 0.5).tolist() == [-1, -1, -1, 0, 1, 1, 1]
    assert (np.diff(tempered) >= 0).all()
