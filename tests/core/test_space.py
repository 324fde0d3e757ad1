import numpy as np
import pytest

from braintumornet.core.space import Space, require_same_space
from braintumornet.core.text.errors import GeometryError


def make_space(shift_mm: float = 0.0, atlas: str | None = None) -> Space:
    affine = np.diag([-1.0, 2.0, 3.0, 1.0])
    affine[0, 3] = shift_mm
    return Space((10, 20, 30), affine, atlas)


def test_spaces_are_equal_within_a_thousandth():
    assert make_space() == make_space(0.0009)
    assert make_space() != make_space(0.0011)


def test_spaces_of_other_shape_or_atlas_differ():
    assert make_space() != Space((10, 20, 31), make_space().affine)
    assert make_space() != make_space(atlas="sri24")
    assert make_space() != "a grid"


def test_measures_by_hand():
    space = make_space()
    assert space.spacing_mm == (1.0, 2.0, 3.0)
    assert space.voxel_ml == pytest.approx(0.006)
    assert space.diagonal_mm == pytest.approx(np.sqrt(10**2 + 40**2 + 90**2))


def test_measures_do_not_change_with_rotation():
    turn = np.eye(4)
    turn[:2, :2] = [[0.8, -0.6], [0.6, 0.8]]
    turned = Space((10, 20, 30), turn @ make_space().affine)
    assert turned.spacing_mm == pytest.approx((1, 2, 3))
    assert turned.voxel_ml == pytest.approx(0.006)


def test_different_grids_are_refused_by_name():
    message = r"the mask and a_t1c lie on different grids: 10 x 20 x 30 voxels of 1 x 2 x 3 mm.*Resample one"
    with pytest.raises(GeometryError, match=message):
        require_same_space(make_space(), make_space(5), "the mask", "a_t1c")
    require_same_space(make_space(), make_space(), "the mask", "a_t1c")


def test_the_tolerance_shrinks_with_the_voxels():
    fine, finer = (Space((9, 9, 9), np.diag([mm, mm, mm, 1.0])) for mm in (0.002, 0.0015))
    assert fine != finer
    assert fine == Space((9, 9, 9), np.diag([0.002000001, 0.002, 0.002, 1.0]))
