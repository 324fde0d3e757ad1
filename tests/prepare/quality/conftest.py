"""One raw phantom for all tests of quality."""

from dataclasses import dataclass

import numpy as np
import pytest

from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import RawExamination, make_raw_phantom
from braintumornet.volumes.volume import Volume, to_ras


@dataclass(frozen=True)
class Pose:
    """What quality reads of a registration."""

    matrix: np.ndarray
    agreement_mm: float | None = 0.1


@pytest.fixture(scope="session")
def raw() -> RawExamination:
    """A head with a tumour, as a scanner delivers it, in voxels of 5 mm."""
    return make_raw_phantom(5, PhantomSettings(shape=(42, 48, 46), spacing_mm=(5, 5, 5), mix=Mix(hgg=1)))


@pytest.fixture(scope="session")
def reference(raw: RawExamination) -> Volume:
    """Its t1c in RAS+."""
    return to_ras(raw.images["t1c"])


@pytest.fixture(scope="session")
def mask(raw: RawExamination) -> Volume:
    """Its brain mask in RAS+."""
    return to_ras(raw.brainmask)
