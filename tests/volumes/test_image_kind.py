"""Volumes that are no magnetic resonance images are told by their values."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.head_image import read_head
from braintumornet.volumes.image_kind import is_ct
from braintumornet.volumes.nifti import write_volume
from braintumornet.volumes.volume import Volume

SHAPE = (24, 26, 22)
RNG = np.random.default_rng(0)
GRID = np.stack(np.meshgrid(*(np.linspace(-1, 1, size) for size in SHAPE), indexing="ij"))
RADIUS = np.sqrt((GRID**2).sum(0))
NOISE = RNG.standard_normal(SHAPE)


def head(brain: float, skull: float, scalp: float, air: float, noise: float) -> np.ndarray:
    layers = np.select([RADIUS < 0.75, RADIUS < 0.82, RADIUS < 0.9], [brain, skull, scalp], air)
    return (layers + noise * NOISE).astype(np.float32)


CTS = {
    "a CT": head(35, 1000, 20, -1000, 8),
    "a CT in a frame": np.where(np.abs(GRID).max(0) > 0.95, -3024, head(35, 1000, 20, -1000, 8)).astype(np.float32),
}
OTHERS = {
    "MR": head(600, 30, 900, 0, 20),
    "MR in a frame of -1024": np.where(RADIUS > 0.95, -1024, head(600, 30, 900, 0, 20)),
    "8-bit MR in a frame of -1024": np.where(RADIUS > 0.95, -1024, head(100, 10, 200, 2, 5)),
    "z-scores": head(0, -2, 2, -3, 0.5),
    "nothing": np.zeros(SHAPE),
    "no number": np.full(SHAPE, np.nan),
}


@pytest.mark.parametrize("name", CTS)
def test_a_ct_is_refused(name: str, tmp_path: Path) -> None:
    assert is_ct(CTS[name])
    write_volume(Volume(CTS[name], Space(SHAPE, np.diag([8.0, 8, 8, 1]))), tmp_path / "ct.nii.gz")
    with pytest.raises(InputError, match="ct.nii.gz is a CT .*; expected a magnetic resonance image"):
        read_head(tmp_path / "ct.nii.gz")


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_ct_is_not_taken_for_one(name: str) -> None:
    assert not is_ct(OTHERS[name].astype(np.float32))


@pytest.mark.parametrize(("values", "said"), [((0, 1), "2 different values (0 to 1)"), ((0, 4, 2), "3 .* (0 to 4)")])
def test_a_mask_is_refused(values: tuple[int, ...], said: str, tmp_path: Path) -> None:
    labels = RNG.choice(values, size=SHAPE).astype(np.uint8)
    write_volume(Volume(labels, Space(SHAPE, np.eye(4))), tmp_path / "mask.nii.gz")
    expected = said.replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(InputError, match=f"mask.nii.gz holds {expected}: it is a mask, not an image"):
        read_head(tmp_path / "mask.nii.gz")
