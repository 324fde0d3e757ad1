import warnings

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, InputWarning
from braintumornet.prepare.output_grid import BRATS_GRID
from braintumornet.prepare.registration.rigid_motion import rotation_about, shift
from braintumornet.prepare.way_back import carry_labels, carry_probabilities
from braintumornet.volumes.volume import Volume

OUTPUT = Space((60, 60, 60), np.diag([-1.0, -1.0, 1.0, 1.0]))
TO_SERIES = shift(np.array([40.0, 35.0, -20.0])) @ rotation_about((9, -6, 12), np.array([-30.0, -30, 30]))


def series(spacing_mm: tuple[float, float, float] = (1, 1, 1)) -> Space:
    """Return a grid whose middle is that of the output grid after the patient has moved."""
    shape = tuple(round(50 / mm) for mm in spacing_mm)
    affine = rotation_about((2, 3, -4), np.zeros(3)) @ np.diag([*spacing_mm, 1.0])
    middle = (TO_SERIES @ [-29.5, -29.5, 29.5, 1])[:3]
    affine[:3, 3] = middle - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return Space(shape, affine)


def lesion(space: Space, ml: float) -> np.ndarray:
    """Return a ball with bumps of about this volume in the middle of a grid."""
    index = np.moveaxis(np.indices(space.shape), 0, -1) - (np.array(space.shape) - 1) / 2 + (0.3, -0.2, 0.1)
    x, y, z = np.moveaxis(index * space.spacing_mm, -1, 0)
    radius = (3000 * ml / (4 * np.pi)) ** (1 / 3)
    angle = np.arctan2(y, x)
    return np.sqrt(x**2 + y**2 + z**2) < radius * (1 + 0.06 * np.sin(3 * angle) + 0.05 * np.cos(2 * z / radius))


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * (a & b).sum() / (a.sum() + b.sum())


@pytest.mark.parametrize(
    ("ml", "spacing_mm", "least"),
    [(1.0, (1, 1, 1), 0.985), (0.1, (1, 1, 1), 0.95), (1.0, (0.9, 0.9, 5), 0.96), (20.0, (0.9, 0.9, 5), 0.99)],
)
def test_a_mask_comes_back_from_the_output_grid(ml, spacing_mm, least):
    native = series(spacing_mm)
    drawn = Volume(lesion(native, ml), native)
    prepared = carry_labels(drawn, OUTPUT, TO_SERIES)
    back = carry_labels(prepared, native, np.linalg.inv(TO_SERIES))
    assert back.array.dtype == bool
    assert dice(back.array, drawn.array) >= least
    assert prepared.array.sum() / 1000 == pytest.approx(drawn.array.sum() * native.voxel_ml, rel=0.08)


def test_probabilities_come_back_and_stay_probabilities():
    native = series()
    drawn = Volume(lesion(native, 1.0).astype(np.float32), native)
    soft = carry_probabilities(drawn, OUTPUT, TO_SERIES)
    assert soft.array.min() >= 0
    assert soft.array.max() <= 1
    back = carry_probabilities(soft, native, np.linalg.inv(TO_SERIES))
    assert dice(back.array > 0.5, drawn.array > 0) > 0.995


def test_labels_never_turn_into_the_number_between_them():
    native = series()
    labels = np.zeros(native.shape, np.uint8)
    labels[lesion(native, 8.0)] = 1
    labels[lesion(native, 1.0)] = 4
    found = carry_labels(Volume(labels, native), OUTPUT, TO_SERIES).array
    assert found.dtype == np.uint8
    assert set(np.unique(found)) == {0, 1, 4}
    for value in (1, 4):
        assert (found == value).sum() == pytest.approx((labels == value).sum(), rel=0.05)


def test_an_empty_mask_stays_empty():
    native = series()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = carry_labels(Volume(np.zeros(native.shape, np.uint8), native), BRATS_GRID, np.eye(4))
    assert not found.array.any()
    assert found.space == BRATS_GRID


@pytest.mark.parametrize(("voxels", "to_grid"), [(1, TO_SERIES), (12, shift(np.array([500.0, 0, 0])))])
def test_a_label_that_no_voxel_is_left_of_is_said(voxels, to_grid):
    native = series()
    labels = np.zeros(native.shape, np.uint8)
    labels[20 : 20 + voxels, 20:22, 20:22] = 3
    labels[20 : 20 + voxels, 20:22, 20] = 0 if voxels == 1 else 3
    coarse = Space((12, 12, 12), np.diag([-5.0, -5.0, 5.0, 1.0]))
    with pytest.warns(InputWarning, match="label 3 has no voxel on the grid of 12 x 12 x 12 voxels of 5 x 5 x 5 mm"):
        found = carry_labels(Volume(labels, native), coarse, to_grid)
    assert not found.array.any()


def test_probabilities_are_no_labels():
    native = series()
    with pytest.raises(InputError, match="no whole numbers; expected labels, carry probabilities as probabilities"):
        carry_labels(Volume(np.full(native.shape, 0.5), native), OUTPUT, np.eye(4))
