"""What the voxels say: exchanged images, masks, CT."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import GeometryError
from braintumornet.phantom.phantom_case import make_phantom
from braintumornet.phantom.phantom_settings import PhantomSettings
from braintumornet.prepare.recognition.content_checks import (
    check_enhancement,
    check_fluid,
    check_image,
    check_lone_t1,
    check_registered,
)
from braintumornet.volumes.nifti import read_volume
from braintumornet.volumes.volume import Volume

SPACE = Space((20, 20, 20), np.diag([4.0, 4.0, 4.0, 1.0]))
GLIOMAS = ("glioma-dev/*", "brats2021-gli/*")


def _volume(array: np.ndarray) -> Volume:
    return Volume(array.astype(np.float32), SPACE)


def _brain() -> Volume:
    mask = np.zeros(SPACE.shape, dtype=bool)
    mask[2:18, 2:18, 2:18] = True
    return Volume(mask, SPACE)


def _noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 10, SPACE.shape)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.full(SPACE.shape, 3), "it is 3 everywhere"),
        (np.arange(8000).reshape(SPACE.shape) % 5, "it has 5 grey levels, all of them whole numbers, as a mask has"),
        (_noise(1) - 1100, "as in CT"),
    ],
)
def test_what_is_no_mr_image_is_told_from_its_voxels(array, reason) -> None:
    found = check_image(_volume(array))
    assert found.verdict == "disagree"
    assert found.reason.endswith(reason)


def test_an_image_is_an_image() -> None:
    assert check_image(_volume(_noise(1))).verdict == "agree"
    few_levels_but_no_labels = np.arange(8000).reshape(SPACE.shape) % 5 / 7
    assert check_image(_volume(few_levels_but_no_labels)).verdict == "agree"


def test_enhancement_tells_which_is_which() -> None:
    t1n = _noise(1)
    t1c = 2 * t1n + _noise(2) / 10
    t1c[8:11, 8:11, 8:12] += 200
    before, after = _volume(t1n), _volume(t1c)
    assert check_enhancement(before, after, _brain()).verdict == "agree"
    swapped = check_enhancement(after, before, _brain())
    assert swapped.verdict == "disagree"
    assert swapped.reason.endswith("the other way round: the two are probably exchanged")
    assert check_enhancement(before, _volume(2 * t1n + _noise(2) / 10), _brain()).verdict == "unclear"


def test_fluid_tells_t2_from_flair() -> None:
    t2w = _noise(1)
    t2f = t2w + _noise(2) / 10
    t2w[8:11, 8:11, 8:12] += 200
    t2f[8:11, 8:11, 8:12] -= 200
    assert check_fluid(_volume(t2w), _volume(t2f), _brain()).verdict == "agree"
    assert check_fluid(_volume(t2f), _volume(t2w), _brain()).verdict == "disagree"
    assert check_fluid(_volume(t2w), _volume(t2w + _noise(3) / 10), _brain()).verdict == "unclear"


@pytest.mark.parametrize("check", [check_enhancement, check_fluid])
def test_an_empty_brain_is_unclear(check) -> None:
    nothing = Volume(np.zeros(SPACE.shape, dtype=bool), SPACE)
    assert check(_volume(_noise(1)), _volume(_noise(2)), nothing).verdict == "unclear"


def test_images_on_different_grids_are_refused() -> None:
    elsewhere = Volume(np.zeros(SPACE.shape, dtype=bool), Space(SPACE.shape, np.eye(4)))
    with pytest.raises(GeometryError, match="t1n and the brain mask lie on different grids"):
        check_enhancement(_volume(_noise(1)), _volume(_noise(2)), elsewhere)


@pytest.mark.parametrize("pattern", GLIOMAS)
def test_real_gliomas_agree_and_disagree_when_exchanged(shared_data: Path, pattern: str) -> None:
    folder = min(path for path in shared_data.glob(pattern) if path.is_dir())
    images = {}
    for sequence in ("t1n", "t1c", "t2w", "t2f"):
        whole = read_volume(folder / f"{folder.name}_{sequence}.nii.gz")
        array = whole.array[::2, ::2, ::2]  # a point of the grid, not a mean: enough for shares
        images[sequence] = Volume(array, Space(array.shape, whole.space.affine @ np.diag([2.0, 2.0, 2.0, 1.0])))
    space = images["t1n"].space
    brain = Volume(np.logical_or.reduce([image.array != 0 for image in images.values()]), space)
    assert check_enhancement(images["t1n"], images["t1c"], brain).verdict == "agree"
    assert check_enhancement(images["t1c"], images["t1n"], brain).verdict == "disagree"
    assert check_fluid(images["t2w"], images["t2f"], brain).verdict == "agree"
    assert check_fluid(images["t2f"], images["t2w"], brain).verdict == "disagree"


def test_a_phantom_agrees_and_disagrees_when_exchanged() -> None:
    case = make_phantom(4, PhantomSettings(shape=(40, 48, 40), spacing_mm=(4, 4, 4)))
    images = {name: Volume(array, case.space) for name, array in case.images.items()}
    brain = Volume(case.brainmask, case.space)
    assert check_enhancement(images["t1n"], images["t1c"], brain).verdict == "agree"
    assert check_enhancement(images["t1c"], images["t1n"], brain).verdict == "disagree"
    assert check_fluid(images["t2w"], images["t2f"], brain).verdict == "agree"
    assert check_fluid(images["t2f"], images["t2w"], brain).verdict == "disagree"


@pytest.mark.parametrize(
    ("bright", "sequence", "verdict"),
    [(400, "t1n", "disagree"), (400, "t1c", "unclear"), (100, "t1c", "disagree"), (100, "t1n", "unclear")],
)
def test_a_lone_t1_is_only_doubted(bright: float, sequence: str, verdict: str) -> None:
    array = _noise(1)
    array[8:11, 8:11, 8:12] = bright
    found = check_lone_t1(_volume(array), sequence, _brain())
    assert found.verdict == verdict


@pytest.mark.parametrize(
    ("sequences", "checks"),
    [
        (("t1n", "t1c", "t2w", "t2f"), ["t1n against t1c", "t2w against t2f"]),
        (("t1c", "t2f"), ["t1c"]),
        (("t1n", "t2w"), ["t1n"]),
        (("t2f",), []),
    ],
)
def test_what_can_be_checked_depends_on_the_sequences(sequences: tuple[str, ...], checks: list[str]) -> None:
    images = {sequence: _volume(_noise(place)) for place, sequence in enumerate(sequences)}
    assert list(check_registered(images, _brain())) == checks
