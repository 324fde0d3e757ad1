"""One raw phantom for all tests of quality."""

import numpy as np
import pytest

from braintumornet.phantom.phantom_settings import Mix, PhantomSettings
from braintumornet.phantom.unprocessed_scan import RawExamination, make_raw_phantom
from braintumornet.prepare.registration.rigid import Registration, Start, agreement_mm
from braintumornet.volumes.volume import Volume, to_ras


def found(matrix: np.ndarray, *rivals: Start) -> Registration:
    """Return a registration that came to a pose from a start of metric 0.5, and from others elsewhere."""
    starts = (Start("header", 0.5, 0.0), *rivals)
    return Registration(
        matrix, metric_start=0.1, metric=0.5, starts=starts, agreement_mm=agreement_mm(starts), moved_mm=1.0
    )


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
