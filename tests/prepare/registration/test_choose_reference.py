import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.registration.choose_reference import choose_reference


def grid(slices: int, slice_mm: float, axis: int = 2) -> Space:
    shape, spacing = [240, 240, 240], [1.0, 1.0, 1.0]
    shape[axis], spacing[axis] = slices, slice_mm
    return Space(tuple(shape), np.diag([*spacing, 1.0]))


def test_the_thinnest_slices_win_whatever_their_plane():
    assert choose_reference({"t1c": grid(30, 5), "t2f": grid(160, 1.2, axis=0), "t2w": grid(40, 4)}) == "t2f"


def test_t1c_is_taken_where_slices_are_as_thin():
    assert choose_reference({"t2w": grid(150, 1.0), "t1c": grid(150, 1.05), "t1n": grid(150, 1.0)}) == "t1c"
    assert choose_reference({"t2w": grid(30, 5), "t2f": grid(30, 5)}) == "t2f"


def test_a_slab_is_no_reference_unless_there_is_nothing_else():
    assert choose_reference({"t1c": grid(60, 1.0), "t2w": grid(30, 5)}) == "t2w"
    assert choose_reference({"t1c": grid(60, 1.0), "t2w": grid(10, 5)}) == "t1c"


def test_a_case_without_images_has_none():
    with pytest.raises(InputError, match="there is no sequence to bring others to; expected at least one of t1n, t1c"):
        choose_reference({})
