"""What tells true from false lesions is learned where there are enough of both."""

import numpy as np

from braintumornet.uncertainty.lesion_probability import fit_lesions, lesion_probabilities


def _lesions(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    mean, volume_ml = rng.uniform(0.5, 1, count), np.exp(rng.normal(0, 1.5, count))
    odds = np.exp(8 * (mean - 0.75) + np.log(volume_ml))
    return mean, volume_ml, rng.random(count) < odds / (1 + odds)


def test_large_and_clear_lesions_are_likelier_true_and_as_often_as_said() -> None:
    mean, volume_ml, true = _lesions(4000)
    regression = fit_lesions(mean[:2000], volume_ml[:2000], true[:2000])
    assert regression is not None
    said = np.array(lesion_probabilities(regression, mean[2000:].tolist(), volume_ml[2000:].tolist()))
    for low in (0.0, 0.25, 0.5, 0.75):
        here = (said >= low) & (said < low + 0.25)
        assert abs(true[2000:][here].mean() - said[here].mean()) < 0.08
    small, large = lesion_probabilities(regression, [0.6, 0.95], [0.1, 20.0])
    assert small < 0.2
    assert large > 0.9


def test_nothing_is_learned_of_a_few() -> None:
    mean, volume_ml, true = _lesions(60)
    true[:] = True
    true[:19] = False
    assert fit_lesions(mean, volume_ml, true) is None
    true[19] = False
    assert fit_lesions(mean, volume_ml, true) is not None
