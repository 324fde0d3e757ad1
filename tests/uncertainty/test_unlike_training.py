"""Images unlike those of the training are noticed, and others no more often than is said."""

import numpy as np
import pytest

from braintumornet.core.input_profile import InputProfile
from braintumornet.uncertainty.image_features import Features, measure_images
from braintumornet.uncertainty.unlike_training import notice_unlike, profile_images, shrinkage
from braintumornet.volumes.brain import normalise

BRAIN = np.pad(np.ones((14, 14, 14), dtype=bool), 1)
Case = dict[str, Features]


def _image(rng: np.random.Generator, noise: float = 0.1, gamma: float = 1.0, sign: float = 1) -> np.ndarray:
    """A brain of two tissues, the brighter one smaller, with some of the differences that scanners make."""
    tissue = (np.indices(BRAIN.shape).sum(axis=0) > rng.normal(28, 1)) * 1.0 + rng.normal(1, 0.05)
    image = sign * tissue ** (gamma * rng.normal(1, 0.05)) + rng.normal(0, noise * rng.uniform(0.9, 1.1), BRAIN.shape)
    return normalise(image, BRAIN)


def _case(rng: np.random.Generator, **change: float) -> Case:
    return measure_images({"t1c": _image(rng, **change), "t2f": _image(rng, sign=-1)}, BRAIN, (4, 4, 4))


def _without(case: Case, sequence: str) -> Case:
    return {
        group: {name: values for name, values in features.items() if sequence not in name.split()}
        for group, features in case.items()
    }


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    rng = np.random.default_rng(1)
    return [_case(rng) for _ in range(60)]


@pytest.fixture(scope="module")
def known(cases: list[Case]) -> InputProfile:
    found = profile_images(cases)
    assert found is not None
    return found


def test_of_cases_of_the_same_kind_no_more_are_flagged_than_is_said(known: InputProfile) -> None:
    rng = np.random.default_rng(2)
    flagged = np.mean([bool(notice_unlike(_case(rng), known)) for _ in range(150)])
    assert 0 < flagged <= 0.1


@pytest.mark.parametrize("change", [{"noise": 0.5}, {"noise": 0.02}, {"sign": -1}, {"gamma": 4}])
def test_another_noise_contrast_or_scale_is_noticed_and_the_sequence_named(
    known: InputProfile, change: dict[str, float]
) -> None:
    rng = np.random.default_rng(3)
    said = [notice_unlike(_case(rng, **change), known) for _ in range(20)]
    assert sum(text.startswith("the images, because of t1c, are more unlike those that") for text in said) >= 17


def test_what_is_missing_is_not_judged_and_few_cases_tell_nothing(cases: list[Case], known: InputProfile) -> None:
    inverted = _case(np.random.default_rng(4), sign=-1)
    assert notice_unlike(_without(inverted, "t1c"), known) == ""
    assert notice_unlike(_without(inverted, "t2f"), known).startswith("the images are more unlike")
    assert notice_unlike(measure_images({}, BRAIN, (4, 4, 4)), known) == ""
    assert profile_images(cases[:18]) is None
    few_with_both = profile_images([*cases[:18], *(_without(case, "t2f") for case in cases[18:])])
    assert few_with_both is not None
    assert notice_unlike(inverted, few_with_both) == ""
    assert notice_unlike(_without(inverted, "t2f"), few_with_both) != ""


def test_a_run_that_measured_its_images_otherwise_says_so(cases: list[Case]) -> None:
    old = {"features": ["percentile 50"], "cases": 54, "limit": 4.3, "sequences": {"t1c": {"mean": [0.1]}}}
    earlier = InputProfile.model_validate(old)
    assert "trained by another version of braintumornet" in notice_unlike(cases[0], earlier)


def test_a_profile_is_the_same_once_it_was_written_and_read(known: InputProfile) -> None:
    assert InputProfile.model_validate_json(known.model_dump_json()).measured == known.measured


def test_a_covariance_is_shrunk_as_by_scikit_learn() -> None:
    from sklearn.covariance import ledoit_wolf_shrinkage

    rng = np.random.default_rng(5)
    features = rng.normal(size=(30, 12)) @ rng.normal(size=(12, 12))
    centred = features - features.mean(axis=0)
    assert shrinkage(centred) == pytest.approx(ledoit_wolf_shrinkage(centred, assume_centered=True))


def test_small_brains_and_those_with_one_sequence_have_as_many_features() -> None:
    rng = np.random.default_rng(6)
    tiny = np.pad(np.ones((3, 3, 3), dtype=bool), 1)
    found = measure_images({"t1c": rng.normal(size=tiny.shape)}, tiny, (1, 1, 1))
    values = [*found["looks"]["t1c"], *found["slopes"]["t1c"]]
    assert len(values) == 11
    assert np.isfinite(values).all()


def test_a_bias_field_shows_as_a_slope_along_its_axis() -> None:
    image = np.random.default_rng(7).normal(size=BRAIN.shape) + 0.1 * np.arange(16)[None, :, None]
    slopes = measure_images({"t1c": image}, BRAIN, (3, 3, 3))["slopes"]["t1c"]
    assert slopes == pytest.approx([0, 3 * 0.1, 0], abs=0.1)
