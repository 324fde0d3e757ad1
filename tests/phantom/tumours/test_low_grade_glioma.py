from collections import Counter

import numpy as np
import pytest

from braintumornet.phantom.phantom_case import make_phantom
from braintumornet.phantom.phantom_settings import GENOTYPES
from braintumornet.phantom.tumours.low_grade_glioma import LOCATION_COUNTS, draw_lowgrade, location_shares


@pytest.mark.parametrize("index", range(10))
def test_every_tissue_of_the_tumour_is_there(small, index):
    assert set(np.unique(make_phantom(1, small, index).labels)) == {0, 1, 2, 3}


def test_the_counts_are_those_of_the_cohort():
    assert np.sum(list(LOCATION_COUNTS.values()), axis=0).tolist() == [93, 22, 47]


@pytest.mark.parametrize("genotype", GENOTYPES)
def test_places_follow_the_genotype(genotype):
    drawn = Counter(draw_lowgrade(np.random.default_rng(seed), genotype, 1)[0].location for seed in range(600))
    shares = [drawn[location] / 600 for location in LOCATION_COUNTS]
    np.testing.assert_allclose(shares, location_shares(genotype, 1), atol=0.06)
    counts = [counts[GENOTYPES.index(genotype)] for counts in LOCATION_COUNTS.values()]
    np.testing.assert_allclose(location_shares(genotype, 1), np.divide(counts, sum(counts)))


def test_without_signal_places_are_those_of_all_tumours():
    first, second, third = (location_shares(genotype, 0) for genotype in GENOTYPES)
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, third)
    assert first[0] == pytest.approx(77 / 162)


def test_the_genotype_shapes_look_and_margin():
    looks = {g: [draw_lowgrade(np.random.default_rng(s), g, 1)[0] for s in range(40)] for g in GENOTYPES}
    enhancing = {g: np.mean([look.enhancing_share for look in looks[g]]) for g in GENOTYPES}
    rough = {g: np.mean([look.lesion.roughness for look in looks[g]]) for g in GENOTYPES}
    assert enhancing["fusion"] > enhancing["other"] > enhancing["v600e"]
    assert rough["fusion"] < rough["other"]


def test_a_cerebellar_tumour_lies_low_and_at_the_back(small):
    places = [draw_lowgrade(np.random.default_rng(seed), "fusion", 1)[0] for seed in range(40)]
    cerebellar = [look.lesion.centre for look in places if look.location == "cerebellar"]
    assert all(y < -20 and z < -20 for _, y, z in cerebellar)


def test_a_multifocal_tumour_has_two_parts():
    looks = [draw_lowgrade(np.random.default_rng(seed), "other", 1) for seed in range(60)]
    assert all((len(look) == 2) == (look[0].location == "multifocal") for look in looks)
    assert any(len(look) == 2 for look in looks)


def test_it_is_bright_on_flair(small):
    brighter = []
    for index in range(6):
        phantom = make_phantom(8, small, index)
        image, healthy = phantom.images["t2f"], phantom.brainmask & (phantom.labels == 0)
        brighter.append(np.median(image[phantom.labels > 0]) > np.median(image[healthy]))
    assert all(brighter)
