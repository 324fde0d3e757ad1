import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

from braintumornet.phantom.phantom_case import PhantomExamination, make_phantom


@pytest.fixture(params=range(6))
def phantom(request, glioblastomas) -> PhantomExamination:
    return make_phantom(1, glioblastomas, request.param)


def relative_grey(phantom: PhantomExamination, sequence: str, where: np.ndarray) -> float:
    image = phantom.images[sequence]
    return float(np.median(image[where]) / np.median(image[phantom.brainmask & (phantom.labels == 0)]))


def test_it_has_core_oedema_and_enhancement(phantom):
    assert set(np.unique(phantom.labels)) == {0, 1, 2, 3}


def test_its_volume_is_plausible(phantom):
    core_ml = np.isin(phantom.labels, (1, 3)).sum() * phantom.space.voxel_ml
    assert 0.5 < core_ml < 200


def test_enhancing_tumour_takes_up_contrast_agent(phantom):
    enhancing = phantom.labels == 3
    assert relative_grey(phantom, "t1c", enhancing) > 1.1 * relative_grey(phantom, "t1n", enhancing)


def test_oedema_is_bright_on_flair_and_not_on_t1(phantom):
    oedema = phantom.labels == 2
    assert relative_grey(phantom, "t2f", oedema) > 1.05
    healthy = phantom.images["t1n"][phantom.brainmask & (phantom.labels == 0)]
    assert np.median(phantom.images["t1n"][oedema]) < np.percentile(healthy, 85)


def test_oedema_lies_around_the_core(phantom):
    from_core = distance_transform_edt(~np.isin(phantom.labels, (1, 3)), sampling=phantom.space.spacing_mm)
    assert np.median(from_core[phantom.labels == 2]) < 25
