import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.stripping.masks import mask_distance, require_plausible
from braintumornet.prepare.stripping.vote import dice, moved_distance, vote
from braintumornet.volumes.volume import Volume

GRID = Space((60, 60, 60), np.diag([4.0, 4.0, 4.0, 1.0]))
STAY = np.eye(4)


def _ball(grid=GRID, radius_mm=60.0, centre_mm=(118.0, 118.0, 118.0), cut=5.0):
    index = np.indices(grid.shape).reshape(3, -1)
    points = grid.affine[:3, :3] @ index + grid.affine[:3, 3:]
    distance = np.linalg.norm(points - np.reshape(centre_mm, (3, 1)), axis=0) - radius_mm
    return Volume(np.clip(distance, -cut, cut).reshape(grid.shape).astype(np.float32), grid)


def _ml(mask):
    return mask.array.sum() * mask.space.voxel_ml


def test_one_sequence_is_taken_as_it_is_and_agrees_with_none():
    found = vote({"t1n": _ball()}, {"t1n": STAY}, GRID)
    assert _ml(found.mask) == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=0.02)
    assert found.mask.array.dtype == bool
    assert found.by == "network"
    assert found.agreement is None


def test_one_of_three_that_is_wrong_does_not_count():
    nothing = Volume(np.full(GRID.shape, 5.0, np.float32), GRID)
    names = ("t1n", "t1c", "t2f")
    found = vote(dict(zip(names, (_ball(), _ball(), nothing), strict=True)), dict.fromkeys(names, STAY), GRID)
    assert _ml(found.mask) == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=0.02)
    assert found.agreement == pytest.approx(1 / 3)


def test_two_that_differ_meet_in_the_middle():
    found = vote({"a": _ball(radius_mm=58), "b": _ball(radius_mm=62)}, {"a": STAY, "b": STAY}, GRID)
    assert _ml(found.mask) == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=0.02)
    assert 0.85 < found.agreement < 1


def test_what_a_sequence_does_not_reach_the_others_say():
    upper = _ball()
    upper.array[:, :, 30:] = np.nan
    found = vote({"t1n": _ball(), "t2f": upper}, {"t1n": STAY, "t2f": STAY}, GRID)
    assert _ml(found.mask) == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=0.02)
    assert found.agreement == pytest.approx(1)
    alone = vote({"t2f": upper}, {"t2f": STAY}, GRID)
    assert not alone.mask.array[:, :, 31:].any()
    assert _ml(alone.mask) == pytest.approx(4 / 6 * np.pi * 6.0**3, rel=0.06)


def test_each_sequence_is_moved_by_its_own_transform():
    shifted = np.eye(4)
    shifted[:3, 3] = (20.0, -8.0, 12.0)
    there = _ball(centre_mm=(138.0, 110.0, 130.0))
    found = vote({"t1n": _ball(), "t2w": there}, {"t1n": STAY, "t2w": shifted}, GRID)
    assert found.agreement == pytest.approx(1, abs=1e-3)


def test_far_outside_where_the_grid_of_the_distances_ends():
    small = Space((20, 20, 20), np.diag([4.0, 4.0, 4.0, 1.0]))
    moved = moved_distance(Volume(np.full(small.shape, -5.0, np.float32), small), STAY, GRID)
    assert (moved[:19, :19, :19] == -5).all()
    assert (moved[25:] == 5).all()


def test_the_mask_is_one_piece_without_holes_on_a_finer_grid():
    ball = _ball()
    ball.array[28:31, 28:31, 28:31] = 5
    ball.array[2:6, 2:6, 2:6] = -5
    fine = Space((110, 110, 110), np.diag([2.0, 2.0, 2.0, 1.0]))
    found = vote({"t1n": ball}, {"t1n": STAY}, fine)
    assert found.mask.space == fine
    assert found.mask.array[58, 58, 58]
    assert not found.mask.array[6, 6, 6]
    assert _ml(found.mask) == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=0.02)


def test_the_distance_of_a_mask_has_its_sign_and_mm():
    mask = np.zeros((20, 20, 20), bool)
    mask[5:15, 5:15, 5:15] = True
    distance = mask_distance(Volume(mask, Space(mask.shape, np.diag([1.0, 1.0, 3.0, 1.0])))).array
    assert distance[10, 10, 10] == pytest.approx(-4.5)
    assert distance[3, 10, 10] == pytest.approx(1.5)
    assert distance[5, 10, 10] == pytest.approx(-0.5)
    assert distance[10, 10, 16] == pytest.approx(5)
    assert np.array_equal(distance < 0, mask)


@pytest.mark.parametrize(("voxels", "found"), [(0, "is empty"), (10, "holds 80 ml; a brain has 300 to 2200 ml")])
def test_refuses_what_is_no_brain(voxels, found):
    mask = np.zeros((30, 30, 30), bool)
    mask.ravel()[:voxels] = True
    with pytest.raises(InputError, match=found):
        require_plausible(Volume(mask, Space(mask.shape, np.diag([20.0, 20.0, 20.0, 1.0]))), "the mask")


def test_dice_of_masks():
    first, second = np.zeros((2, 4), bool), np.zeros((2, 4), bool)
    assert dice(first, second) == 1
    first[0], second[0, :2] = True, True
    assert dice(first, second) == pytest.approx(4 / 6)
