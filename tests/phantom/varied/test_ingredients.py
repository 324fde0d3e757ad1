import numpy as np
import pytest

from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.scanner import draw_acquisition
from braintumornet.phantom.varied.ingredients import Ingredients
from braintumornet.phantom.varied.varied_phantom import make_varied_phantom
from braintumornet.phantom.varied.varied_scan import draw_varied_acquisition

SETTINGS = PhantomSettings(shape=(40, 48, 40), spacing_mm=(4, 4, 4), mix=Mix(hgg=1))
NONE = Ingredients(intensity=False, acquisition=False, tumours=False)


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


def test_bias_is_stronger_and_noise_as_wide_as_said():
    rng = np.random.default_rng(0)
    varied = [draw_varied_acquisition(rng, "north") for _ in range(100)]
    usual = [draw_acquisition(rng, "north") for _ in range(100)]
    assert np.mean([taken.bias for taken in varied]) > 1.5 * np.mean([taken.bias for taken in usual])
    noise = [taken.noise for taken in varied]
    assert min(noise) >= 0.01
    assert max(noise) <= 0.06
    assert max(noise) / min(noise) > 4
