import pytest

from braintumornet.phantom.settings import PhantomSettings


@pytest.fixture
def small() -> PhantomSettings:
    return PhantomSettings(shape=(32, 32, 32), spacing_mm=(5, 5, 5))
