import numpy as np
import pytest

from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.varied.ingredients import Ingredients
from braintumornet.phantom.varied.varied_phantom import make_varied_phantom

SETTINGS = PhantomSettings(shape=(40, 48, 40), spacing_mm=(4, 4, 4), mix=Mix(hgg=1))
NONE = Ingredients(intensity=False, acquisition=False, tumours=False)


def variation(phantom) -> float:
    """Return how much grey levels vary within what is not tumour."""
    image = phantom.images["t1n"][phantom.brainmask & (phantom.labels == 0)]
    return float(np.std(image) / np.mean(image))


@pytest.mark.parametrize("ingredient", ["intensity", "acquisition", "tumours"])
def test_every_ingredient_changes_the_phantom(ingredient):
    changed = 0
    for index in range(3):
        plain = make_varied_phantom(3, SETTINGS, index, NONE)
        varied = make_varied_phantom(3, SETTINGS, index, NONE.model_copy(update={ingredient: True}))
        changed += not np.array_equal(plain.images["t1c"], varied.images["t1c"])
    assert changed == 3


def test_intensity_changes_no_label_and_no_mask():
    plain = make_varied_phantom(3, SETTINGS, 0, NONE)
    varied = make_varied_phantom(3, SETTINGS, 0, Ingredients(acquisition=False, tumours=False))
    assert np.array_equal(plain.labels, varied.labels)
    assert np.array_equal(plain.brainmask, varied.brainmask)


def test_acquisition_varies_the_brain_mask():
    masks = [make_varied_phantom(3, SETTINGS, index).brainmask.sum() for index in range(6)]
    plain = [make_varied_phantom(3, SETTINGS, index, NONE).brainmask.sum() for index in range(6)]
    ratios = np.divide(masks, plain)
    assert ratios.max() > 1.02
    assert ratios.min() < ratios.max() - 0.02


def test_bias_and_noise_are_stronger():
    strong = Ingredients(intensity=False, tumours=False)
    varied = [variation(make_varied_phantom(3, SETTINGS, index, strong)) for index in range(6)]
    plain = [variation(make_varied_phantom(3, SETTINGS, index, NONE)) for index in range(6)]
    assert np.mean(varied) > np.mean(plain)
