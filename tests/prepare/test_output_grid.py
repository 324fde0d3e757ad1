import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.prepare.output_grid import BRATS_GRID, output_grid
from braintumornet.prepare.registration.rigid_motion import rotation_about
from braintumornet.volumes.volume import Volume, axis_directions, ras_grid, to_ras


@pytest.fixture(scope="module")
def head() -> Volume:
    """Return a ball of 160 mm in sagittal slices that are tilted by 10 degrees, LPS."""
    affine = rotation_about((10, 0, 0), np.zeros(3)) @ np.diag([-5.0, -2.0, 2.0, 1.0])
    affine[:3, 3] = -affine[:3, :3] @ np.array([24.5, 59.5, 59.5])
    space = Space((50, 120, 120), affine)
    points = np.moveaxis(np.indices(space.shape), 0, -1) @ affine[:3, :3].T + affine[:3, 3]
    return Volume(np.where(np.linalg.norm(points, axis=-1) < 80, 100.0, 0.0).astype(np.float32), space)


def test_the_native_grid_is_isotropic_and_holds_the_head(head):
    grid = output_grid("native", to_ras(head), head.space)
    np.testing.assert_allclose(grid.affine[:3, :3], np.eye(3))
    low, high = grid.corners_mm().min(axis=0), grid.corners_mm().max(axis=0)
    assert (low < -82).all()
    assert (high > 82).all()
    assert (np.array(grid.shape) < 190).all()


def test_the_original_grid_is_that_of_the_file(head):
    grid = output_grid("original", to_ras(head), head.space)
    assert grid is head.space
    assert axis_directions(grid) == axis_directions(head.space)


def test_the_atlas_gives_its_own_grid(head):
    assert output_grid("atlas", to_ras(head), head.space, BRATS_GRID) is BRATS_GRID
    assert axis_directions(BRATS_GRID) == "LPS"
    assert ras_grid(BRATS_GRID).affine[:3, 3].tolist() == [-239, 0, 0]
    with pytest.raises(ValueError, match="'atlas' needs the grid of an atlas"):
        output_grid("atlas", to_ras(head), head.space)
