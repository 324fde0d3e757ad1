import numpy as np
import pytest

from braintumornet.core.text.errors import UsageError
from braintumornet.core.text.names import SEQUENCES
from braintumornet.phantom.phantom_case import PhantomExamination, Streams, draw_records, make_phantom
from braintumornet.phantom.phantom_settings import GENOTYPES, Mix, PhantomSettings

ALL_KINDS = Mix(hgg=0.3, mets=0.3, plgg=0.3, healthy=0.1)


def same_voxels(first: PhantomExamination, second: PhantomExamination) -> bool:
    images = all(np.array_equal(first.images[s], second.images[s]) for s in SEQUENCES)
    return images and np.array_equal(first.labels, second.labels)


def median_grey(phantom: PhantomExamination, sequence: str, where: np.ndarray) -> float:
    return float(np.median(phantom.images[sequence][where]))


@pytest.mark.parametrize("kind", ["hgg", "mets", "plgg", "healthy"])
def test_the_same_seed_gives_the_same_voxels_and_records(small, kind):
    one_kind = small.model_copy(update={"mix": Mix(**{kind: 1})})
    first, second = make_phantom(5, one_kind, 2), make_phantom(5, one_kind, 2)
    assert same_voxels(first, second)
    assert first.records == second.records
    assert first.records.kind == kind


@pytest.mark.parametrize(("seed", "index"), [(6, 2), (5, 3)])
def test_another_seed_or_index_gives_another_head(small, seed, index):
    assert not same_voxels(make_phantom(5, small, 2), make_phantom(seed, small, index))


def test_images_are_whole_grey_levels_above_zero_in_the_brain_only(small):
    phantom = make_phantom(1, small)
    for image in phantom.images.values():
        assert image.dtype == np.int16
        np.testing.assert_array_equal(image > 0, phantom.brainmask)


@pytest.mark.parametrize("index", range(6))
def test_labels_lie_in_the_brain(index):
    phantom = make_phantom(3, PhantomSettings(shape=(32, 40, 32), spacing_mm=(5, 5, 5), mix=ALL_KINDS), index)
    assert phantom.brainmask[phantom.labels > 0].all()
    assert phantom.labels.any() == (phantom.records.kind != "healthy")


@pytest.mark.parametrize(("shape", "spacing_mm"), [((40, 48, 32), (3, 3, 5)), ((64, 24, 33), (1, 6, 4.5))])
def test_any_grid_holds_a_whole_head_with_its_centre_at_zero(shape, spacing_mm):
    phantom = make_phantom(2, PhantomSettings(shape=shape, spacing_mm=spacing_mm))
    assert phantom.space.spacing_mm == spacing_mm
    centre = phantom.space.affine @ [*((np.array(shape) - 1) / 2), 1]
    np.testing.assert_allclose(centre, [0, 0, 0, 1])
    for axis in range(3):
        occupied = phantom.brainmask.any(axis=tuple(a for a in range(3) if a != axis))
        assert not occupied[[0, -1]].any()


def test_a_brain_is_as_large_as_a_brain():
    head = PhantomSettings(shape=(40, 48, 40), spacing_mm=(4, 4, 4), mix=Mix(healthy=1))
    phantoms = [make_phantom(1, head, index) for index in range(6)]
    volumes = [phantom.brainmask.sum() * phantom.space.voxel_ml for phantom in phantoms]
    assert all(850 < volume < 1650 for volume in volumes)


@pytest.mark.parametrize("kind", ["hgg", "plgg"])
def test_a_seed_gives_the_same_head_at_any_resolution(kind):
    coarse = make_phantom(4, PhantomSettings(shape=(32, 40, 32), spacing_mm=(5, 5, 5), mix=Mix(**{kind: 1})))
    fine = make_phantom(4, PhantomSettings(shape=(64, 80, 64), spacing_mm=(2.5, 2.5, 2.5), mix=Mix(**{kind: 1})))
    assert np.mean(fine.brainmask) == pytest.approx(np.mean(coarse.brainmask), rel=0.03)
    assert np.mean(fine.labels > 0) == pytest.approx(np.mean(coarse.labels > 0), rel=0.15)
    again = (fine.labels > 0).reshape(32, 2, 40, 2, 32, 2).mean(axis=(1, 3, 5)) >= 0.5
    overlap = 2 * (again & (coarse.labels > 0)).sum() / (again.sum() + (coarse.labels > 0).sum())
    assert overlap > 0.8


def test_the_mix_decides_what_is_drawn():
    settings = PhantomSettings(shape=(24, 24, 24), spacing_mm=(8, 8, 8), mix=Mix(hgg=0.5, mets=0.25, healthy=0.25))
    kinds = [draw_records(Streams.of(1, index).records, settings).kind for index in range(200)]
    assert 85 <= kinds.count("hgg") <= 115
    assert 35 <= kinds.count("mets") <= 65
    assert "plgg" not in kinds


def test_only_a_low_grade_glioma_has_a_genotype(small):
    settings = small.model_copy(update={"mix": ALL_KINDS})
    for index in range(40):
        records = draw_records(Streams.of(1, index).records, settings)
        assert (records.genotype is not None) == (records.kind == "plgg")


def test_a_healthy_head_has_an_empty_mask_and_no_genotype(healthy):
    phantom = make_phantom(1, healthy)
    assert not phantom.labels.any()
    assert phantom.records.genotype is None
    assert not phantom.records.genotype_is_known


@pytest.mark.parametrize("index", range(4))
def test_healthy_tissues_look_as_a_radiologist_expects(healthy, index):
    phantom = make_phantom(8, healthy, index)
    bright = np.percentile(phantom.images["t2w"][phantom.brainmask], 97)
    fluid = phantom.brainmask & (phantom.images["t2w"] > bright)
    assert median_grey(phantom, "t1n", fluid) < 0.8 * median_grey(phantom, "t1n", phantom.brainmask)
    assert median_grey(phantom, "t2f", fluid) < 0.9 * median_grey(phantom, "t2f", phantom.brainmask)


def test_something_in_a_healthy_head_takes_up_contrast_agent(healthy):
    phantom = make_phantom(8, healthy)
    on_t1n, on_t1c = (phantom.images[s][phantom.brainmask].astype(float) for s in ("t1n", "t1c"))
    assert np.percentile(on_t1c, 99.8) / np.median(on_t1c) > 1.15 * np.percentile(on_t1n, 99.8) / np.median(on_t1n)


def test_without_signal_the_genotype_changes_nothing(small):
    silent = small.model_copy(update={"genotype_signal": 0.0})
    for index in range(3):
        first, second, third = (make_phantom(3, silent, index, genotype) for genotype in GENOTYPES)
        assert same_voxels(first, second)
        assert same_voxels(first, third)
        assert first.records.age_years == second.records.age_years == third.records.age_years


def test_with_signal_every_genotype_changes_the_head(small):
    first, second, third = (make_phantom(3, small, 1, genotype) for genotype in GENOTYPES)
    assert not same_voxels(first, second)
    assert not same_voxels(second, third)


def test_the_signal_does_not_change_which_genotype_is_drawn(small):
    silent = small.model_copy(update={"genotype_signal": 0.0})
    for index in range(5):
        streams = Streams.of(3, index), Streams.of(3, index)
        assert draw_records(streams[0].records, small) == draw_records(streams[1].records, silent)


def test_an_unknown_genotype_is_refused_with_the_likely_one(small):
    with pytest.raises(UsageError, match="did you mean 'fusion'"):
        make_phantom(1, small, genotype="fusoin")
