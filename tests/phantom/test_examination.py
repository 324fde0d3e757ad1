import numpy as np
import pytest

from braintumornet.core.errors import UsageError
from braintumornet.core.names import SEQUENCES
from braintumornet.phantom.examination import PhantomExamination, make_phantom
from braintumornet.phantom.settings import GENOTYPES, PhantomSettings


def same_voxels(first: PhantomExamination, second: PhantomExamination) -> bool:
    images = all(np.array_equal(first.images[s], second.images[s]) for s in SEQUENCES)
    return images and np.array_equal(first.labels, second.labels)


def median_grey(phantom: PhantomExamination, sequence: str, where: np.ndarray) -> float:
    return float(np.median(phantom.images[sequence][where]))


def test_the_same_seed_gives_the_same_voxels_and_records(small):
    first, second = make_phantom(5, small, 2), make_phantom(5, small, 2)
    assert same_voxels(first, second)
    assert first.records == second.records


@pytest.mark.parametrize(("seed", "index"), [(6, 2), (5, 3)])
def test_another_seed_or_index_gives_another_head(small, seed, index):
    assert not same_voxels(make_phantom(5, small, 2), make_phantom(seed, small, index))


@pytest.mark.parametrize("index", range(12))
def test_every_tissue_of_the_tumour_is_there_and_in_the_brain(small, index):
    phantom = make_phantom(1, small, index)
    assert set(np.unique(phantom.labels)) == {0, 1, 2, 3}
    assert phantom.brainmask[phantom.labels > 0].all()


def test_images_are_whole_grey_levels_above_zero_in_the_brain_only(small):
    phantom = make_phantom(1, small)
    for image in phantom.images.values():
        assert image.dtype == np.int16
        np.testing.assert_array_equal(image > 0, phantom.brainmask)


@pytest.mark.parametrize(("shape", "spacing_mm"), [((40, 48, 32), (3, 3, 5)), ((64, 24, 33), (1, 6, 4.5))])
def test_any_grid_holds_a_whole_head_with_its_centre_at_zero(shape, spacing_mm):
    phantom = make_phantom(2, PhantomSettings(shape=shape, spacing_mm=spacing_mm))
    assert phantom.space.spacing_mm == spacing_mm
    centre = phantom.space.affine @ [*((np.array(shape) - 1) / 2), 1]
    np.testing.assert_allclose(centre, [0, 0, 0, 1])
    for axis in range(3):
        occupied = phantom.brainmask.any(axis=tuple(a for a in range(3) if a != axis))
        assert occupied.mean() > 0.7
    assert set(np.unique(phantom.labels)) == {0, 1, 2, 3}


def test_a_seed_gives_the_same_head_at_any_resolution(small):
    coarse = make_phantom(4, small)
    fine = make_phantom(4, PhantomSettings(shape=(64, 64, 64)))
    assert np.mean(fine.brainmask) == pytest.approx(np.mean(coarse.brainmask), rel=0.02)
    assert np.mean(fine.labels > 0) == pytest.approx(np.mean(coarse.labels > 0), rel=0.15)


@pytest.mark.parametrize("index", range(4))
def test_tissues_look_as_a_radiologist_expects(index):
    phantom = make_phantom(8, PhantomSettings(shape=(48, 48, 48)), index)
    healthy = phantom.brainmask & (phantom.labels == 0)
    fluid = healthy & (phantom.images["t2w"] > np.percentile(phantom.images["t2w"][healthy], 97))
    oedema, enhancing = phantom.labels == 2, phantom.labels == 3
    assert median_grey(phantom, "t1n", fluid) < median_grey(phantom, "t1n", healthy)
    assert median_grey(phantom, "t2f", fluid) < median_grey(phantom, "t2f", healthy)
    assert median_grey(phantom, "t2f", oedema) > 1.2 * median_grey(phantom, "t2f", healthy)
    assert median_grey(phantom, "t1c", enhancing) > 1.2 * median_grey(phantom, "t1c", healthy)


def test_a_healthy_head_has_an_empty_mask_and_no_genotype(small):
    phantom = make_phantom(1, small.model_copy(update={"healthy_fraction": 1.0}))
    assert not phantom.labels.any()
    assert phantom.records.genotype is None
    assert not phantom.records.genotype_is_known


def test_without_signal_the_genotype_changes_nothing(small):
    silent = small.model_copy(update={"genotype_signal": 0.0})
    first, second, third = (make_phantom(3, silent, 1, genotype) for genotype in GENOTYPES)
    assert same_voxels(first, second)
    assert same_voxels(first, third)


def test_with_signal_every_genotype_changes_the_head(small):
    first, second, third = (make_phantom(3, small, 1, genotype) for genotype in GENOTYPES)
    assert not same_voxels(first, second)
    assert not same_voxels(second, third)


def test_the_signal_does_not_change_which_genotype_is_drawn(small):
    silent = small.model_copy(update={"genotype_signal": 0.0})
    assert [make_phantom(3, small, i).records for i in range(5)] == [
        make_phantom(3, silent, i).records for i in range(5)
    ]


def test_an_unknown_genotype_is_refused_with_the_likely_one(small):
    with pytest.raises(UsageError, match="did you mean 'fusion'"):
        make_phantom(1, small, genotype="fusoin")
