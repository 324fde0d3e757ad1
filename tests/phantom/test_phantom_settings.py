import pytest
from pydantic import ValidationError

from braintumornet.core.text.errors import UsageError
from braintumornet.phantom.phantom_settings import GenotypeMix, Mix, PhantomSettings, parse_mix


def test_shares_that_do_not_sum_to_one_are_refused():
    with pytest.raises(ValidationError, match=r"fusion, v600e and other must sum to 1, found 0\.9"):
        GenotypeMix(fusion=0.3, v600e=0.3, other=0.3)
    with pytest.raises(ValidationError, match=r"hgg, mets, plgg, healthy and lgg must sum to 1, found 0\.5"):
        Mix(hgg=0.5)


def test_a_grid_too_small_for_a_tumour_is_refused():
    with pytest.raises(ValidationError, match="at least 24 voxels along each axis, found 64 x 64 x 8"):
        PhantomSettings(shape=(64, 64, 8))


def test_a_signal_beyond_its_range_is_refused():
    with pytest.raises(ValidationError, match="genotype_signal"):
        PhantomSettings(genotype_signal=4.5)


def test_a_written_mix_is_read():
    assert parse_mix("hgg=0.6, mets=0.2,plgg=0.2") == Mix(hgg=0.6, mets=0.2, plgg=0.2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hgg=0.6,mets=0.2", r"sums to 0\.8; expected shares from 0 to 1 that sum to 1"),
        ("hgg=1.5,mets=-0.5", "expected shares from 0 to 1"),
        ("hgg=0.5,met=0.5", "names the kind 'met'; did you mean 'mets'"),
        ("hgg=half,mets=0.5", "gives hgg the share 'half'; expected a number"),
        ("hgg", "gives hgg the share ''"),
        ("hgg=0.5,hgg=0.5,mets=0.5", "names hgg twice"),
        ("hgg=nan,mets=1", "expected shares from 0 to 1"),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(text: str, line: str):
    with pytest.raises(UsageError, match=line):
        parse_mix(text)
