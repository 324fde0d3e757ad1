from math import isnan

import numpy as np
import pytest
from scipy.stats import bootstrap

from braintumornet.statistics.patient_bootstrap import FEWEST_PATIENTS, NO_SPREAD, estimate_mean


def test_one_case_per_patient_is_the_plain_bootstrap():
    values = np.random.default_rng(1).random(40)
    found = estimate_mean(values.tolist(), [f"p{n:02d}" for n in range(40)])
    expected = bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=2).confidence_interval
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_the_order_of_cases_does_not_matter():
    values, patients = [0.1, 0.9, 0.4, 0.6, 0.5, 0.2], ["a", "b", "b", "c", "d", "e"]
    assert estimate_mean(values, patients) == estimate_mean(values[::-1], patients[::-1])


@pytest.mark.parametrize(("patients", "told"), [(FEWEST_PATIENTS - 1, False), (FEWEST_PATIENTS, True)])
def test_few_patients_carry_no_interval_however_many_cases(patients, told):
    values = np.linspace(0, 1, 20).tolist()
    found = estimate_mean(values, [f"p{n % patients}" for n in range(20)])
    assert found.value == pytest.approx(0.5)
    assert isnan(found.low) != told


def test_values_that_are_all_the_same_carry_no_interval():
    found = estimate_mean([0.1] * 9, [f"p{n}" for n in range(9)])
    assert (found.value, found.note) == (pytest.approx(0.1), NO_SPREAD)
    assert isnan(found.low)
    assert isnan(found.high)


def test_no_case_is_no_figure():
    assert isnan(estimate_mean([], []).value)
