import pytest
from pydantic import ValidationError

from braintumornet.phantom.settings import GenotypeMix, PhantomSettings


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValidationError, match=r"fusion, v600e and other must sum to 1, found 0\.9"):
        GenotypeMix(fusion=0.3, v600e=0.3, other=0.3)


def test_a_grid_too_small_for_a_tumour_is_refused():
    with pytest.raises(ValidationError, match="at least 24 voxels along each axis, found 64 x 64 x 8"):
        PhantomSettings(shape=(64, 64, 8))


def test_a_signal_above_one_is_refused():
    with pytest.raises(ValidationError, match="genotype_signal"):
        PhantomSettings(genotype_signal=1.5)
