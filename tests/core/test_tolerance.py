"""What is just at a limit."""

from braintumornet.core.tolerance import lower, upper


def test_the_tolerance_is_relative_and_small():
    for limit in (1e-3, 1.0, 374.0):
        assert lower(limit) < limit < upper(limit)
        assert limit * 1.0001 > upper(limit)
        assert limit * 0.9999 < lower(limit)
    assert upper(0) == lower(0) == 0
