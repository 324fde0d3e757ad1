"""A run notices images that are unlike those that it learned from: another contrast, a CT, noise, another generator."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.cohort.case import Case
from braintumornet.core.input_profile import InputProfile
from braintumornet.data.store.case_images import CaseImages, read_case
from braintumornet.data.training_data_profile import describe_unlike, profile_inputs
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.volumes.brain import normalise

SEQUENCES = ("t1n", "t1c", "t2w", "t2f")
HEADS = PhantomSettings(shape=(32, 38, 32), spacing_mm=(5, 5, 5), mix=Mix(hgg=0.5, plgg=0.5))


def _make(folder: Path, cases: int, seed: int, generator: int = 1) -> list[CaseImages]:
    made = write_phantoms(folder, HEADS, cases, seed, generator=generator)
    return [_read(case) for case in made]


def _read(case: Case) -> CaseImages:
    return read_case(case, SEQUENCES)[0]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> InputProfile:
    """What a run knows of 40 phantoms of generator 1."""
    found = profile_inputs(_make(tmp_path_factory.mktemp("training"), 40, 1), SEQUENCES)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[CaseImages]:
    """Further phantoms of generator 1."""
    return _make(tmp_path_factory.mktemp("others"), 20, 2)


def _flagged(cases: list[CaseImages], known: InputProfile) -> int:
    return sum(bool(describe_unlike(one, SEQUENCES, known)) for one in cases)


def _show(images: CaseImages, arrays: list[np.ndarray]) -> CaseImages:
    return replace(images, image=np.stack([normalise(one, images.brain) for one in arrays]))


def test_another_generator_is_noticed_and_the_same_one_is_not(
    known: InputProfile, others: list[CaseImages], tmp_path: Path
) -> None:
    assert _flagged(others, known) <= 3
    assert _flagged(_make(tmp_path, 20, 3, generator=2), known) >= 12


def test_noise_for_images_is_noticed(known: InputProfile, others: list[CaseImages]) -> None:
    rng = np.random.default_rng(0)
    noise = [_show(one, [rng.normal(size=one.brain.shape) for _ in SEQUENCES]) for one in others[:4]]
    assert _flagged(noise, known) == 4


def test_a_ct_without_skull_in_place_of_t1n_or_of_two_sequences_is_noticed(
    known: InputProfile, others: list[CaseImages]
) -> None:
    """White matter at 28 HU, grey at 37, fluid at 8, noise of 4 HU: what t1n is to bright and dark the other way."""
    rng = np.random.default_rng(0)
    for one in others[:4]:
        grey = np.clip(-one.image[0], -1, 1)
        hounsfield = 32 + 5 * grey - 24 * (one.image[0] < -2) + rng.normal(0, 4, grey.shape)
        assert _flagged([_show(one, [hounsfield, *one.image[1:]])], known) == 1
        twice = replace(_show(one, [hounsfield] * 4), present=np.array([True, True, False, False]))
        assert _flagged([twice], known) == 1


def test_an_inverted_sequence_is_named_and_a_missing_one_is_not_judged(
    known: InputProfile, others: list[CaseImages]
) -> None:
    turned = [replace(one, image=one.image * np.array([1, -1, 1, 1])[:, None, None, None]) for one in others[:10]]
    said = [text for one in turned for text in describe_unlike(one, SEQUENCES, known)]
    assert len(said) >= 9
    assert sum(text.startswith("the images, because of t1c, are more unlike those that") for text in said) >= 7
    without = [replace(one, present=np.array([True, False, True, True])) for one in turned]
    assert _flagged(without, known) <= 2
    assert describe_unlike(turned[0], SEQUENCES, None) == []
