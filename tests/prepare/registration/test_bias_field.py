import numpy as np

from braintumornet.core.space import Space
from braintumornet.prepare.registration.bias_field import correct_bias
from braintumornet.volumes.volume import Volume


def test_a_smooth_field_is_taken_away():
    space = Space((48, 48, 36), np.diag([3.0, 3.0, 4.0, 1.0]))
    x, y, z = np.indices(space.shape) / np.array(space.shape)[:, None, None, None] - 0.5
    head = x**2 + y**2 + z**2 < 0.2
    tissue = np.where(np.sin(14 * x) * np.sin(14 * y) > 0, 700.0, 1000.0)
    truth = np.where(head, tissue, 0)
    field = np.exp(0.6 * x - 0.5 * z)
    found = correct_bias(Volume((truth * field).astype(np.float32), space), Volume(head, space))

    def unevenness(image):
        return np.std(np.log(image[head] / truth[head]))

    assert unevenness(found.array) < 0.35 * unevenness(truth * field)
    assert found.array.dtype == np.float32
    assert not found.array[~head].any()


def test_an_image_without_tissue_is_left_as_it_is():
    empty = Volume(np.zeros((12, 12, 12), np.int16), Space((12, 12, 12), np.diag([5.0, 5.0, 5.0, 1.0])))
    np.testing.assert_array_equal(correct_bias(empty).array, empty.array)
