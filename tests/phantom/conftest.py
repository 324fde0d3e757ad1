import pytest

from braintumornet.phantom.phantom_settings import Mix, PhantomSettings


@pytest.fixture
def small() -> PhantomSettings:
    """Low-grade gliomas on a coarse grid."""
    return PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))


@pytest.fixture
def glioblastomas() -> PhantomSettings:
    return PhantomSettings(shape=(40, 48, 40), spacing_mm=(4, 4, 4), mix=Mix(hgg=1))


@pytest.fixture
def metastases() -> PhantomSettings:
    return PhantomSettings(shape=(52, 60, 52), spacing_mm=(3, 3, 3), mix=Mix(mets=1))


@pytest.fixture
def healthy() -> PhantomSettings:
    return PhantomSettings(shape=(40, 48, 40), spacing_mm=(4, 4, 4), mix=Mix(healthy=1))
