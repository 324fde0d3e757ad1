import numpy as np
import pytest

from braintumornet.prepare.stripping import training_images
from braintumornet.prepare.stripping.network import LARGEST_MM, box_shape
from braintumornet.prepare.stripping.training_heads import make_training_anatomy
from braintumornet.prepare.stripping.training_images import make_training_image

VOXEL_MM = 6.0
CERTAIN = ("_THICK_SHARE", "_CUT_SHARE", "_DEFACED_SHARE", "_STRIPPED_SHARE", "_BRIGHT_AIR_SHARE")


@pytest.fixture(scope="module")
def anatomy():
    return make_training_anatomy(1, 0, VOXEL_MM)


def _only(monkeypatch, **shares):
    for name in CERTAIN:
        monkeypatch.setattr(training_images, name, shares.get(name, 0.0))


def test_a_brain_has_the_size_of_a_brain():
    for index in range(4):
        anatomy = make_training_anatomy(2, index, VOXEL_MM)
        assert anatomy.distance_mm.shape == box_shape(VOXEL_MM)
        brain_ml = (anatomy.distance_mm < 0).sum() * VOXEL_MM**3 / 1000
        assert 600 < brain_ml < 2200


def test_a_seed_and_an_index_give_one_head(anatomy):
    again = make_training_anatomy(1, 0, VOXEL_MM)
    other = make_training_anatomy(1, 1, VOXEL_MM)
    assert np.array_equal(anatomy.distance_mm, again.distance_mm)
    assert not np.array_equal(anatomy.distance_mm, other.distance_mm)


def test_dura_lies_outside_the_mask(anatomy):
    dura = np.zeros_like(anatomy.distance_mm)
    for layer in anatomy.layers:
        dura[layer.box] += layer.share * ((layer.tissue == "outer dura") - dura[layer.box])
    assert dura.sum() > 20
    assert np.average(anatomy.distance_mm, weights=dura) > 0
    assert dura[anatomy.distance_mm < -VOXEL_MM].sum() < 0.01 * dura.sum()  # no more than the edge smears


@pytest.mark.parametrize("seed", range(6))
def test_an_image_and_its_answer_lie_together(anatomy, seed):
    made = make_training_image(np.random.default_rng(seed), anatomy)
    assert made.image.shape == made.distance_mm.shape == box_shape(VOXEL_MM)
    assert made.image.dtype == made.distance_mm.dtype == np.float32
    assert made.image.min() >= 0
    assert made.image.max() <= 1.5
    asked = ~np.isnan(made.distance_mm)
    assert np.abs(made.distance_mm[asked]).max() == LARGEST_MM
    assert not made.image[~asked].any()


def test_a_stripped_head_has_the_same_answer(anatomy, monkeypatch):
    _only(monkeypatch, _STRIPPED_SHARE=1.0)
    made = make_training_image(np.random.default_rng(3), anatomy)
    assert not made.image[made.distance_mm > 0].any() or np.mean(made.image[made.distance_mm >= LARGEST_MM] > 0) < 0.05
    volume = (made.distance_mm < 0).sum()
    assert volume == pytest.approx((anatomy.distance_mm < 0).sum(), rel=0.1)


def test_a_lost_face_leaves_the_brain(anatomy, monkeypatch):
    _only(monkeypatch)
    whole = make_training_image(np.random.default_rng(5), anatomy)
    _only(monkeypatch, _DEFACED_SHARE=1.0)
    lost = make_training_image(np.random.default_rng(5), anatomy)
    assert (lost.image == 0).sum() > (whole.image == 0).sum()
    assert (lost.distance_mm < 0).sum() == pytest.approx((whole.distance_mm < 0).sum(), rel=0.1)


def test_nothing_is_asked_beyond_the_field_of_view(anatomy, monkeypatch):
    _only(monkeypatch, _CUT_SHARE=1.0)
    asked = [
        np.mean(~np.isnan(make_training_image(np.random.default_rng(seed), anatomy).distance_mm)) for seed in range(6)
    ]
    assert min(asked) < 0.8
