import numpy as np
import pytest

from braintumornet.core.space import Space
from braintumornet.core.text.errors import InputError
from braintumornet.prepare.input.series_header import SeriesHeader
from braintumornet.prepare.input.source_image import SourceImage
from braintumornet.volumes.volume import Volume

LPS = Space((2, 3, 4), np.diag([-1.0, -1.0, 2.0, 1.0]))


def source(array: np.ndarray, problem: str | None = None) -> SourceImage:
    return SourceImage("case-1", "series-004", SeriesHeader(), LPS, problem, (), lambda: Volume(array, LPS))


def test_reading_turns_to_ras_and_float32():
    array = np.arange(24, dtype=np.int16).reshape(LPS.shape)
    read = source(array).read()
    assert read.array.dtype == np.float32
    np.testing.assert_array_equal(read.array, array[::-1, ::-1])
    np.testing.assert_allclose(read.space.affine[:3, 3], [-1, -2, 0])


def test_a_problem_is_said_with_case_and_series():
    with pytest.raises(InputError, match="case case-1: series-004 has 3 slices"):
        source(np.zeros(LPS.shape), "has 3 slices").read()


def test_values_that_are_no_numbers_are_refused():
    with pytest.raises(InputError, match=r"case case-1: series-004 holds values that are no numbers"):
        source(np.full(LPS.shape, np.nan)).read()


def test_free_text_does_not_show():
    header = SeriesHeader(description="DOE JANE brain", protocol="DOE", sequence_name="DOE", contrast_agent="DOE")
    assert "DOE" not in repr(header)
