"""Images unlike those of the training are noticed, and others no more often than is said."""

import numpy as np
import pytest

from braintumornet.core.input_profile import InputProfile
from braintumornet.uncertainty.unlike_training import describe_image, notice_unlike, profile_images
from braintumornet.volumes.brain import normalise

BRAIN = np.pad(np.ones((14, 14, 14), dtype=bool), 1)


def _features(rng: np.random.Generator, noise: float = 0.1, gamma: float = 1.0, sign: float = 1) -> np.ndarray:
    """A brain of two tissues, the brighter one smaller, with some of the differences that scanners make."""
    tissue = (np.indices(BRAIN.shape).sum(axis=0) > rng.normal(28, 1)) * 1.0 + rng.normal(1, 0.05)
    image = sign * tissue ** (gamma * rng.normal(1, 0.05)) + rng.normal(0, noise * rng.uniform(0.9, 1.1), BRAIN.shape)
    return describe_image(normalise(image, BRAIN), BRAIN, 0.064)


@pytest.fixture(scope="module")
def known() -> InputProfile:
    rng = np.random.default_rng(1)
    found = profile_images([{"t1c": _features(rng), "t2f": _features(rng, sign=-1)} for _ in range(60)])
    assert found is not None
    return found


def test_of_cases_of_the_same_kind_no_more_are_flagged_than_is_said(known: InputProfile) -> None:
    rng = np.random.default_rng(2)
    said = [notice_unlike({"t1c": _features(rng), "t2f": _features(rng, sign=-1)}, known) for _ in range(150)]
    assert np.mean([bool(text) for text in said]) <= 0.1


@pytest.mark.parametrize("change", [{"noise": 0.5}, {"noise": 0.02}, {"sign": -1}, {"gamma": 4}])
def test_another_noise_contrast_or_scale_is_noticed_and_the_sequence_named(
    known: InputProfile, change: dict[str, float]
) -> None:
    rng = np.random.default_rng(3)
    said = [notice_unlike({"t1c": _features(rng, **change), "t2f": _features(rng, sign=-1)}, known) for _ in range(20)]
    assert sum(text.startswith("t1c is more unlike the images that the network learned from") for text in said) >= 17


def test_what_is_missing_is_not_judged_and_few_cases_tell_nothing(known: InputProfile) -> None:
    rng = np.random.default_rng(4)
    assert notice_unlike({}, known) == ""
    assert notice_unlike({"t1c": _features(rng, sign=-1)}, None) == ""
    assert profile_images([{"t1c": _features(rng)} for _ in range(18)]) is None
    only = profile_images([{"t1c": _features(rng)} for _ in range(19)] + [{"t2f": _features(rng)}])
    assert only is not None
    assert list(only.sequences) == ["t1c"]


def test_a_run_that_measured_its_images_otherwise_says_so(known: InputProfile) -> None:
    case = {"t1c": _features(np.random.default_rng(4))}
    earlier = known.model_copy(update={"features": ("percentile 50",)})
    assert "trained by another version of braintumornet" in notice_unlike(case, earlier)
