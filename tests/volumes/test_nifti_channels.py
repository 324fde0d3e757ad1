"""Files of several volumes on one grid, such as maps of probability."""

from pathlib import Path

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.volumes.nifti import read_channels, read_volume, write_channels, write_volume
from braintumornet.volumes.volume import Volume, to_ras


def test_channels_are_read_as_they_were_written(tmp_path: Path) -> None:
    space = Space((4, 5, 6), np.diag([-1.0, 1.0, 2.0, 1.0]))
    channels = [to_ras(Volume(np.random.default_rng(seed).random(space.shape, np.float32), space)) for seed in (0, 1)]
    write_channels(channels, tmp_path / "a.nii.gz", space)
    read = read_channels(tmp_path / "a.nii.gz")
    assert [volume.space == channels[0].space for volume in read] == [True, True]
    assert all(np.array_equal(a.array, b.array) for a, b in zip(read, channels, strict=True))
    with pytest.raises(InputError, match="has shape 4 x 5 x 6 x 2; expected one volume of three axes"):
        read_volume(tmp_path / "a.nii.gz")


def test_one_volume_is_one_channel(tmp_path: Path) -> None:
    volume = Volume(np.ones((2, 3, 4), np.uint8), Space((2, 3, 4), np.eye(4)))
    write_volume(volume, tmp_path / "a.nii.gz")
    assert len(read_channels(tmp_path / "a.nii.gz")) == 1
