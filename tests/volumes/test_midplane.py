"""The plane between the halves of a brain."""

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.volumes.midplane import find_midplane


def ball(centre: float, shape: tuple[int, int, int] = (40, 30, 30)) -> np.ndarray:
    x, y, z = np.indices(shape)
    return (x - centre) ** 2 + (y - 15) ** 2 + (z - 15) ** 2 <= 12**2


def test_it_halves_the_brain_wherever_that_lies_in_the_image() -> None:
    space = Space((40, 30, 30), np.array([[2.0, 0, 0, -7], [0, 1, 0, 3], [0, 0, 1, 4], [0, 0, 0, 1]]))
    assert find_midplane(ball(17), space) == pytest.approx((1, 0, 0, -(17 * 2 - 7)))


def test_a_tumour_that_is_missing_in_the_mask_does_not_move_it() -> None:
    brain = ball(20)
    brain[24:30, 8:16, 10:18] = False
    assert find_midplane(brain, Space(brain.shape, np.eye(4))) == pytest.approx((1, 0, 0, -20))


def test_it_stands_across_the_rows_of_an_oblique_grid() -> None:
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.2), -np.sin(0.2)], [np.sin(0.2), np.cos(0.2)]]
    plane = find_midplane(ball(20), Space((40, 30, 30), turn))
    assert plane[:3] == pytest.approx(turn[:3, 0])
    assert plane @ turn @ [20, 5, 9, 1] == pytest.approx(0)
    assert plane @ turn @ [26, 5, 9, 1] == pytest.approx(6)


@pytest.mark.parametrize("brain", [ball(2), np.zeros((40, 30, 30), dtype=bool)], ids=["cut off", "empty"])
def test_it_is_not_known_of_a_brain_that_is_cut_off_at_a_side_or_not_there(brain: np.ndarray) -> None:
    assert find_midplane(brain, Space(brain.shape, np.eye(4))) is None
