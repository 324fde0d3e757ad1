"""Raw heads that registration is tried on."""

import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import RawExamination, make_raw_phantom
from braintumornet.volumes.volume import Volume, to_ras

ADULT = PhantomSettings(shape=(48, 56, 54), spacing_mm=(4, 4, 4), mix=Mix(hgg=1))
CHILD = PhantomSettings(shape=(48, 56, 54), spacing_mm=(4, 4, 4), mix=Mix(plgg=1))


@pytest.fixture(scope="session")
def adult() -> RawExamination:
    return make_raw_phantom(11, ADULT)


@pytest.fixture(scope="session")
def child() -> RawExamination:
    return make_raw_phantom(12, CHILD)


@pytest.fixture(scope="session")
def brain_points():
    """Return points of the brain of a raw phantom, (N, 3) in RAS+ mm, where its t1c lies."""

    def points(raw: RawExamination) -> np.ndarray:
        space = raw.brainmask.space
        return np.argwhere(raw.brainmask.array)[::37] @ space.affine[:3, :3].T + space.affine[:3, 3]

    return points


@pytest.fixture(scope="session")
def moved():
    """Return an image whose header says that the head lies elsewhere: the voxels stay, the positions move."""

    def move(volume: Volume, matrix: np.ndarray) -> Volume:
        return to_ras(Volume(volume.array, Space(volume.space.shape, matrix @ volume.space.affine)))

    return move
