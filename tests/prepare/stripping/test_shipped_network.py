import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.networks.checkpoint import read_tensors
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import make_raw_phantom
from braintumornet.prepare.stripping import network
from braintumornet.prepare.stripping.ladder import strip
from braintumornet.prepare.stripping.network import WEIGHTS, shipped_network
from braintumornet.prepare.stripping.vote import dice
from braintumornet.volumes.resample import resample
from braintumornet.volumes.volume import Volume, ras_grid, to_ras


def test_the_weights_are_small_and_say_where_they_come_from():
    assert WEIGHTS.stat().st_size <= 2_000_000
    _, notes = read_tensors(WEIGHTS)
    assert notes["step"] > 1000
    assert notes["heads_version"] >= 1


@pytest.mark.parametrize(("kind", "seed"), [("hgg", 11), ("healthy", 12)])
def test_strips_phantoms_that_it_has_not_seen(kind, seed):
    settings = PhantomSettings(shape=(48, 56, 56), spacing_mm=(4, 4, 4), mix=Mix(**{kind: 1}))
    raw = make_raw_phantom(seed, settings)
    grid = ras_grid(raw.brainmask.space)
    found = strip(raw.images, raw.motions, grid, "network")
    truth = resample(to_ras(Volume(raw.brainmask.array.astype(np.float32), raw.brainmask.space)), grid).array >= 0.5
    assert found.by == "network"
    assert dice(found.mask.array, truth) > 0.93
    assert found.agreement > 0.93


def test_the_result_does_not_depend_on_how_the_axes_of_the_file_run():
    settings = PhantomSettings(shape=(40, 48, 48), spacing_mm=(5, 5, 5), mix=Mix(healthy=1))
    image = to_ras(make_raw_phantom(13, settings).images["t1n"])
    turned = Volume(np.ascontiguousarray(image.array[::-1, ::-1]), _flipped(image.space))
    masks = [strip({"t1n": part}, {"t1n": np.eye(4)}, image.space, "network").mask.array for part in (image, turned)]
    assert np.array_equal(*masks)


def _flipped(space):
    x, y, _ = space.shape
    return Space(
        space.shape, space.affine @ np.array([[-1, 0, 0, x - 1.0], [0, -1, 0, y - 1], [0, 0, 1, 0], [0, 0, 0, 1]])
    )


def test_damaged_weights_are_an_error(tmp_path, monkeypatch):
    damaged = tmp_path / "weights.safetensors"
    data = bytearray(WEIGHTS.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    monkeypatch.setattr(network, "WEIGHTS", damaged)
    with pytest.raises(InputError, match="weights.safetensors is no readable checkpoint"):
        shipped_network.__wrapped__()


def test_no_mask_lies_on_slices_that_were_not_scanned():
    settings = PhantomSettings(shape=(48, 56, 56), spacing_mm=(4, 4, 4), mix=Mix(healthy=1))
    image = to_ras(make_raw_phantom(14, settings).images["t1n"])
    half = image.array.copy()
    half[:, :, : half.shape[2] // 2] = 0
    found = strip({"t1n": Volume(half, image.space)}, {"t1n": np.eye(4)}, image.space, "network").mask.array
    assert found[:, :, half.shape[2] // 2 :].any()
    assert not found[:, :, : half.shape[2] // 2].any()
