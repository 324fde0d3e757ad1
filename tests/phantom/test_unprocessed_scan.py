import json

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from braintumornet.core.space import Space
from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom import unprocessed_scan
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import RAW_GENERATOR_VERSION, RawExamination, make_raw_phantom
from braintumornet.phantom.write_phantoms import write_phantoms
from braintumornet.volumes.nifti import read_labels, read_volume
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume


@pytest.fixture(scope="module")
def settings() -> PhantomSettings:
    return PhantomSettings(shape=(40, 48, 44), spacing_mm=(5, 5, 5), mix=Mix(hgg=1))


@pytest.fixture(scope="module")
def raw(settings) -> RawExamination:
    return make_raw_phantom(6, settings)


def on_t1c(raw: RawExamination, sequence: str, motion: np.ndarray) -> np.ndarray:
    image, reference = raw.images[sequence], raw.labels.space
    return resample(
        Volume(image.array.astype(float), image.space), Space(reference.shape, motion @ reference.affine)
    ).array


def test_every_sequence_has_a_grid_of_its_own(raw):
    grids = [raw.images[sequence].space for sequence in SEQUENCES]
    assert all(first != second for i, first in enumerate(grids) for second in grids[:i])


def test_motions_are_rigid_and_move_all_but_t1c(raw):
    for sequence, motion in raw.motions.items():
        np.testing.assert_allclose(motion[:3, :3] @ motion[:3, :3].T, np.eye(3), atol=1e-9)
        assert np.linalg.det(motion[:3, :3]) == pytest.approx(1)
        assert np.allclose(motion, np.eye(4)) == (sequence == "t1c")


@pytest.mark.parametrize("seed", [6, 7])
@pytest.mark.parametrize("sequence", ["t1n", "t2w", "t2f"])
def test_the_motion_brings_a_sequence_back_to_t1c(settings, seed, sequence):
    raw = make_raw_phantom(seed, settings)
    head = raw.images["t1c"].array > 0.15 * np.percentile(raw.images["t1c"].array, 95)
    aligned, left = on_t1c(raw, sequence, raw.motions[sequence]), on_t1c(raw, sequence, np.eye(4))
    assert agreement(aligned, head) > agreement(left, head)


def agreement(image: np.ndarray, head: np.ndarray) -> float:
    """Return how well the outline of a head agrees with another: their Dice."""
    found = image > 0.15 * np.percentile(image, 95)
    return 2 * (found & head).sum() / (found.sum() + head.sum())


def test_there_is_a_head_around_the_brain(raw):
    image = raw.images["t1c"].array
    assert np.percentile(image[~raw.brainmask.array], 90) > 0.3 * np.median(image[raw.brainmask.array])


def test_a_raw_cohort_is_written_with_its_truth(tmp_path, settings):
    (case,) = write_phantoms(tmp_path, settings, cases=1, seed=6, raw=True)
    raw = make_raw_phantom(6, settings)
    truth = json.loads((tmp_path / "phantom-0000" / "phantom-0000_motion.json").read_text())
    assert truth["reference"] == "t1c"
    for sequence, motion in raw.motions.items():
        np.testing.assert_allclose(truth["reference_to_sequence_mm"][sequence], motion)
    assert read_labels(case.targets["seg"]).space == read_volume(case.images["t1c"]).space
    assert case.pathology == "hgg"
    assert case.value("generator") == RAW_GENERATOR_VERSION


def test_the_brain_mask_holds_the_fluid_next_to_the_brain(monkeypatch):
    fine = PhantomSettings(shape=(80, 94, 88), spacing_mm=(2.5, 2.5, 2.5), mix=Mix(healthy=1))
    wide = make_raw_phantom(6, fine).brainmask
    monkeypatch.setattr(unprocessed_scan, "MASK_FLUID_MM", 0.0)
    brain = make_raw_phantom(6, fine).brainmask
    assert wide.array[brain.array].all()
    away_mm = distance_transform_edt(~brain.array, wide.space.spacing_mm)[wide.array & ~brain.array]
    assert away_mm.mean() < 1.5 + max(wide.space.spacing_mm) / 2
    assert 1.04 < wide.array.sum() / brain.array.sum() < 1.12
